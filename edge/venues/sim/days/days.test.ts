import {
  add,
  compare,
  type Decimal,
  decimal,
  multiply,
  subtract,
  sum,
  toText,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import type { DayEvent } from '../day-event.ts';
import { OPTIONS, simOrder } from '../engine-fixture.ts';
import type { SimEvent, SimOrder } from '../sim-types.ts';
import { DAY_FROM, FIRST_PRICE, type Plan, type TradedDay, tradeDay } from './day-trader.ts';
import { SCRIPTED_DAYS } from './index.ts';
import type { ScriptedDay } from './scripted-day.ts';

type Filled = Extract<SimEvent, { kind: 'filled' }>;

function dayOf(id: string): ScriptedDay {
  const day = SCRIPTED_DAYS.find((one) => one.id === id);
  if (day === undefined) throw new Error(`no day ${id}`);
  return day;
}

function fillsOf({ turns }: TradedDay): readonly (Filled & { readonly during: DayEvent })[] {
  return turns.flatMap(({ event, happened }) =>
    happened.flatMap((one) => (one.kind === 'filled' ? [{ ...one, during: event }] : [])),
  );
}

/** Every fifth event one order of each kind in turn, and what was entered a while ago is wanted back. */
const busy: Plan = (index, event) => {
  if (index % 5 !== 0) return undefined;
  const [id, at] = [`O${index}`, event.at];
  const near = priceOf(event) ?? FIRST_PRICE;
  const side = index % 2 === 0 ? 'buy' : 'sell';
  const away = (bps: string): string => toText(onCents(add(near, multiply(near, decimal(bps)))));
  const kinds: readonly (() => SimOrder)[] = [
    () => simOrder({ id, side, enteredAt: at }),
    () => simOrder({ id, side, limit: away(side === 'buy' ? '-0.0003' : '0.0003'), enteredAt: at }),
    () => simOrder({ id, side, type: 'stop', stop: away(side === 'buy' ? '0.002' : '-0.002'), enteredAt: at }),
    () => simOrder({ id, side, limit: away('0'), timeInForce: 'ioc', quantity: '50', enteredAt: at }),
    () => simOrder({ id, side, limit: away('0'), timeInForce: 'fok', quantity: '5', enteredAt: at }),
    () => simOrder({ id, side, limit: away('0'), quantity: '40', display: '4', timeInForce: 'day', enteredAt: at }),
    () => simOrder({ id, side, limit: away(side === 'buy' ? '-0.0001' : '0.0001'), postOnly: true, enteredAt: at }),
    () =>
      simOrder({ id, side, type: 'trailing-stop', trailing: { by: 'bps', distance: decimal('30') }, enteredAt: at }),
    () => simOrder({ id, side, type: 'take-profit', stop: away(side === 'buy' ? '-0.003' : '0.003'), enteredAt: at }),
  ];
  const make = kinds[(index / 5) % kinds.length];
  return { enters: make === undefined ? [] : [make()], cancels: [`O${index - 100}`] };
};

function priceOf(event: DayEvent): Decimal | undefined {
  return event.kind === 'trade' ? event.price : undefined;
}

function onCents(value: Decimal): Decimal {
  return { units: value.units / 10n ** BigInt(value.scale - 2), scale: 2 };
}

test('there are ten days, each in a file of its name, and equal requests give equal days', () => {
  expect(SCRIPTED_DAYS.map(({ id }) => id)).toEqual([
    'crossed-book',
    'exchange-outage',
    'feed-loss',
    'flash-crash',
    'gap-open',
    'halt-and-resume',
    'limit-up-down',
    'liquidity-drought',
    'venue-throttling',
    'volatility-spike',
  ]);
  const { instrument } = OPTIONS;
  for (const day of SCRIPTED_DAYS) {
    const request = { instrument, price: FIRST_PRICE, from: DAY_FROM, seed: 3 };
    expect(day.events(request)).toEqual(day.events(request));
    expect(day.events(request)).not.toEqual(day.events({ ...request, seed: 4 }));
  }
});

test.each(SCRIPTED_DAYS.map((day) => [day.id, day] as const))(
  '%s: whatever is traded, what must hold holds',
  (_, day) => {
    const traded = tradeDay(day, busy);
    const { orders, asked, turns, exchange } = traded;
    const fills = fillsOf(traded);
    expect(fills.length).toBeGreaterThan(50);
    const names = fills.map(({ fill }) => fill.id);
    expect(new Set(names).size).toBe(names.length);
    for (const [id, order] of orders) {
      const executed = sum(fills.filter((one) => one.order === id).map(({ fill }) => fill.quantity));
      expect(compare(executed, order.quantity)).toBeLessThanOrEqual(0);
    }
    for (const { order, at, fill, during } of fills) {
      const own = orders.get(order);
      expect(own !== undefined && at > own.enteredAt && at === during.at).toBe(true);
      if (own?.limitPrice !== undefined)
        expect(compare(fill.price, own.limitPrice) * signOfSide(own)).toBeLessThanOrEqual(0);
      expect(isInMarket(fill, own, during)).toBe(true);
    }
    expect(whileClosed(turns)).toEqual([]);
    for (const { what, isUnreachable, answers } of asked) {
      if (what === 'cancel' && !isUnreachable)
        expect(answers.map(({ kind }) => kind)).toEqual([expect.stringMatching(/^(cancelled|kept)$/)]);
      if (isUnreachable) expect(answers).toEqual([]);
    }
    // Nothing that is open was ever said to be over.
    const over = new Set(turns.flatMap(({ happened }) => happened).flatMap((one) => (isEnd(one) ? [one.order] : [])));
    expect(exchange.engine.openOrders().filter(({ order }) => over.has(order.id))).toEqual([]);
  },
);

function signOfSide({ side }: SimOrder): 1 | -1 {
  return side === 'buy' ? 1 : -1;
}

function isEnd(event: SimEvent): boolean {
  return event.kind === 'filled' ? event.isLast : ['cancelled', 'expired', 'rejected'].includes(event.kind);
}

/** Whether somebody else was there at the price of a fill, or came to the price of an order that stood. */
function isInMarket(fill: Filled['fill'], own: SimOrder | undefined, during: DayEvent): boolean {
  if (own === undefined) return false;
  if (fill.from === 'order') return true;
  if (during.kind === 'auction') return compare(during.price, fill.price) === 0;
  if (during.kind === 'trade') return compare(during.price, fill.price) * signOfSide(own) <= 0;
  if (during.kind !== 'book') return false;
  const others = during.levels.filter(({ side }) => side !== own.side);
  return fill.liquidity === 'taker'
    ? others.some(({ price }) => compare(price, fill.price) === 0)
    : others.some(({ price }) => compare(price, fill.price) * signOfSide(own) <= 0);
}

/** Fills while nothing may trade: in a halt, at night, in an outage, without data, on a crossed book. */
function whileClosed(turns: TradedDay['turns']): readonly SimEvent[] {
  let isOpen = true;
  const found: SimEvent[] = [];
  for (const { event, happened } of turns) {
    if (event.kind === 'session') isOpen = event.state === 'open';
    if (event.kind === 'outage') isOpen = !event.isOut;
    if (event.kind === 'feed') isOpen = !event.isLost;
    const isWrong = event.kind === 'book' && isCrossed(event);
    if (!isOpen || isWrong) found.push(...happened.filter(({ kind }) => kind === 'filled'));
  }
  return found;
}

function isCrossed({ levels }: Extract<DayEvent, { kind: 'book' }>): boolean {
  const bids = levels.filter(({ side }) => side === 'buy');
  const asks = levels.filter(({ side }) => side === 'sell');
  return bids.some((bid) => asks.some((ask) => compare(bid.price, ask.price) > 0));
}

function onceAt(when: number, ...enters: readonly SimOrder[]): Plan {
  return (index) => (index === when ? { enters } : undefined);
}

function averagePrice(fills: readonly Filled[]): number {
  const [value, quantity] = fills.reduce(
    ([worth, count], { fill }) => [
      worth + Number(toText(fill.price)) * Number(toText(fill.quantity)),
      count + Number(toText(fill.quantity)),
    ],
    [0, 0],
  );
  return value / quantity;
}

test('flash-crash: a stop sells below its price, and a limit far below is bought', () => {
  const traded = tradeDay(
    dayOf('flash-crash'),
    onceAt(
      200,
      simOrder({ id: 'stop', side: 'sell', type: 'stop', stop: '98.00', quantity: '30' }),
      simOrder({ id: 'low', limit: '93.00', quantity: '5' }),
    ),
  );
  const fills = fillsOf(traded);
  const sold = fills.filter(({ order }) => order === 'stop');
  expect(averagePrice(sold)).toBeLessThan(98);
  expect(sold.length).toBeGreaterThan(3);
  expect(fills.filter(({ order }) => order === 'low').map(({ fill }) => toText(fill.price))).toContain('93.00');
});

test('gap-open: a stop gets the price behind the gap, an order for the auction its print, and a day order is over', () => {
  const traded = tradeDay(
    dayOf('gap-open'),
    onceAt(
      100,
      simOrder({ id: 'stop', side: 'sell', type: 'stop', stop: '98.00' }),
      simOrder({ id: 'print', side: 'sell', auction: 'open' }),
      simOrder({ id: 'day', timeInForce: 'day', limit: '95.00' }),
    ),
  );
  const print = traded.turns.find(({ event }) => event.kind === 'auction');
  expect(print?.happened.map(({ order, kind }) => `${order} ${kind}`)).toEqual(['print filled', 'stop triggered']);
  expect(averagePrice(fillsOf(traded).filter(({ order }) => order === 'stop'))).toBeLessThan(95);
  expect(traded.heard.filter(({ order }) => order === 'day').map(({ kind }) => kind)).toEqual(['accepted', 'expired']);
});

test('feed-loss: an order waits for data, and then gets its price and no older one', () => {
  const traded = tradeDay(dayOf('feed-loss'), (_, event) =>
    event.kind === 'feed' && event.isLost ? { enters: [simOrder()] } : undefined,
  );
  expect(traded.links.map(({ state }) => state)).toEqual(['stale', 'up']);
  const [first] = fillsOf(traded);
  const back = traded.links.at(-1)?.at ?? DAY_FROM;
  expect(first !== undefined && first.at > back).toBe(true);
  expect(Number(toText(first?.fill.price ?? ZERO))).toBeGreaterThan(101);
});

test('crossed-book: what comes while the book is wrong waits until it is right', () => {
  const traded = tradeDay(dayOf('crossed-book'), (index, event) =>
    event.kind === 'book' && isCrossed(event) && index % 2 === 0
      ? { enters: [simOrder({ id: `O${index}` })] }
      : undefined,
  );
  expect(traded.orders.size).toBeGreaterThan(5);
  const fills = fillsOf(traded);
  expect(new Set(fills.map(({ order }) => order)).size).toBe(traded.orders.size);
  expect(fills.filter(({ during }) => during.kind === 'book' && isCrossed(during))).toEqual([]);
});

test('venue-throttling: the third order of a second is refused, and every cancel is taken', () => {
  const many = (index: number, ids: readonly string[]): readonly SimOrder[] =>
    ids.map((id) => simOrder({ id: `${id}${index}`, limit: '50.00' }));
  const traded = tradeDay(dayOf('venue-throttling'), (index) => ({
    enters: many(index, ['a', 'b', 'c']),
    cancels: [`a${index}`, `b${index}`, `c${index}`],
  }));
  const refused = traded.heard.filter(({ kind }) => kind === 'rejected');
  expect(refused.length).toBeGreaterThan(50);
  expect(refused.every(({ order }) => order.startsWith('c'))).toBe(true);
  const cancelled = traded.heard.filter(({ kind }) => kind === 'cancelled');
  expect(cancelled.length + refused.length).toBe(traded.orders.size);
});

test('halt-and-resume: an order that comes in the halt is taken, waits, and executes after it', () => {
  const traded = tradeDay(dayOf('halt-and-resume'), (_, event) =>
    event.kind === 'session' && event.state === 'halted'
      ? { enters: [simOrder(), simOrder({ id: 'now', timeInForce: 'ioc' })] }
      : undefined,
  );
  const resumed = traded.turns.find(({ event }) => event.kind === 'session' && event.state === 'open');
  const [first] = fillsOf(traded);
  expect(first?.order === 'A' && first.at > (resumed?.event.at ?? first.at)).toBe(true);
  expect(traded.heard.filter(({ order }) => order === 'now').map(({ kind }) => kind)).toEqual(['rejected']);
});

test('limit-up-down: nothing trades above the band, and a purchase waits until the band moves', () => {
  const traded = tradeDay(dayOf('limit-up-down'), (index) => ({
    enters: [simOrder({ id: `O${index}`, quantity: '1' })],
  }));
  let upper = FIRST_PRICE;
  let beyond = 0;
  for (const { event, happened } of traded.turns) {
    if (event.kind === 'bands') upper = event.upper ?? upper;
    if (event.kind === 'trade' && compare(event.price, upper) > 0) beyond += 1;
    for (const one of happened)
      if (one.kind === 'filled') expect(compare(one.fill.price, upper)).toBeLessThanOrEqual(0);
  }
  // The script itself goes beyond the band, or the claim would be empty.
  expect(beyond).toBeGreaterThan(10);
  const above = fillsOf(traded).filter(({ fill }) => compare(fill.price, decimal('105.00')) > 0);
  expect(above.length).toBeGreaterThan(10);
});

test('liquidity-drought: an order of any size takes what little is there, piece by piece, and pays for it', () => {
  const plan = (when: number) => onceAt(when, simOrder({ side: 'sell', quantity: '40' }));
  const [calm, dry] = [
    tradeDay(dayOf('liquidity-drought'), plan(100)),
    tradeDay(dayOf('liquidity-drought'), plan(250)),
  ];
  const [before, during] = [fillsOf(calm), fillsOf(dry)];
  expect(before.length).toBeLessThan(12);
  expect(during.length).toBe(40);
  expect(sum(during.map(({ fill }) => fill.quantity))).toEqual(decimal('40'));
  const costOf = (traded: TradedDay, fills: readonly Filled[]): number => midAt(traded, fills) - averagePrice(fills);
  expect(costOf(dry, during)).toBeGreaterThan(3 * costOf(calm, before));
});

/** The middle of the book at the first fill. */
function midAt({ turns }: TradedDay, fills: readonly Filled[]): number {
  const book = turns.find(({ event }) => event.kind === 'book' && event.at === fills[0]?.at)?.event;
  if (book?.kind !== 'book') throw new Error('a fill without a book');
  const best = (side: string): number => Number(toText(book.levels.find((one) => one.side === side)?.price ?? ZERO));
  return (best('buy') + best('sell')) / 2;
}

test('volatility-spike: a trailing stop that outlives the calm is triggered, well behind the best price', () => {
  const trailing = { by: 'bps', distance: decimal('50') } as const;
  const traded = tradeDay(
    dayOf('volatility-spike'),
    onceAt(100, simOrder({ side: 'sell', type: 'trailing-stop', trailing })),
  );
  const triggered = traded.heard.find(({ kind }) => kind === 'triggered');
  const calmEnds = traded.turns[240]?.event.at ?? DAY_FROM;
  expect(triggered !== undefined && triggered.at > calmEnds).toBe(true);
  const trades = traded.turns.slice(101).flatMap(({ event }) => (event.kind === 'trade' ? [event] : []));
  const seen = trades.filter(({ at }) => at <= (triggered?.at ?? at)).map(({ price }) => price);
  const best = seen.reduce((most, price) => (compare(price, most) > 0 ? price : most), ZERO);
  const price = triggered?.kind === 'triggered' ? triggered.price : ZERO;
  expect(compare(subtract(best, price), multiply(best, decimal('0.005')))).toBeGreaterThanOrEqual(0);
});

test('exchange-outage: no request arrives, nothing is executed, and orders do not come back', () => {
  let isOut = false;
  const traded = tradeDay(dayOf('exchange-outage'), (index, event) => {
    if (event.kind === 'outage') isOut = event.isOut;
    if (index === 100) return { enters: [simOrder({ id: 'old', limit: '99.00' })] };
    return isOut ? { enters: [simOrder({ id: `O${index}` })], cancels: ['old'] } : undefined;
  });
  const meanwhile = traded.asked.filter(({ id, what }) => id !== 'old' || what === 'cancel');
  expect(meanwhile.length).toBeGreaterThan(50);
  expect(meanwhile.every(({ isUnreachable }) => isUnreachable)).toBe(true);
  expect(traded.links.map(({ state }) => state)).toEqual(['down', 'up']);
  const last = traded.heard.at(-1);
  expect(last).toMatchObject({ order: 'old', kind: 'cancelled', reason: expect.stringContaining('outage') });
  expect(traded.exchange.engine.openOrders()).toEqual([]);
});
