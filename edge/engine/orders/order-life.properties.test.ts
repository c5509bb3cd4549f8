import { isTerminal } from '@gatehouse/shared/accounts/order-life.ts';
import { price } from '@gatehouse/shared/values/amounts.ts';
import { compare, sum, toText } from '@gatehouse/shared/values/decimal.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DECIDED_AT, type DeskRun, deskOrder, startDesk, tick } from './desk-fixture.ts';
import { type Fault, FaultVenue } from './fault-venue-fixture.ts';
import { type ManualTime, manualTime } from './manual-time-fixture.ts';

/** What the model knows: which orders were proposed, and nothing of what became of them. */
interface Model {
  proposed: number;
}

/** The real thing, with the process that runs now. */
interface Real {
  readonly venue: FaultVenue;
  readonly time: ManualTime;
  run: DeskRun;
  seenMs: number;
}

type Step = fc.AsyncCommand<Model, Real>;

const FAULTS: readonly Fault[] = ['unreachable', 'refused', 'answer-lost', 'request-lost', 'late', 'silent'];
/** Longer than the venue's rule, the schedule of questions and all waits together. */
const ALL_KNOWN_MS = 120_000;

function step(name: string, act: (real: Real, model: Model) => Promise<void> | void, needsOrder = true): Step {
  return {
    check: ({ proposed }) => !needsOrder || proposed > 0,
    run: async (model, real) => {
      await act(real, model);
      real.run.flush();
      await real.time.settle();
      invariants(real);
    },
    toString: () => name,
  };
}

/** What must hold after every step. */
function invariants({ venue, run }: Real): void {
  expect(venue.liveAtOnceMax, 'live orders of one intent').toBeLessThanOrEqual(1);
  for (const [id, { order, fills }] of venue.orders) {
    expect(
      compare(sum(fills.map(({ quantity }) => quantity)), order.quantity),
      `executions of ${id}`,
    ).toBeLessThanOrEqual(0);
  }
  const fills = run.entries('fill').map(({ fill }) => fill);
  expect(new Set(fills).size, 'executions booked once').toBe(fills.length);
  const submits = venue.requests.filter((one) => !one.startsWith('query') && !one.startsWith('cancel'));
  expect(new Set(submits).size, 'orders sent once').toBe(submits.length);
  expect(run.incidents(), 'nothing impossible').not.toContain('ORDER_OVERFILLED');
}

/** Everything is told, answered and waited for; then what we have is what the venue has. */
async function toTheEnd(real: Real): Promise<void> {
  const { venue, time } = real;
  for (const faults of Object.values(venue.faults)) faults.splice(0);
  venue.isDeaf = false;
  venue.isStuttering = false;
  venue.isSlow = false;
  venue.isBlind = false;
  venue.comeIn();
  venue.deliver();
  await time.advance(ALL_KNOWN_MS);
  venue.say({ kind: 'link', state: 'down', at: DECIDED_AT, reason: 'To ask for everything.' });
  venue.say({ kind: 'link', state: 'up', at: DECIDED_AT, reason: 'To ask for everything.' });
  await time.advance(ALL_KNOWN_MS);
  // What was executed before an end that was heard, reconciliation fetches.
  for (const { order, fill } of await venue.executions(DECIDED_AT)) {
    if (order !== undefined) venue.say({ kind: 'filled', order, at: fill.at, fill, isLast: false });
  }
  await time.advance(ALL_KNOWN_MS);
  invariants(real);
  agree(real);
}

function agree({ venue, run }: Real): void {
  const listed = new Set(run.desk.unresolved().map(({ order }) => order));
  for (const { order, state } of run.book.orders()) {
    const there = venue.orders.get(order.id)?.state;
    if (state === 'held') expect(there).toBeUndefined();
    else if (state === 'unknown') expect(listed).toContain(order.id);
    else expect([order.id, state], `the venue has it as ${there}`).toEqual([order.id, there]);
  }
  for (const [id, { state, fills }] of venue.orders) {
    const ours = run.stateOf(id);
    const booked = run.entries('fill').filter(({ order }) => order === id);
    const done = sum(fills.map(({ quantity }) => quantity));
    if (ours === 'rejected' || ours === 'unsent') {
      // The venue has it all the same: that is said, and it does not stay there.
      expect(run.incidents(), `${id} came after all`).toContain('ORDER_IMPOSSIBLE');
      expect(['cancelled', 'filled'], id).toContain(state);
      continue;
    }
    expect([id, ours]).toEqual([id, state]);
    expect([id, toText(sum(booked.map(({ quantity }) => quantity)))]).toEqual([id, toText(done)]);
  }
  for (const { order } of run.entries('intent')) {
    const state = run.stateOf(order.id);
    expect(state === undefined || isTerminal(state) || run.book.order(order.id) !== undefined).toBe(true);
  }
}

