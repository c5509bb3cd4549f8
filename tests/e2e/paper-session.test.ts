import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { message } from '../emulators/kit/faults.ts';
import { type CrashSession, openCrashSession } from '../faults/crash-session.ts';
import { expectSound, settled } from '../faults/expect-sound-orders.ts';
import { FAULT_SEED, seededRandom } from '../faults/fault-plan.ts';
import { temporaryFolder } from '../fixtures/firm.ts';
import {
  BITCOIN,
  entriesIn,
  executed,
  minuteBars,
  openOverTheWire,
  SPY,
  tradeInProcess,
} from '../fixtures/paper-session.ts';

// The same strategy on the same minutes: on the simulator in process, and over the wire through ccxt.

const MS_MAX = 300_000;
const BARS = 300;
/** Every kind of trouble comes several times. */
const TROUBLES = 12;
const AWAY_MS_MAX = 400;
const UNHEARD_BARS_MAX = 3;

test.for([
  ['bitcoin', BITCOIN],
  ['SPY', SPY],
] as const)(
  'a paper session of %s makes the same fills in process and at an emulated exchange over the wire',
  { timeout: MS_MAX },
  async ([name, market], { skip }) => {
    const bars = minuteBars(BARS, market);
    if (bars === undefined) return skip(`the test data has no minutes of ${name}; GATEHOUSE_TEST_DATA names its place`);
    const folder = temporaryFolder('paper-session');
    await tradeInProcess(join(folder, 'sim'), bars, market);
    const [first, ...rest] = bars;
    if (first === undefined) return skip('the file is empty');
    const wire = await openOverTheWire(join(folder, 'wire'), first, market);
    for (const bar of rest) await wire.show(bar);
    await wire.stop();
    const inProcess = executed(entriesIn(join(folder, 'sim')));
    const overTheWire = executed(entriesIn(join(folder, 'wire')));
    expect(inProcess.length).toBeGreaterThan(5);
    expect(overTheWire).toEqual(inProcess);
  },
);

test(
  `pulling the exchange’s plug at random leaves correct books, seed ${FAULT_SEED}`,
  async () => {
    const random = seededRandom(FAULT_SEED);
    const session = await openCrashSession();
    try {
      for (let trouble = 0; trouble < TROUBLES; trouble += 1) {
        await session.pass({ trades: trouble % 2 === 0 ? 'market' : 'limit' });
        // With an order on its way, standing or half executed, as it happens.
        session.close({ trades: 'limit', ...(random() < 0.5 ? { volume: '0.05' } : {}) });
        await sleep(random() * AWAY_MS_MAX);
        await TROUBLED[trouble % TROUBLED.length]?.(session, random);
        await session.pass();
        await settled(session);
      }
      expect(session.emulator.history.ordersOf('R').length).toBeGreaterThan(TROUBLES);
      await expectSound(session);
    } finally {
      await session.end();
    }
  },
  MS_MAX,
);

type Trouble = (session: CrashSession, random: () => number) => Promise<void>;

/** What an exchange, or the way to it, does to its clients. Shape: the market goes on meanwhile. */
const TROUBLED: readonly Trouble[] = [
  async (session, random) => {
    await session.emulator.unplug();
    await goesOnUnheard(session, random);
    await session.emulator.plug();
  },
  async (session, random) => {
    session.emulator.dropSockets();
    await goesOnUnheard(session, random);
  },
  async (session, random) => {
    session.emulator.faults.onMessage({ kind: 'mute' }, { match: message('executionReport') });
    await goesOnUnheard(session, random);
  },
  async (session, random) => {
    session.emulator.terminateUserStreams();
    await goesOnUnheard(session, random);
  },
];

async function goesOnUnheard(session: CrashSession, random: () => number): Promise<void> {
  for (let bars = Math.floor(random() * UNHEARD_BARS_MAX); bars >= 0; bars -= 1) session.close();
  await sleep(random() * AWAY_MS_MAX);
}
