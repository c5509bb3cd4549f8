import {
  add,
  compare,
  decimal,
  equal,
  fromInteger,
  isZero,
  sum,
  toText,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OPTIONS, second } from './engine-fixture.ts';
import {
  createMatchingEngine,
  type EngineOptions,
  type MatchingEngine,
  type SimEvent,
  type SimOrder,
} from './matching-engine.ts';

const price = fc.integer({ min: 9_990, max: 10_010 }).map((cents) => decimal((cents / 100).toFixed(2)));
const lots = fc.integer({ min: 1, max: 20 }).map((count) => fromInteger(count));
const side = fc.constantFrom('buy', 'sell');

/** What can be done to an engine; each happens a second after the one before. */
const entry = fc.record({
  side,
  type: fc.constantFrom('market', 'limit', 'stop', 'stop-limit', 'take-profit', 'take-profit-limit', 'trailing-stop'),
  timeInForce: fc.constantFrom('day', 'gtc', 'ioc', 'fok'),
  quantity: lots,
  limit: price,
  stop: price,
  shows: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  isPostOnly: fc.boolean(),
});
const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('enter' as const), entry }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), nth: fc.nat(40) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('amend' as const), nth: fc.nat(40), quantity: lots, limit: price }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('book' as const),
      side,
      price,
      quantity: fc.nat(15).map((n) => fromInteger(n)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('trade' as const), side, price, quantity: lots }) },
);
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;
type Entry = typeof entry extends fc.Arbitrary<infer Value> ? Value : never;

function orderOf(id: string, words: Entry, at: number): SimOrder {
  const { side, type, timeInForce, quantity, limit, stop, shows, isPostOnly } = words;
  const hasLimit = type.endsWith('limit');
  const stands = timeInForce === 'day' || timeInForce === 'gtc';
  const display = shows === undefined || compare(fromInteger(shows), quantity) > 0 ? undefined : fromInteger(shows);
  return {
    id,
    side,
    type,
    timeInForce,
    quantity,
    enteredAt: second(at),
    ...(hasLimit ? { limitPrice: limit } : {}),
    ...(hasLimit && display !== undefined ? { displayQuantity: display } : {}),
    ...(type.startsWith('stop') || type.startsWith('take') ? { stopPrice: stop } : {}),
    ...(type === 'trailing-stop' ? { trailing: { by: 'price' as const, distance: decimal('0.03') } } : {}),
    ...(type === 'limit' && stands && isPostOnly ? { postOnly: true } : {}),
  };
}

interface Played {
  readonly engine: MatchingEngine;
  readonly orders: ReadonlyMap<string, SimOrder>;
  /** The events of each action, with its time. */
  readonly turns: readonly { readonly at: number; readonly action: Action; readonly events: readonly SimEvent[] }[];
}

function play(
  actions: readonly Action[],
  options: Partial<EngineOptions>,
  look?: (engine: MatchingEngine) => void,
): Played {
  const engine = createMatchingEngine({ ...OPTIONS, ...options });
  const orders = new Map<string, SimOrder>();
  const turns = actions.map((one, at) => {
    const events = act(engine, { one, at, orders });
    look?.(engine);
    return { at, action: one, events };
  });
  return { engine, orders, turns };
}

function act(engine: MatchingEngine, { one, at, orders }: { one: Action; at: number; orders: Map<string, SimOrder> }) {
  if (one.kind === 'enter') {
    const order = orderOf(`O${at}`, one.entry, at);
    orders.set(order.id, order);
    return engine.enter(order);
  }
  if (one.kind === 'cancel') return engine.cancel(`O${one.nth}`, second(at));
  if (one.kind === 'amend') {
    const order = orders.get(`O${one.nth}`);
    const limit = order?.limitPrice === undefined ? {} : { limitPrice: one.limit };
    const events = engine.amend({ id: `O${one.nth}`, at: second(at), quantity: one.quantity, ...limit });
    if (order !== undefined && events[0]?.kind === 'replaced')
      orders.set(order.id, { ...order, quantity: one.quantity, ...limit });
    return events;
  }
  if (one.kind === 'book') return engine.onBookDelta({ at: second(at), levels: [one] });
  return engine.onTrade({ at: second(at), price: one.price, quantity: one.quantity, aggressor: one.side });
}

const actions = fc.array(action, { maxLength: 60 });
const modes = fc.record({
  takes: fc.constantFrom('later' as const, 'standing' as const),
  queue: fc.constantFrom('back' as const, 'front' as const),
});

