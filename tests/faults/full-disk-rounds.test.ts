import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { drivers } from '@gatehouse/edge/journal/drivers.ts';
import { type Journal, openJournal } from '@gatehouse/edge/journal/journal.ts';
import { verifyJournal } from '@gatehouse/edge/journal/verify-journal.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { generateSigner } from '@gatehouse/shared/journal/note.ts';
import { unmeasuredClock } from '@gatehouse/shared/values/clock.ts';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../fixtures/firm.ts';
import { FAULT_FILLS, FAULT_SEED, seededRandom, tellRound } from './fault-plan.ts';

// A real disk that is full again and again under one journal, at another place of its work each time.

const EDGE = 'edge-1';
const DISK_BYTES = 33_554_432;
const BLOCK = Buffer.alloc(4_096);
const LARGE = Buffer.alloc(1_048_576);
/** So much is left at first, so that the last bytes go in the middle of something. Units: blocks. */
const LEFT_BLOCKS_MAX = 64;
const GROUP_MAX = 20;
const NOTE_MAX = 1_500;
const signer = generateSigner(EDGE);

function smallDisk(): string | undefined {
  const disk = temporaryFolder('disk');
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk]);
  if (status !== 0) return undefined;
  onTestFinished(() => void spawnSync('umount', ['--lazy', disk]));
  return disk;
}

/** Takes all room but so many blocks. */
function fill(disk: string, left: number): void {
  const [ballast, spare] = [openSync(join(disk, 'ballast'), 'a'), join(disk, 'spare')];
  const kept = openSync(spare, 'w');
  try {
    for (let block = 0; block < left; block += 1) writeSync(kept, BLOCK);
    for (const size of [LARGE, BLOCK]) while (writeSync(ballast, size) === size.length);
    throw new Error('the disk takes no more and does not say so');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    closeSync(ballast);
    closeSync(kept);
    rmSync(spare);
  }
}

interface Filled {
  /** The last entry that was reported durable. */
  readonly durable: number;
  readonly code: string;
}

/** Writes until the disk says no. */
async function writeUntilFull(journal: Journal, random: () => number): Promise<Filled> {
  let durable = journal.durableSeq;
  try {
    for (;;) {
      const note = 'n'.repeat(Math.floor(random() * NOTE_MAX));
      const body = { v: 1, code: 'CLOCK_STEP', severity: 'notice', message: note };
      const group = Array.from({ length: 1 + Math.floor(random() * GROUP_MAX) }, () => ({
        kind: 'incident' as const,
        body,
      }));
      const last = journal.append(group).at(-1)?.header.seq ?? 0;
      await journal.durable(last);
      durable = last;
    }
  } catch (error) {
    return { durable, code: error instanceof KitError ? error.code : String(error) };
  }
}

function refused(journal: Journal): string {
  try {
    journal.append([{ kind: 'incident', body: { v: 1, code: 'CLOCK_STEP', severity: 'notice', message: 'after' } }]);
    return 'taken';
  } catch (error) {
    return error instanceof KitError ? error.code : String(error);
  }
}

for (const { name: driver } of Object.values(drivers)) {
  test(`I11 ${driver}: a disk that is full ${FAULT_FILLS} times keeps what was durable, takes nothing by half, and goes on, seed ${FAULT_SEED}`, {
    timeout: 60_000 + FAULT_FILLS * 60_000,
  }, async ({ skip }) => {
    const disk = smallDisk();
    if (disk === undefined) return skip('only root can mount the small disk that this test fills');
    const random = seededRandom(FAULT_SEED);
    const folder = join(disk, 'journal');
    mkdirSync(folder);
    const open = (): Promise<Journal> =>
      openJournal({
        folder,
        edge: EDGE,
        signer,
        clock: unmeasuredClock({ source: 'system', wallMs: () => Date.now() }),
        random: (bytes) => new Uint8Array(bytes),
        emptyState: {},
        onNotice: () => {},
        driver,
      }).then(({ journal }) => journal);
    let journal = await open();
    const codes = new Map<string, number>();
    let [kept, restarts] = [0, 0];
    for (let round = 0; round < FAULT_FILLS; round += 1) {
      const from = journal.durableSeq;
      fill(disk, Math.floor(random() * LEFT_BLOCKS_MAX));
      const { durable, code } = await writeUntilFull(journal, random);
      codes.set(code, (codes.get(code) ?? 0) + 1);
      expect(refused(journal)).toBe('JOURNAL_CLOSED');
      rmSync(join(disk, 'ballast'));
      // In turns the same process goes on, or another one starts.
      if (round % 2 === 0) await journal.reopen();
      else {
        await journal.close().catch(() => {});
        journal = await open();
        restarts += 1;
      }
      // What was not reported may be there, as a whole; what was reported is.
      expect(journal.durableSeq).toBeGreaterThanOrEqual(durable);
      kept += durable - from;
    }
    const end = journal.append([
      { kind: 'incident', body: { v: 1, code: 'CLOCK_STEP', severity: 'notice', message: 'end' } },
    ]);
    await journal.durable(end[0]?.header.seq ?? 0);
    const { seq } = journal.head;
    await journal.close();
    const report = await verifyJournal({ folder, edge: EDGE, verifierKey: signer.verifierKey }, () => 0);
    expect(report).toMatchObject({ entries: seq, wasClosed: true });
    const said = [...codes].map(([code, count]) => `${code} ${count}`).join(', ');
    tellRound(
      `full disk, ${driver}, ${FAULT_FILLS} times, seed ${FAULT_SEED}: ${seq} entries in ${readdirSync(folder).length} files, ${kept} of them durable just before it was full; ${said}; ${restarts} new starts; lost 0, by half 0`,
    );
    expect([...codes.keys()]).toEqual(['DISK_FULL']);
  });
}