function known(real: Real, pick: number): string {
  const ids = real.run.entries('intent').map(({ order }) => order.id);
  return ids[pick % ids.length] ?? 'none';
}

const which = fc.nat({ max: 30 });

function steps(): fc.Arbitrary<Step>[] {
  const propose = step(
    'propose',
    ({ run }, model) => {
      model.proposed += 1;
      run.propose(deskOrder({ id: `O-${model.proposed}`, limitPrice: price('100') }));
    },
    false,
  );
  const stop = step(
    'hold',
    ({ run }, model) => {
      model.proposed += 1;
      const held = { type: 'stop', side: 'sell', stopPrice: price('90'), emulates: ['trigger' as const] } as const;
      run.propose(deskOrder({ ...held, emulates: ['trigger'], id: `O-${model.proposed}` }));
    },
    false,
  );
  return [
    fc.constant(propose),
    fc.constant(propose),
    fc.constant(stop),
    which.map((pick) =>
      step(`change ${pick}`, (real, model) => {
        model.proposed += 1;
        const replaces = known(real, pick);
        if (real.run.book.order(replaces) === undefined) return;
        real.run.propose(deskOrder({ id: `O-${model.proposed}`, replaces, limitPrice: price('101') }));
      }),
    ),
    which.map((pick) => step(`cancel ${pick}`, (real) => void real.run.desk.cancel(known(real, pick)))),
    fc
      .tuple(which, fc.constantFrom('1', '3', '10'))
      .map(([pick, size]) => step(`trade ${pick} ${size}`, (real) => void tradeOne(real, pick, size))),
    which.map((pick) => step(`end ${pick}`, (real) => real.venue.end(known(real, pick), 'cancelled'))),
    fc
      .tuple(fc.constantFrom('submit', 'amend', 'cancel', 'query'), fc.constantFrom(...FAULTS))
      .map(([request, fault]) =>
        step(`${request} ${fault}`, ({ venue }) => void venue.faults[request].push(fault), false),
      ),
    fc.tuple(fc.constantFrom('isDeaf', 'isStuttering', 'isSlow', 'isBlind'), fc.boolean()).map(([manner, isSo]) =>
      step(`${manner} ${isSo}`, ({ venue }) => {
        venue[manner] = isSo;
        if (manner === 'isSlow' && !isSo) venue.deliver();
      }),
    ),
    fc.constantFrom('89', '95').map((at) =>
      step(`price ${at}`, (real) => {
        real.seenMs += 1_000;
        real.run.desk.see(tick(at, real.seenMs));
      }),
    ),
    fc.constant(step('come in', ({ venue }) => venue.comeIn())),
    fc.constantFrom(100, 1_000, 10_000).map((ms) => step(`wait ${ms}`, ({ time }) => time.advance(ms), false)),
    fc.constant(step('die and start again', (real) => restart(real), false)),
  ];
}

function tradeOne({ venue }: Real, pick: number, size: string): boolean {
  const live = venue.live();
  return venue.trade(live[pick % Math.max(1, live.length)] ?? 'none', size);
}

/** What was staged and not flushed is lost with the process, and so is what the venue says meanwhile. */
function restart(real: Real): void {
  real.run.desk.stop();
  real.venue.loseWords();
  real.run = startDesk({ ...real, past: [...real.run.records] });
  // A venue that does not answer holds up its own question alone, and a test's time must go on.
  void real.run.desk.resume();
}

function start(canAmend: boolean): { readonly model: Model; readonly real: Real } {
  const venue = new FaultVenue(DECIDED_AT, canAmend);
  const time = manualTime();
  venue.word = { monotonicMs: time.monotonicMs, withinMs: 2_000 };
  return { model: { proposed: 0 }, real: { venue, time, run: startDesk({ venue, time }), seenMs: 0 } };
}

test.each([true, false])(
  'I7 whatever is lost, late, doubled or refused, one intent is never two live orders and all is known in the end (changes in one step: %s)',
  async (canAmend) => {
    await fc.assert(
      fc.asyncProperty(fc.commands(steps(), { maxCommands: 40, size: 'max' }), async (commands) => {
        const { model, real } = start(canAmend);
        await fc.asyncModelRun(() => ({ model, real }), commands);
        await toTheEnd(real);
        real.run.desk.stop();
      }),
      { numRuns: 40 },
    );
  },
  60_000,
);
