import { createMatchingEngine, type MatchingEngine } from '@gatehouse/edge/venues/sim/matching-engine.ts';
import { createChances } from '@gatehouse/edge/venues/sim/seeded.ts';
import { assert } from '@gatehouse/shared/errors.ts';
import { decimal, fromInteger, fromUnits } from '@gatehouse/shared/values/decimal.ts';
import { addMs, parseInstant } from '@gatehouse/shared/values/instant.ts';
import type { Measurement } from './figure.ts';

const EVENTS = 300_000;
const SEED = 5;
const FROM = parseInstant('2026-03-02T14:30:00Z');
const MIDDLE_CENTS = 10_000;
const SCALE = 2;

/** One thing that comes to an exchange. Units: cents and lots. */
type Input =
  | { readonly kind: 'enter'; readonly isBuy: boolean; readonly cents: number; readonly lots: number }
  | { readonly kind: 'cancel'; readonly of: number }
  | { readonly kind: 'book'; readonly isBuy: boolean; readonly cents: number; readonly lots: number }
  | { readonly kind: 'trade'; readonly cents: number; readonly lots: number };

/** Orders, cancels, book changes and trades through the matching engine, against the least that could match orders at all. */
export const matching: Measurement = {
  figures: [{ name: 'matching.events_per_s', unit: 'events/s', digits: 0, bar: '≥ 100,000' }],
  measure() {
    const inputs = makeInputs();
    // Each is warmed by a tenth, as an exchange is that has been running.
    throughEngine(inputs.slice(0, EVENTS / 10));
    throughArrays(inputs.slice(0, EVENTS / 10));
    const engine = timed(() => throughEngine(inputs));
    const bare = timed(() => throughArrays(inputs));
    const baselineName = 'a Map of orders and an array a price, in numbers, without fees, queues and book';
    const result = { value: EVENTS / engine, baseline: EVENTS / bare, baselineName, n: EVENTS };
    return Promise.resolve({ 'matching.events_per_s': result });
  },
};

/** As many cancels as orders, each of another order, so that some hundreds stand at any time. */
function makeInputs(): readonly Input[] {
  const chance = createChances(SEED);
  const entered: number[] = [];
  return Array.from({ length: EVENTS }, (_, index): Input => {
    const kind = chance();
    const isBuy = chance() < 0.5;
    const lots = 1 + Math.floor(chance() * 20);
    const away = Math.floor(chance() * 50);
    if (kind < 0.4) return { kind: 'cancel', of: entered.splice(Math.floor(chance() * entered.length), 1)[0] ?? 0 };
    if (kind < 0.8) entered.push(index);
    if (kind < 0.8) return { kind: 'enter', isBuy, lots, cents: MIDDLE_CENTS + (isBuy ? 2 - away : away - 2) };
    if (kind < 0.9) return { kind: 'trade', lots, cents: MIDDLE_CENTS };
    return { kind: 'book', isBuy, lots, cents: MIDDLE_CENTS + (isBuy ? -1 - away : 1 + away) };
  });
}

/** Units: seconds. */
function timed(work: () => number): number {
  const from = performance.now();
  const fills = work();
  assert(fills > 0, 'the exchange matched something');
  return (performance.now() - from) / 1_000;
}

function throughEngine(inputs: readonly Input[]): number {
  const engine = createMatchingEngine({
    instrument: { tick: decimal('0.01'), lot: decimal('1'), multiplier: decimal('1') },
    feeBps: { maker: decimal('1'), taker: decimal('2') },
    takes: 'standing',
  });
  let fills = 0;
  for (let index = 0; index < inputs.length; index += 1) {
    const input = inputs[index];
    if (input === undefined) continue;
    for (const { kind } of give(engine, input, index)) if (kind === 'filled') fills += 1;
  }
  return fills;
}

function give(engine: MatchingEngine, input: Input, index: number): ReturnType<MatchingEngine['cancel']> {
  const at = addMs(FROM, index);
  if (input.kind === 'cancel') return engine.cancel(`O${input.of}`, at);
  const quantity = fromInteger(input.lots);
  const price = fromUnits(BigInt(input.cents), SCALE);
  if (input.kind === 'trade') return engine.onTrade({ at, price, quantity });
  const side = input.isBuy ? 'buy' : 'sell';
  if (input.kind === 'book') return engine.onBookDelta({ at, levels: [{ side, price, quantity }] });
  const words = { id: `O${index}`, side, type: 'limit', timeInForce: 'gtc', enteredAt: at } as const;
  return engine.enter({ ...words, quantity, limitPrice: price });
}

interface Bare {
  readonly isBuy: boolean;
  readonly cents: number;
  lots: number;
}

/** Orders alone: what stands is an array a price, and a cancelled order is left there empty. */
function throughArrays(inputs: readonly Input[]): number {
  const orders = new Map<number, Bare>();
  const levels = { buy: new Map<number, Bare[]>(), sell: new Map<number, Bare[]>() };
  let fills = 0;
  inputs.forEach((input, index) => {
    if (input.kind === 'cancel') {
      const order = orders.get(input.of);
      if (order !== undefined) order.lots = 0;
      orders.delete(input.of);
      return;
    }
    if (input.kind !== 'enter') return;
    const order: Bare = { isBuy: input.isBuy, cents: input.cents, lots: input.lots };
    fills += matchBare(order, input.isBuy ? levels.sell : levels.buy);
    if (order.lots === 0) return;
    const own = input.isBuy ? levels.buy : levels.sell;
    const level = own.get(order.cents) ?? [];
    if (level.length === 0) own.set(order.cents, level);
    level.push(order);
    orders.set(index, order);
  });
  return fills;
}

function matchBare(order: Bare, others: ReadonlyMap<number, Bare[]>): number {
  const step = order.isBuy ? 1 : -1;
  let fills = 0;
  for (let cents = MIDDLE_CENTS - 50 * step; (order.cents - cents) * step >= 0 && order.lots > 0; cents += step) {
    const level = others.get(cents) ?? [];
    while (order.lots > 0) {
      const [first] = level;
      if (first === undefined) break;
      const lots = Math.min(first.lots, order.lots);
      first.lots -= lots;
      order.lots -= lots;
      if (lots > 0) fills += 2;
      if (first.lots === 0) level.shift();
    }
  }
  return fills;
}
