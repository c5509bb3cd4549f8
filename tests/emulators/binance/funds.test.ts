import {
  add,
  compare,
  type Decimal,
  decimal,
  equal,
  negate,
  subtract,
  sum,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createVenueClock } from '../kit/venue-clock.ts';
import { type Account, balanceOf, credit } from './accounts.ts';
import { Exchange } from './exchange.ts';
import { neededFor } from './funds.ts';
import { KlineSeries } from './klines.ts';
import { DEFAULT_LIMITS, Limits } from './limits.ts';
import { readOrderRequest } from './order-request.ts';
import { Refusal } from './refusal.ts';
import { symbolRules } from './symbols.ts';

type Event = Readonly<Record<string, string>>;

function account(id: string): Account {
  const rates = { makerRate: decimal('0.001'), takerRate: decimal('0.002') };
  const opened: Account = { id, balances: new Map(), ...rates, burnsBnb: false, updatedAtMs: 0 };
  credit(opened, 'BTC', decimal('5'));
  credit(opened, 'USDT', decimal('1000'));
  return opened;
}

function exchangeWith(events: [Account, Event][]): Exchange {
  return new Exchange({
    symbols: [symbolRules('BTC', 'USDT', { tick: decimal('1'), step: decimal('0.1'), quantityMin: decimal('0.1') })],
    engine: {},
    clock: createVenueClock({ startMs: 1_000 }),
    limits: new Limits(DEFAULT_LIMITS),
    isOnBars: false,
    audience: {
      user: (whose, event) => events.push([whose, event as Event]),
      trade: () => {},
      klines: () => {},
      book: () => {},
    },
  });
}

const amount = fc.integer({ min: 1, max: 30 }).map((tenths) => `${Math.floor(tenths / 10)}.${tenths % 10}`);
const price = fc.integer({ min: 90, max: 110 }).map(String);

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('order' as const),
      who: fc.nat(1),
      side: fc.constantFrom('BUY', 'SELL'),
      type: fc.constantFrom('LIMIT', 'LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS', 'TAKE_PROFIT_LIMIT'),
      timeInForce: fc.constantFrom('GTC', 'IOC', 'FOK'),
      quantity: amount,
      price,
      stopPrice: price,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), which: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('amend' as const), which: fc.nat(5), quantity: amount }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('quote' as const), price, quantity: amount }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('trade' as const), price, quantity: amount }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

function parametersOf(order: Extract<Step, { kind: 'order' }>): Map<string, string> {
  const { type, side, quantity } = order;
  const parameters = new Map(Object.entries({ symbol: 'BTCUSDT', side, type, quantity }));
  if (type.includes('LIMIT')) parameters.set('price', order.price);
  if (type === 'LIMIT' || type === 'TAKE_PROFIT_LIMIT') parameters.set('timeInForce', order.timeInForce);
  if (type === 'STOP_LOSS' || type === 'TAKE_PROFIT_LIMIT') parameters.set('stopPrice', order.stopPrice);
  return parameters;
}

function act(exchange: Exchange, accounts: readonly Account[], one: Step): void {
  const market = exchange.market('BTCUSDT');
  const open = exchange.orders.open();
  exchange.clock.drive(exchange.clock.unshifted() + 1);
  const at = exchange.engineNow();
  switch (one.kind) {
    case 'order':
      exchange.place(accounts[one.who] ?? account(''), readOrderRequest(parametersOf(one)));
      return;
    case 'cancel': {
      const order = open[one.which];
      if (order !== undefined) exchange.cancel(order, 'cancel');
      return;
    }
    case 'amend': {
      const order = open[one.which];
      if (order !== undefined) exchange.amend(order, decimal(one.quantity), 'amended');
      return;
    }
    case 'quote': {
      const quantity = decimal(one.quantity);
      const bid = { price: decimal(one.price), quantity };
      const ask = { price: add(bid.price, decimal('2')), quantity };
      exchange.apply(market, market.engine.onQuote({ at, bid, ask }));
      return;
    }
    case 'trade':
      market.last = decimal(one.price);
      exchange.apply(market, market.engine.onTrade({ at, price: market.last, quantity: decimal(one.quantity) }));
      return;
  }
}

