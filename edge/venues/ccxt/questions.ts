import { KitError } from '@gatehouse/shared/errors.ts';
import type { z } from 'zod';
import { BINANCE_CODES } from './error-map.ts';
import type { RequestCost } from './request-budget.ts';
import type { Rest } from './rest.ts';
import { RestFailure } from './rest.ts';
import {
  type AggregateTrade,
  answers,
  type DepthAnswer,
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
  aggregates: 4,
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
  /** The book's best levels on each side. */
  depth(levels: DepthLevels): Promise<DepthAnswer>;
  /** Trades that everybody sees from a number on, oldest first, or the newest one. */
  aggregates(of: { readonly from: number; readonly limit: number } | 'newest'): Promise<readonly AggregateTrade[]>;
}

/** How much of a book can be asked for, and what it weighs by the exchange's documentation. */
const DEPTH_WEIGHTS = { 5: 5, 1000: 50 } as const;

/** A number of levels that can be asked for. */
export type DepthLevels = keyof typeof DEPTH_WEIGHTS;

/** A span of bars. Units: milliseconds since 1970, both ends included. */
export interface KlinesQuestion {
  readonly interval: string;
  readonly fromMs?: number;
  readonly toMs: number;
  readonly limit: number;
}

/** Questions about one symbol. */
export function createQuestions(rest: Rest, symbolId: string): Questions {
  return new BinanceQuestions(rest, symbolId);
}

class BinanceQuestions implements Questions {
  readonly #rest: Rest;
  readonly #symbol: Readonly<Record<string, string>>;

  constructor(rest: Rest, symbolId: string) {
    this.#rest = rest;
    this.#symbol = { symbol: symbolId };
  }

