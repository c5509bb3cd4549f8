import { KitError } from '@gatehouse/shared/errors.ts';
import type { z } from 'zod';
import { BINANCE_CODES } from './error-map.ts';
import type { Rest } from './rest.ts';
import { RestFailure } from './rest.ts';
import {
  answers,
  type ExchangeAnswer,
  type OrderAnswer,
  type PermissionsAnswer,
  type TradeAnswer,
} from './wire-forms.ts';

/** Weights as the exchange's documentation of its spot service states them. */
const WEIGHTS = {
  time: 1,
  exchangeInfo: 20,
  permissions: 1,
  account: 20,
  order: 4,
  openOrders: 6,
  openOrdersOfAll: 80,
  allOrders: 20,
  trades: 20,
  tradesOfOrder: 5,
  klines: 2,
} as const;

const PAGE = 1_000;
/** The exchange answers for at most a day at a time. */
const WINDOW_MS = 86_400_000;
/** Five years of days; an account that was silent longer is asked in parts. */
const WINDOWS_MAX = 1_830;
const PAGES_MAX = 10_000;

/** Questions to the exchange, each by its own rules. */
export interface Questions {
  serverTimeMs(): Promise<number>;
  exchange(symbolId: string): Promise<ExchangeAnswer>;
  permissions(): Promise<PermissionsAnswer>;
  account(): Promise<z.output<typeof answers.account>>;
  /** Nothing where the exchange knows no order of that client id. */
  order(by: { readonly clientId: string } | { readonly orderId: string }): Promise<OrderAnswer | undefined>;
  openOrders(of: 'symbol' | 'account'): Promise<readonly OrderAnswer[]>;
  /** Orders from one of the exchange's ids on, oldest first, at most a page. */
  ordersFrom(orderId: string): Promise<readonly OrderAnswer[]>;
  tradesOf(orderId: string): Promise<readonly TradeAnswer[]>;
  /** The newest execution on the symbol, where there is one. */
  lastTrade(): Promise<TradeAnswer | undefined>;
  /** Every execution from an id on, oldest first. */
  tradesFrom(id: bigint): Promise<readonly TradeAnswer[]>;
  /** Every execution at or after a moment, oldest first. */
  tradesSince(sinceMs: number, nowMs: number): Promise<readonly TradeAnswer[]>;
  klines(of: KlinesQuestion): Promise<z.output<typeof answers.klines>>;
}

/** A span of bars. Units: milliseconds since 1970, both ends included. */
export interface KlinesQuestion {
  readonly interval: string;
  readonly fromMs?: number;
  readonly toMs: number;
  readonly limit: number;
}

/** Questions about one symbol. */
export function createQuestions(rest: Rest, symbolId: string): Questions {
  const symbol = { symbol: symbolId };
  const cost = (weight: number) => ({ urgency: 'question', weight }) as const;

  const trades = (parameters: Readonly<Record<string, string>>, weight: number = WEIGHTS.trades) =>
    rest
      .call({
        method: 'privateGetMyTrades',
        parameters: { ...symbol, ...parameters },
        cost: cost(weight),
        answer: answers.trades,
      })
      .then((page) => [...page].sort(byId));

  async function tradesFrom(first: bigint): Promise<readonly TradeAnswer[]> {
    const found: TradeAnswer[] = [];
    let from = first;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const some = (await trades({ fromId: `${from}`, limit: `${PAGE}` })).filter(({ id }) => id >= from);
      found.push(...some);
      const last = some.at(-1);
      if (last === undefined || some.length < PAGE) return found;
      from = last.id + 1n;
    }
    throw tooMuch(`more than ${PAGES_MAX} pages of executions`);
  }

  /** The earliest execution of a window. Shape: halves the window while a page is full, since which end a full page shows is not stated. */
  async function firstIn(fromMs: number, toMs: number): Promise<TradeAnswer | undefined> {
    const page = await trades({ startTime: `${fromMs}`, endTime: `${toMs}`, limit: `${PAGE}` });
    if (page.length < PAGE || fromMs >= toMs) return page[0];
    const middle = fromMs + Math.floor((toMs - fromMs) / 2);
    return (await firstIn(fromMs, middle)) ?? (await firstIn(middle + 1, toMs));
  }

  return {
    serverTimeMs: async () =>
      (
        await rest.call({
          method: 'publicGetTime',
          // Even a cancel needs it, so it waits behind nothing.
          cost: { urgency: 'cancel', weight: WEIGHTS.time },
          answer: answers.time,
        })
      ).serverTime,
    exchange: (id) =>
      rest.call({
        method: 'publicGetExchangeInfo',
        parameters: { symbol: id },
        cost: cost(WEIGHTS.exchangeInfo),
        answer: answers.exchange,
      }),
    permissions: () =>
      rest.call({
        method: 'sapiGetAccountApiRestrictions',
        cost: cost(WEIGHTS.permissions),
        answer: answers.permissions,
      }),
    account: () => rest.call({ method: 'privateGetAccount', cost: cost(WEIGHTS.account), answer: answers.account }),
    async order(by) {
      const id: Record<string, string> =
        'clientId' in by ? { origClientOrderId: by.clientId } : { orderId: by.orderId };
      try {
        return await rest.call({
          method: 'privateGetOrder',
          parameters: { ...symbol, ...id },
          cost: cost(WEIGHTS.order),
          answer: answers.order,
        });
      } catch (error) {
        if (error instanceof RestFailure && error.exchangeCode === BINANCE_CODES.noSuchOrder) return undefined;
        throw error;
      }
    },
    openOrders: (of) =>
      rest.call({
        method: 'privateGetOpenOrders',
        parameters: of === 'symbol' ? symbol : {},
        cost: cost(of === 'symbol' ? WEIGHTS.openOrders : WEIGHTS.openOrdersOfAll),
        answer: answers.orders,
      }),
    ordersFrom: (orderId) =>
      rest.call({
        method: 'privateGetAllOrders',
        parameters: { ...symbol, orderId, limit: `${PAGE}` },
        cost: cost(WEIGHTS.allOrders),
        answer: answers.orders,
      }),
    tradesOf: (orderId) => trades({ orderId, limit: `${PAGE}` }, WEIGHTS.tradesOfOrder),
    lastTrade: async () => (await trades({ limit: '1' })).at(-1),
    tradesFrom,
    async tradesSince(sinceMs, nowMs) {
      let fromMs = Math.max(0, sinceMs);
      for (let window = 0; window < WINDOWS_MAX && fromMs <= nowMs; window += 1) {
        const first = await firstIn(fromMs, Math.min(fromMs + WINDOW_MS - 1, nowMs));
        if (first !== undefined) return (await tradesFrom(first.id)).filter(({ time }) => time >= sinceMs);
        fromMs += WINDOW_MS;
      }
      if (fromMs <= nowMs) throw tooMuch(`executions of more than ${WINDOWS_MAX} days without any`);
      return [];
    },
    klines: ({ interval, fromMs, toMs, limit }) =>
      rest.call({
        method: 'publicGetKlines',
        parameters: {
          ...symbol,
          interval,
          ...(fromMs === undefined ? {} : { startTime: `${fromMs}` }),
          endTime: `${toMs}`,
          limit: `${limit}`,
        },
        cost: cost(WEIGHTS.klines),
        answer: answers.klines,
      }),
  };
}

function byId(a: TradeAnswer, b: TradeAnswer): number {
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

function tooMuch(what: string): KitError {
  return new KitError('VENUE_REFUSED', `the exchange would have to be asked for ${what}`, {
    hint: 'Ask for a later start; an older past comes from a statement.',
  });
}
