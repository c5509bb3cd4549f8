import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canWatchProcesses, EDGE, type Ended, kill, openFirm, type TestFirm, until } from '../fixtures/firm.ts';
import { expectSound } from './expect-sound.ts';
import { FAULT_ROUNDS, FAULT_SEED, oneBySeed, seededRandom, tellRound } from './fault-plan.ts';
import { keptAck, withDatabase } from './firm-facts.ts';

// One flipped bit, or an older copy, in the journal of a whole firm: the next start finds it and says what to do.

const MS_MAX = 300_000;
const TRADING_MS_MAX = 90_000;
const IDLE_MS_MAX = 45_000;
const FILLS_BEFORE_KILL = 12;
const WAL_FRAMES_FROM = 0.1;
const WAL_FRAMES_TO = 0.6;

const rounds = Array.from({ length: FAULT_ROUNDS }, (_, round) => FAULT_SEED + round);

interface Image {
  readonly name: string;
  readonly folder: string;
}

describe.skipIf(!canWatchProcesses)('I11 the journal of a firm', () => {
  let firm: TestFirm;
  let journal: string;
  /** Closed early in the replay; killed later in it; closed after that. */
  let closed: Image;
  let crashed: Image;
  let newest: Image;

  beforeAll(async () => {
    firm = await openFirm();
    journal = join(firm.data, 'edge', EDGE, 'journal');
    closed = await imageAfter('closed', 'SIGINT');
    crashed = await imageAfter('crashed', 'SIGKILL');
    newest = await imageAfter('newest', 'SIGINT');
  }, MS_MAX);

  afterAll(() => firm.end());

  /** Trades a little, ends everything in one way and keeps a copy of the journal. */
  async function imageAfter(name: string, end: 'SIGINT' | 'SIGKILL'): Promise<Image> {
    const start = firm.run('start', '--pace', '150');
    const before = (await untilFills(0)) ?? 0;
    await untilFills(before + FILLS_BEFORE_KILL);
    if (end === 'SIGINT') start.signal('SIGINT');
    else for (const part of ['start', 'edge', 'hub', 'postgres'] as const) kill(firm.pid(part), 'SIGKILL');
    await start.ended;
    expect(await firm.idle(IDLE_MS_MAX)).toEqual([]);
    const folder = join(firm.data, 'copies', name);
    cpSync(journal, folder, { recursive: true });
    return { name, folder };
  }

  async function untilFills(count: number): Promise<number | undefined> {
    let fills: number | undefined;
    const isThere = await until(async () => {
      fills = (await firm.status())?.tally['filled'];
      return (fills ?? -1) >= count;
    }, TRADING_MS_MAX);
    expect(isThere).toBe(true);
    return fills;
  }

  function restore({ folder }: Image): void {
    rmSync(journal, { recursive: true });
    cpSync(folder, journal, { recursive: true });
  }

  test.each(rounds)(
    'a bit of the closed database stops the next start (seed %i)',
    async (seed) => {
      restore(newest);
      tellRound(flip(join(journal, 'segment-000001.db'), seed, [0, 1]));
      expectBlocked(await firm.command('start', '--pace', '0', '--until-done'));
    },
    MS_MAX,
  );

  test.each(rounds)(
    'a bit of the signed head stops the next start (seed %i)',
    async (seed) => {
      restore(newest);
      tellRound(flip(join(journal, 'head'), seed, [0, 1]));
      expectBlocked(await firm.command('start', '--pace', '0', '--until-done'));
    },
    MS_MAX,
  );

  test.each(rounds)(
    'a bit of the write-ahead log that a crash left stops the next start (seed %i)',
    async (seed) => {
      restore(crashed);
      const log = join(journal, 'segment-000001.db-wal');
      expect(statSync(log).size).toBeGreaterThan(100_000);
      tellRound(flip(log, seed, [WAL_FRAMES_FROM, WAL_FRAMES_TO]));
      expectBlocked(await firm.command('start', '--pace', '0', '--until-done'));
    },
    MS_MAX,
  );

  test(
    'the untouched copy starts and goes on to the end: the hub was told nothing wrong meanwhile',
    async () => {
      restore(newest);
      const { exit, stdout, stderr } = await firm.command('start', '--pace', '0', '--until-done');
      expect(stderr).toBe('');
      expect(stdout).toContain('The replay is complete.');
      expect(exit).toBe(0);
      expect(await firm.idle(IDLE_MS_MAX)).toEqual([]);
      expect((await firm.command('verify')).exit).toBe(0);
    },
    MS_MAX,
  );

  test.each<[string, () => void]>(
    oneBySeed([
      ['an older copy of the journal', () => restore(closed)],
      ['an older copy of the journal, and no ack that was kept', () => restoreWithout(closed, 'hub.ack')],
      ['no journal at all', () => restoreWithout(undefined, 'hub.ack', 'hub.ledger')],
    ]),
  )(
    'I1 I2 %s: the edge fetches its records back from the hub before it trades on, and nothing counts twice',
    async (_name, damage) => {
      const before = keptAck(firm.data)?.seq ?? 0;
      expect(before).toBeGreaterThan(0);
      damage();
      const { exit, stdout, stderr } = await firm.command('start', '--pace', '0', '--until-done');
      expect(stderr).toBe('');
      expect(stdout).toContain('The replay is complete.');
      expect(exit).toBe(0);
      expect(await firm.idle(IDLE_MS_MAX)).toEqual([]);
      const { journal: entries } = await expectSound(firm);
      const refetched = entries.filter(({ kind, body }) => kind === 'incident' && body['code'] === 'JOURNAL_REFETCHED');
      expect(refetched.at(-1)?.seq).toBeGreaterThan(before);
      const alarms = await withDatabase(firm.data, (database) => database`SELECT code FROM alarm WHERE edge = ${EDGE}`);
      expect(alarms.map(({ code }) => code)).not.toContain('STREAM_FORKED');
    },
    MS_MAX,
  );

  function restoreWithout(image: Image | undefined, ...names: readonly string[]): void {
    rmSync(journal, { recursive: true });
    if (image !== undefined) cpSync(image.folder, journal, { recursive: true });
    for (const name of names) rmSync(join(firm.data, 'edge', EDGE, name));
  }
});

/** Exit code 3, one line with the cure, and not one bar was traded. */
function expectBlocked({ exit, stdout, stderr }: Ended): void {
  expect(stderr).toMatch(/^edge: .*\. Trading stays blocked\. Keep the folder as it is .*\n$/);
  expect(stdout).not.toContain('PAPER — DEMO');
  expect(exit).toBe(3);
}

/** Changes one bit of a file in a part of it; gives back what it did. */
function flip(path: string, seed: number, [from, to]: readonly [number, number]): string {
  const bytes = readFileSync(path);
  const random = seededRandom(seed);
  const place = Math.floor(bytes.length * (from + random() * (to - from)));
  const bit = Math.floor(random() * 8);
  bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
  writeFileSync(path, bytes);
  return `flipped bit ${bit} of byte ${place} of ${bytes.length} in ${path.split('/').at(-1)}`;
}