  async serverTimeMs(): Promise<number> {
    const { serverTime } = await this.#rest.call({
      method: 'publicGetTime',
      // Even a cancel needs it, so it waits behind nothing.
      cost: { urgency: 'cancel', weight: WEIGHTS.time },
      answer: answers.time,
    });
    return serverTime;
  }

  async exchange(symbolId: string): Promise<ExchangeAnswer> {
    try {
      return await this.#rest.call({
        method: 'publicGetExchangeInfo',
        parameters: { symbol: symbolId },
        cost: question(WEIGHTS.exchangeInfo),
        answer: answers.exchange,
      });
    } catch (error) {
      if (!(error instanceof RestFailure) || error.exchangeCode !== BINANCE_CODES.noSuchSymbol) throw error;
      throw new KitError('CONFIG_INVALID', `the exchange does not list ${symbolId}`, {
        hint: 'Correct the symbol in the settings of the session, as base and quote with a slash between them, such as BTC/USDT.',
        cause: error,
      });
    }
  }

  permissions(): Promise<PermissionsAnswer> {
    return this.#rest.call({
      method: 'sapiGetAccountApiRestrictions',
      cost: question(WEIGHTS.permissions),
      answer: answers.permissions,
    });
  }

  account(): Promise<z.output<typeof answers.account>> {
    return this.#rest.call({
      method: 'privateGetAccount',
      cost: question(WEIGHTS.account),
      answer: answers.account,
    });
  }

  async order(by: { readonly clientId: string } | { readonly orderId: string }): Promise<OrderAnswer | undefined> {
    const id: Record<string, string> = 'clientId' in by ? { origClientOrderId: by.clientId } : { orderId: by.orderId };
    try {
      return await this.#rest.call({
        method: 'privateGetOrder',
        parameters: { ...this.#symbol, ...id },
        cost: question(WEIGHTS.order),
        answer: answers.order,
      });
    } catch (error) {
      if (error instanceof RestFailure && error.exchangeCode === BINANCE_CODES.noSuchOrder) return undefined;
      throw error;
    }
  }

  openOrders(of: 'symbol' | 'account'): Promise<readonly OrderAnswer[]> {
    return this.#rest.call({
      method: 'privateGetOpenOrders',
      parameters: of === 'symbol' ? this.#symbol : {},
      cost: question(of === 'symbol' ? WEIGHTS.openOrders : WEIGHTS.openOrdersOfAll),
      answer: answers.orders,
    });
  }

  ordersFrom(orderId: string): Promise<readonly OrderAnswer[]> {
    return this.#rest.call({
      method: 'privateGetAllOrders',
      parameters: { ...this.#symbol, orderId, limit: `${PAGE}` },
      cost: question(WEIGHTS.allOrders),
      answer: answers.orders,
    });
  }

  tradesOf(orderId: string): Promise<readonly TradeAnswer[]> {
    return this.#trades({ orderId, limit: `${PAGE}` }, WEIGHTS.tradesOfOrder);
  }

  async lastTrade(): Promise<TradeAnswer | undefined> {
    return (await this.#trades({ limit: '1' })).at(-1);
  }

  async tradesFrom(first: bigint): Promise<readonly TradeAnswer[]> {
    const found: TradeAnswer[] = [];
    let from = first;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const some = (await this.#trades({ fromId: `${from}`, limit: `${PAGE}` })).filter(({ id }) => id >= from);
      found.push(...some);
      const last = some.at(-1);
      if (last === undefined || some.length < PAGE) return found;
      from = last.id + 1n;
    }
    throw tooMuch(`more than ${PAGES_MAX} pages of executions`);
  }

  async tradesSince(sinceMs: number, nowMs: number): Promise<readonly TradeAnswer[]> {
    const newest = await this.lastTrade();
    // An account that was silent since then is told by one question, and not by one for each day.
    if (newest === undefined || newest.time < sinceMs) return [];
    let fromMs = Math.max(0, sinceMs);
    for (let window = 0; window < WINDOWS_MAX && fromMs <= nowMs; window += 1) {
      const first = await this.#firstIn(fromMs, Math.min(fromMs + WINDOW_MS - 1, nowMs));
      if (first !== undefined) return (await this.tradesFrom(first.id)).filter(({ time }) => time >= sinceMs);
      fromMs += WINDOW_MS;
    }
    if (fromMs <= nowMs) throw tooMuch(`executions of more than ${WINDOWS_MAX} days without any`);
    return [];
  }

  klines({ interval, fromMs, toMs, limit }: KlinesQuestion): Promise<z.output<typeof answers.klines>> {
    return this.#rest.call({
      method: 'publicGetKlines',
      parameters: {
        ...this.#symbol,
        interval,
        ...(fromMs === undefined ? {} : { startTime: `${fromMs}` }),
        endTime: `${toMs}`,
        limit: `${limit}`,
      },
      cost: question(WEIGHTS.klines),
      answer: answers.klines,
    });
  }

  depth(levels: DepthLevels): Promise<DepthAnswer> {
    return this.#rest.call({
      method: 'publicGetDepth',
      parameters: { ...this.#symbol, limit: `${levels}` },
      cost: question(DEPTH_WEIGHTS[levels]),
      answer: answers.depth,
    });
  }

  aggregates(of: { readonly from: number; readonly limit: number } | 'newest'): Promise<readonly AggregateTrade[]> {
    const page: Record<string, string> =
      of === 'newest' ? { limit: '1' } : { fromId: `${of.from}`, limit: `${of.limit}` };
    return this.#rest.call({
      method: 'publicGetAggTrades',
      parameters: { ...this.#symbol, ...page },
      cost: question(WEIGHTS.aggregates),
      answer: answers.aggregates,
    });
  }

  /** The earliest execution of a window. Shape: halves the window while a page is full, since which end a full page shows is not stated. */
  async #firstIn(fromMs: number, toMs: number): Promise<TradeAnswer | undefined> {
    const page = await this.#trades({ startTime: `${fromMs}`, endTime: `${toMs}`, limit: `${PAGE}` });
    if (page.length < PAGE || fromMs >= toMs) return page[0];
    const middle = fromMs + Math.floor((toMs - fromMs) / 2);
    return (await this.#firstIn(fromMs, middle)) ?? (await this.#firstIn(middle + 1, toMs));
  }

  async #trades(
    parameters: Readonly<Record<string, string>>,
    weight: number = WEIGHTS.trades,
  ): Promise<readonly TradeAnswer[]> {
    const page = await this.#rest.call({
      method: 'privateGetMyTrades',
      parameters: { ...this.#symbol, ...parameters },
      cost: question(weight),
      answer: answers.trades,
    });
    return [...page].sort(byId);
  }
}

function question(weight: number): RequestCost {
  return { urgency: 'question', weight };
}

function byId(a: TradeAnswer, b: TradeAnswer): number {
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

function tooMuch(what: string): KitError {
  return new KitError('VENUE_REFUSED', `the exchange would have to be asked for ${what}`, {
    hint: 'Ask for a later start; an older past comes from a statement.',
  });
}
