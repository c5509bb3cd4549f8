import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { decisionBody } from '@gatehouse/compliance/decision-body.ts';
import { decide } from '@gatehouse/compliance/gate.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { addMs, type Instant } from '@gatehouse/shared/values/instant.ts';
import { createCrowd } from '../../scripts/bench/crowd.ts';

// Judges and enters ten million orders, each of which is over soon after, and prints what the memory does.

const DECISIONS = Number(process.argv[2] ?? 10_000_000);
const STEPS = 20;
/** An order is over when so many have been entered after it. */
const LIFE = 5_000;
/** Ten million orders fit into one session, from just after its opening. */
const STEP_MS = 2;
const EARLIER_MS = 6 * 3_600_000 - 60_000;
/** So often a part of an order is filled before it is over; a prime, so that every instrument is traded. */
const FILLED_EVERY = 11;
/** Little enough that ten million orders buy no more than the limits of the busy edge permit. */
const FILLED = quantity('2');
/** Everything held is valued anew so often. */
const MARK_EVERY = 15_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const { own, files, rules, facts, orders, mark } = createCrowd({
  strategies: 20,
  instruments: 500,
  openOrders: LIFE,
  earlierMs: EARLIER_MS,
});
let approved = 0;
const refused = new Map<string, number>();
const open: Order[] = [];
report(0);
for (let step = 0; step < STEPS; step += 1) {
  const from = performance.now();
  for (let count = 0; count < DECISIONS / STEPS; count += 1) judge(step * (DECISIONS / STEPS) + count);
  const perS = (DECISIONS / STEPS / (performance.now() - from)) * 1_000;
  report(((step + 1) * DECISIONS) / STEPS, perS);
}

process.stdout.write(`refusals by control: ${JSON.stringify(Object.fromEntries(refused))}\n`);

function report(decisions: number, perS = 0): void {
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  const [heapMb, rssMb] = [heapUsed, rss].map((bytes) => (bytes / 1_048_576).toFixed(1));
  process.stdout.write(
    `${decisions} decisions, ${approved} approved, ${Math.round(perS)}/s, heap ${heapMb} MB, RSS ${rssMb} MB\n`,
  );
}

function judge(index: number): void {
  const template = orders[index % orders.length];
  if (template === undefined) return;
  const at = addMs(facts.now, index * STEP_MS);
  const order = { ...template, decidedAt: at, id: `M-${index}`, quantity: quantity(String(10 + (index % 37))) };
  if (index % MARK_EVERY === 0) mark(at);
  const decision = decide({ order, facts: withTimes({ ...facts, now: at }, at), files, own, rules });
  own.fold({ kind: 'intent', body: { v: 1, order } });
  own.fold({ kind: 'decision', body: decisionBody(decision) });
  if (!decision.approved) {
    for (const { control, verdict } of decision.rows)
      if (verdict === 'refuse') refused.set(control, (refused.get(control) ?? 0) + 1);
    return;
  }
  approved += 1;
  open.push(order);
  if (open.length <= LIFE) return;
  const oldest = open.shift();
  if (oldest !== undefined) end(oldest, { at, index });
}

/** A little of one order in eleven is filled, so that messages stay in proportion to trades; then it is taken back. */
function end(order: Order, { at, index }: { readonly at: Instant; readonly index: number }): void {
  const { id, account, instrument, venue, side, currency } = order;
  if (index % FILLED_EVERY === 0) {
    const fill = { fill: `MF-${index}`, quantity: FILLED, price: price('100.00'), fee: decimal('0') };
    own.fold({ kind: 'fill', body: { v: 1, order: id, account, instrument, venue, side, currency, at, ...fill } });
  }
  own.fold({ kind: 'order', body: { v: 1, order: id, state: 'cancelled', at } });
}

/** Prices that are as young as the decision. */
function withTimes(given: typeof facts, at: (typeof facts)['now']): typeof facts {
  const { reference, second, quote, range, volatility, market } = given;
  return {
    ...given,
    ...(reference === undefined ? {} : { reference: { ...reference, at } }),
    ...(second === undefined ? {} : { second: { ...second, at } }),
    ...(quote === undefined ? {} : { quote: { ...quote, at } }),
    ...(range === undefined ? {} : { range: { ...range, from: addMs(at, -1_800_000) } }),
    ...(volatility === undefined ? {} : { volatility: { ...volatility, at } }),
    ...(market === undefined ? {} : { market: { ...market, at } }),
  };
}