function run(steps: readonly Step[]) {
  const events: [Account, Event][] = [];
  const exchange = exchangeWith(events);
  const accounts = [account('a'), account('b')];
  for (const one of steps) {
    try {
      act(exchange, accounts, one);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
  return { exchange, accounts, events };
}

const held = (exchange: Exchange, whose: Account, side: 'BUY' | 'SELL'): Decimal =>
  sum(
    exchange.orders
      .open()
      .filter((order) => order.account === whose && order.side === side)
      .map(({ hold }) => hold.amount),
  );

describe('what accounts have', () => {
  test('locked is what open orders hold, and never more or less than they need', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { exchange, accounts } = run(steps);
        for (const whose of accounts) {
          expect(equal(balanceOf(whose, 'USDT').locked, held(exchange, whose, 'BUY'))).toBe(true);
          expect(equal(balanceOf(whose, 'BTC').locked, held(exchange, whose, 'SELL'))).toBe(true);
          expect(compare(balanceOf(whose, 'BTC').free, ZERO)).toBeGreaterThanOrEqual(0);
        }
        for (const order of exchange.orders.open().filter(({ type }) => type !== 'STOP_LOSS')) {
          const left = subtract(order.quantity, order.executed);
          expect(equal(order.hold.amount, neededFor({ ...order, quantity: left }, order.market))).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('balances are what was there, plus what the reports of executions say, to the last digit', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { accounts, events } = run(steps);
        for (const whose of accounts) {
          const trades = events.filter(([to, { x }]) => to === whose && x === 'TRADE').map(([, event]) => event);
          const bought = (event: Event): boolean => event['S'] === 'BUY';
          const of = (asset: 'BTC' | 'USDT'): Decimal =>
            sum(
              trades.flatMap((event) => {
                const moved = decimal(event[asset === 'BTC' ? 'l' : 'Y'] ?? '0');
                const comes = bought(event) === (asset === 'BTC');
                const fee = event['N'] === asset ? negate(decimal(event['n'] ?? '0')) : ZERO;
                return [comes ? moved : negate(moved), fee];
              }),
            );
          const total = (asset: string): Decimal => add(balanceOf(whose, asset).free, balanceOf(whose, asset).locked);
          expect(equal(total('BTC'), add(decimal('5'), of('BTC')))).toBe(true);
          expect(equal(total('USDT'), add(decimal('1000'), of('USDT')))).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('both sides of an execution between accounts have one trade id, and every execution another', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { exchange } = run(steps);
        const byId = Map.groupBy(
          [...exchange.orders.all()].flatMap(({ trades }) => trades),
          ({ id }) => id,
        );
        for (const sides of byId.values()) {
          expect(sides.length).toBeLessThanOrEqual(2);
          const [one, other] = sides;
          if (one === undefined || other === undefined) continue;
          expect(one.order.side).not.toBe(other.order.side);
          expect([one.isMaker, other.isMaker].sort()).toEqual([false, true]);
          expect(equal(one.quantity, other.quantity) && equal(one.price, other.price)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('accounts that trade with each other share the trade ids, one for each order that was met', () => {
    const { exchange, accounts, events } = run([]);
    const [seller, buyer] = accounts;
    if (seller === undefined || buyer === undefined) throw new Error('there are two accounts');
    const place = (whose: Account, side: string, quantity: string): void => {
      const order = { symbol: 'BTCUSDT', side, type: 'LIMIT', timeInForce: 'GTC', quantity, price: '100' };
      exchange.place(whose, readOrderRequest(new Map(Object.entries(order))));
    };
    place(seller, 'SELL', '1');
    place(seller, 'SELL', '2');
    place(buyer, 'BUY', '2.5');
    const trades = (whose: Account) =>
      events.filter(([to, { x }]) => to === whose && x === 'TRADE').map(([, { t, l, m }]) => ({ t, l, m }));
    expect(trades(seller)).toEqual([
      { t: 1, l: '1.00000000', m: true },
      { t: 2, l: '1.50000000', m: true },
    ]);
    expect(trades(buyer)).toEqual(trades(seller).map((one) => ({ ...one, m: false })));
    expect(exchange.market('BTCUSDT').trades()).toMatchObject([
      { id: 1, buyerIsMaker: false },
      { id: 2, buyerIsMaker: false },
    ]);
  });

  test('an order that was refused leaves no trace', () => {
    const { exchange, accounts, events } = run([]);
    const [first] = accounts;
    if (first === undefined) throw new Error('there are two accounts');
    const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '11', price: '100' };
    expect(() => exchange.place(first, readOrderRequest(new Map(Object.entries(order))))).toThrow(
      /insufficient balance/,
    );
    exchange.place(first, readOrderRequest(new Map(Object.entries({ ...order, quantity: '10' }))));
    expect(events.filter(([, { e }]) => e === 'executionReport')).toHaveLength(1);
    expect(equal(balanceOf(first, 'USDT').free, ZERO)).toBe(true);
  });
});

test('a kline series has each interval once, in order, whatever trades when', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 50 }), (gaps) => {
      const series = new KlineSeries('1m');
      let atMs = 0;
      for (const gap of gaps) {
        atMs += gap;
        const one = decimal('1');
        series.take({ atMs, open: one, high: one, low: one, close: one, volume: one, quoteVolume: one, tradeId: atMs });
      }
      const opens = series.all().map(({ openMs }) => openMs);
      expect(opens).toEqual(opens.map((_, index) => (opens[0] ?? 0) + index * 60_000));
      expect(sum(series.all().map(({ volume }) => volume)).units).toBe(BigInt(gaps.length));
    }),
  );
});
