import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MessageFault, message, type RequestFault } from '../emulators/kit/faults.ts';
import { canWatchProcesses } from '../fixtures/firm.ts';
import { until } from '../fixtures/paper-session.ts';
import { type CrashSession, openCrashSession, type Show } from './crash-session.ts';
import { RESTER, TRADER } from './crash-strategies.ts';
import { expectNoSecondOrder, expectSound, settled } from './expect-sound-orders.ts';
import { drawnBySeed, FAULT_KILLS, FAULT_SEED, FAULT_STEPS, seededRandom, tellRound } from './fault-plan.ts';
import { CANCELS, ENTRIES, EXECUTIONS, killing, PLACE, standing, THIN } from './order-crash-cases.ts';

// kill -9 before and after every durable step and every step on the wire of an order, at an exchange that outlives it.

const MS_MAX = 120_000;
/** Later than a restart asks, and within the time for which a signature counts. Units: milliseconds. */
const LATE_MS = 5_000;
const LATE = { receiveMs: 8_000, finalMs: 10_000 } as const;
const REPORT = message('"e":"executionReport"');
/** So few that a session stays behind the wall's time. */
const KILLS_OF_SESSION = 50;
const MS_PER_KILL = 20_000;
const BARS_MAX = 3;
/** So long after a bar the next one closes, or the process dies. */
const GAP_MS_MAX = 400;
const LAST_MS_MAX = 100;
const SHOWS: readonly Show[] = [
  { trades: 'market' },
  { trades: 'limit' },
  { trades: 'limit', volume: THIN },
  { trades: 'market', rests: 1 },
  { volume: THIN },
  {},
];
/** What may go wrong beside the crash; mostly nothing. */
const FAULTS: readonly ({ readonly request: RequestFault } | { readonly message: MessageFault } | undefined)[] = [
  undefined,
  undefined,
  undefined,
  { request: { kind: 'lose-request', how: 'reset' } },
  { request: { kind: 'delay-request', ms: 300 } },
  { request: { kind: 'drop-answer', how: 'reset' } },
  { request: { kind: 'error-after', answer: { status: 503 } } },
  { message: { kind: 'drop' } },
  { message: { kind: 'duplicate' } },
  { message: { kind: 'reorder', behind: 1 } },
  { message: { kind: 'disconnect' } },
];

describe.skipIf(!canWatchProcesses)(
  `kill -9 at ${FAULT_STEPS} steps of an order, drawn by the seed ${FAULT_SEED}`,
  () => {
    let session: CrashSession;

    beforeAll(async () => {
      session = await openCrashSession();
    }, MS_MAX);
    afterAll(() => session.end());

    test.each(drawnBySeed([...ENTRIES, ...EXECUTIONS]))(
      'I7 one intent is at most one order where $name',
      async ({ die }) => {
        await die(session);
        await session.gone();
        await goOn(session);
      },
      MS_MAX,
    );

    test(
      'I16 orders are taken back whatever dies between the request and its report',
      async () => {
        await standing(session, { rests: CANCELS.length });
        const [first, ...others] = CANCELS;
        first?.(session);
        const order = {
          command: 'kill',
          id: 'K-crash',
          level: 'cancel',
          by: 'P-tester',
          reason: 'A crash is wanted.',
        } as const;
        // Whoever asked hears nothing: the process dies of it.
        await session.ask({ ...order, scopes: [`algorithm:${RESTER}`] }).catch(() => {});
        await session.gone();
        for (const arm of others) {
          session.emulator.faults.clear();
          arm(session);
          await session.start();
          await session.gone();
        }
        await goOn(session);
        await settled(session);
        const left = session.emulator.history.liveOrdersOf('R').map(({ clientOrderId }) => clientOrderId);
        expect(left.filter((id) => !id.includes(TRADER))).toEqual([]);
      },
      MS_MAX,
    );

    test(
      'I7 after all of it no order is forgotten, none is unknown, and the books are the exchange’s',
      () => expectSound(session),
      MS_MAX,
    );
  },
);

describe.skipIf(!canWatchProcesses)('kill -9 while an order is on its way', () => {
  test(
    'I7 an order that arrives after the restart has asked for it is found, and is the only one',
    async () => {
      const session = await openCrashSession(LATE);
      try {
        const { faults, history } = session.emulator;
        faults.onRequest({ kind: 'delay-request', ms: LATE_MS }, { match: killing(session, PLACE) });
        session.close({ trades: 'market' });
        await session.gone();
        await session.start();
        await until(
          () => history.ordersOf('R').length === 1,
          () => 'the late order arrives',
        );
        await goesOn(session);
        await expectSound(session);
      } finally {
        await session.end();
      }
    },
    MS_MAX,
  );
});

describe.skipIf(!canWatchProcesses)(`kill -9 at ${FAULT_KILLS} random moments`, () => {
  test.each(sessionsOf(FAULT_KILLS))(
    'I7 no intent is two orders, no order is forgotten, and the books are the exchange’s, $kills kills of seed $seed',
    async ({ seed, kills }) => {
      const session = await openCrashSession();
      try {
        const random = seededRandom(seed);
        for (let kill = 0; kill < kills; kill += 1) {
          await liveAndDie(session, random);
          await goOn(session);
        }
        await expectSound(session);
        const accepted = session.emulator.history.ordersOf('R').length;
        tellRound(`seed ${seed}: ${kills} kills, ${accepted} orders at the exchange, each once, books equal`);
      } finally {
        await session.end();
      }
    },
    MS_MAX + KILLS_OF_SESSION * MS_PER_KILL,
  );
});

/** Sessions of so many kills together, each with a seed of its own. */
function sessionsOf(kills: number): readonly { readonly seed: number; readonly kills: number }[] {
  const sessions = Math.ceil(kills / KILLS_OF_SESSION);
  return Array.from({ length: sessions }, (_, index) => ({
    seed: FAULT_SEED + index,
    kills: Math.min(KILLS_OF_SESSION, kills - index * KILLS_OF_SESSION),
  }));
}

/** Some bars with orders, on a wire with or without a fault, and death at any moment of it. */
async function liveAndDie(session: CrashSession, random: () => number): Promise<void> {
  const upTo = (most: number): number => Math.floor(random() * most);
  const { faults } = session.emulator;
  const fault = FAULTS[upTo(FAULTS.length)];
  const skip = upTo(2);
  if (fault !== undefined && 'message' in fault) faults.onMessage(fault.message, { match: REPORT, skip });
  else if (fault !== undefined) faults.onRequest(fault.request, { match: PLACE, skip });
  // Half of the time an order is just leaving when the rest begins.
  if (random() < 0.5) await session.pass({ trades: 'limit' });
  for (let bars = upTo(BARS_MAX); bars > 0; bars -= 1) {
    session.close(SHOWS[upTo(SHOWS.length)]);
    await sleep(upTo(GAP_MS_MAX));
  }
  await sleep(upTo(LAST_MS_MAX));
  session.killNow();
  await session.gone();
  for (let bars = upTo(BARS_MAX); bars > 0; bars -= 1) session.close();
}

/** The process starts again, finds out what became of everything, and trades on. */
async function goOn(session: CrashSession): Promise<void> {
  session.emulator.faults.clear();
  await session.start();
  await goesOn(session);
}

async function goesOn(session: CrashSession): Promise<void> {
  await settled(session);
  await session.pass({ trades: 'market' });
  await session.pass();
  expectNoSecondOrder(session.emulator);
}