test('executions never add up to more than an order, each is named once, and nothing follows the end of an order', () => {
  fc.assert(
    fc.property(actions, modes, (wanted, options) => {
      const { turns, orders, engine } = play(wanted, options);
      const executed = new Map<string, ReturnType<typeof sum>>();
      const names = new Set<string>();
      const over = new Set<string>();
      for (const event of turns.flatMap(({ events }) => events)) {
        if (event.kind === 'kept') continue;
        expect(over.has(event.order)).toBe(false);
        if (event.kind === 'cancelled' || event.kind === 'expired' || event.kind === 'rejected') over.add(event.order);
        if (event.kind !== 'filled') continue;
        expect(names.has(event.fill.id)).toBe(false);
        names.add(event.fill.id);
        expect(isZero(event.fill.quantity)).toBe(false);
        executed.set(event.order, add(executed.get(event.order) ?? ZERO, event.fill.quantity));
        if (event.isLast) over.add(event.order);
      }
      for (const [id, total] of executed) {
        const order = orders.get(id);
        const open = engine.order(id);
        expect(order !== undefined && compare(total, order.quantity) <= 0).toBe(true);
        if (open !== undefined)
          expect(equal(open.executed, total) && equal(add(total, open.remaining), open.order.quantity)).toBe(true);
      }
      // Every order is open or over, and never both.
      for (const id of orders.keys()) expect(engine.order(id) === undefined).toBe(over.has(id));
    }),
  );
});

test('what one order of the engine gives another takes, at the same price and moment', () => {
  fc.assert(
    fc.property(actions, modes, (wanted, options) => {
      for (const { events } of play(wanted, options).turns) {
        const met = events.flatMap((event) => (event.kind === 'filled' && event.fill.from === 'order' ? [event] : []));
        for (const { fill, order, at } of met) {
          const others = met.filter(
            (other) => other.order === fill.against && other.fill.against === order && other.at === at,
          );
          expect(
            others.some((other) => equal(other.fill.quantity, fill.quantity) && equal(other.fill.price, fill.price)),
          ).toBe(true);
        }
      }
    }),
  );
});

test('a limit is never exceeded, a post-only order never takes, and what must be immediate never stays', () => {
  fc.assert(
    fc.property(actions, (wanted) => {
      const played = play(wanted, { takes: 'standing' }, (engine) => {
        for (const { order, phase } of engine.openOrders())
          expect(phase === 'waiting' || (order.timeInForce !== 'ioc' && order.timeInForce !== 'fok')).toBe(true);
      });
      // Prices of the moment: a later change of the limit must not judge an earlier execution.
      const limits = new Map<string, SimOrder>();
      for (const { action: one, at, events } of played.turns) {
        if (one.kind === 'enter') limits.set(`O${at}`, orderOf(`O${at}`, one.entry, at));
        for (const event of events) {
          const order = limits.get(event.order);
          if (event.kind === 'replaced' && one.kind === 'amend' && order?.limitPrice !== undefined)
            limits.set(order.id, { ...order, limitPrice: one.limit });
          if (event.kind !== 'filled' || order === undefined) continue;
          expect(order.postOnly === true && event.fill.liquidity === 'taker').toBe(false);
          const limit = limits.get(event.order)?.limitPrice;
          if (limit === undefined) continue;
          expect(compare(event.fill.price, limit) * (order.side === 'buy' ? 1 : -1)).toBeLessThanOrEqual(0);
        }
      }
    }),
  );
});

test('fill or kill is all or nothing, within one moment', () => {
  fc.assert(
    fc.property(actions, modes, (wanted, options) => {
      const { turns, orders } = play(wanted, options);
      for (const { events } of turns) {
        for (const { order } of events) {
          const mine = events.filter((event) => event.order === order);
          const filled = sum(mine.flatMap((event) => (event.kind === 'filled' ? [event.fill.quantity] : [])));
          if (isZero(filled)) continue;
          const whole = orders.get(order);
          if (whole?.timeInForce === 'fok') expect(toText(filled)).toBe(toText(whole.quantity));
        }
      }
    }),
  );
});

test('an iceberg never shows more than its part, and no order more than is left of it', () => {
  fc.assert(
    fc.property(actions, modes, (wanted, options) => {
      play(wanted, options, (engine) => {
        for (const { order, shown, remaining } of engine.openOrders()) {
          expect(compare(shown, remaining)).toBeLessThanOrEqual(0);
          if (order.displayQuantity !== undefined) expect(compare(shown, order.displayQuantity)).toBeLessThanOrEqual(0);
        }
      });
    }),
  );
});

test('an order judged on later data executes only on what came after it, even when data arrives late', () => {
  const shifted = fc.array(fc.tuple(action, fc.integer({ min: -2, max: 0 })), { maxLength: 60 });
  fc.assert(
    fc.property(shifted, (wanted) => {
      const engine = createMatchingEngine({ ...OPTIONS, takes: 'later' });
      const enteredAt = new Map<string, bigint>();
      wanted.forEach(([one, shift], turn) => {
        const at = one.kind === 'book' || one.kind === 'trade' ? turn + shift : turn;
        const orders = new Map<string, SimOrder>();
        if (one.kind === 'cancel' || one.kind === 'amend') return;
        const events = act(engine, { one, at, orders });
        for (const [id, order] of orders) enteredAt.set(id, order.enteredAt);
        for (const event of events) {
          if (event.kind !== 'filled') continue;
          expect(event.at).toBe(second(at));
          expect(event.at > (enteredAt.get(event.order) ?? event.at)).toBe(true);
        }
      });
    }),
    { numRuns: 400 },
  );
});

interface Standing {
  readonly id: string;
  readonly side: string;
  readonly price: number;
  left: number;
}

/** Price and time without any index: look at everything, take the best price, and there the earliest. */
class BruteForce {
  #standing: Standing[] = [];

  enter(order: Omit<Standing, 'price'> & { readonly price: number | undefined }): readonly string[] {
    const fills: string[] = [];
    const sign = order.side === 'buy' ? 1 : -1;
    while (order.left > 0) {
      let best: Standing | undefined;
      for (const other of this.#standing) {
        if (other.side === order.side || other.left === 0) continue;
        if (order.price !== undefined && (other.price - order.price) * sign > 0) continue;
        if (best === undefined || (other.price - best.price) * sign < 0) best = other;
      }
      if (best === undefined) break;
      const quantity = Math.min(best.left, order.left);
      best.left -= quantity;
      order.left -= quantity;
      fills.push(`${best.id} ${quantity} @ ${(best.price / 100).toFixed(2)}`);
    }
    if (order.left > 0 && order.price !== undefined) this.#standing.push({ ...order, price: order.price });
    return fills;
  }

  cancel(id: string): void {
    this.#standing = this.#standing.filter((one) => one.id !== id);
  }
}

test('price comes first and then time, as a model says that looks at every order each time', () => {
  const cents = fc.integer({ min: 9_995, max: 10_005 });
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ side, price: fc.option(cents, { nil: undefined }), left: fc.integer({ min: 1, max: 9 }) }),
    },
    { weight: 1, arbitrary: fc.nat(60) },
  );
  const outside = fc.uniqueArray(fc.record({ price: cents, left: fc.integer({ min: 1, max: 9 }) }), {
    selector: (one) => one.price,
    maxLength: 6,
  });
  fc.assert(
    fc.property(outside, fc.array(step, { maxLength: 80 }), (levels, steps) => {
      const engine = createMatchingEngine({ ...OPTIONS, takes: 'standing' });
      const model = new BruteForce();
      const text = (price: number): string => (price / 100).toFixed(2);
      const sideOf = (price: number) => (price < 10_000 ? ('buy' as const) : ('sell' as const));
      for (const { price, left } of levels) model.enter({ id: 'outside', side: sideOf(price), price, left });
      const shown = levels.map((one) => ({
        side: sideOf(one.price),
        price: decimal(text(one.price)),
        quantity: fromInteger(one.left),
      }));
      engine.onBookDelta({ at: second(-1), levels: shown });
      steps.forEach((one, at) => {
        const id = `O${at}`;
        if (typeof one === 'number') {
          model.cancel(`O${one}`);
          engine.cancel(`O${one}`, second(at));
          return;
        }
        const expected = model.enter({ id, ...one });
        const limit = one.price === undefined ? {} : { limitPrice: decimal(text(one.price)) };
        const type = one.price === undefined ? 'market' : 'limit';
        const order = {
          id,
          side: one.side,
          type,
          timeInForce: 'gtc',
          quantity: fromInteger(one.left),
          enteredAt: second(at),
        } as const;
        const taken = engine.enter({ ...order, ...limit }).flatMap((event) => {
          if (event.kind !== 'filled' || event.order !== id) return [];
          const { against = 'outside', quantity, price } = event.fill;
          return [`${against} ${toText(quantity)} @ ${toText(price)}`];
        });
        expect(taken).toEqual(expected);
      });
    }),
    { numRuns: 300 },
  );
});
