import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { canWatchProcesses, type TestFirm, temporaryFolder, testFirm, until } from '../fixtures/firm.ts';
import { expectSound } from './expect-sound.ts';
import { FAULT_FIRM_FILLS, tellRound } from './fault-plan.ts';
import { keptAck, readFacts } from './firm-facts.ts';

// A disk without room, before a start and in the middle of a replay, under the whole firm.

const DISK_MIB = 300;
const BLOCK = Buffer.alloc(65_536);
const MS_MAX = 600_000 + FAULT_FIRM_FILLS * 300_000;
const TRADING_MS_MAX = 240_000;
const IDLE_MS_MAX = 90_000;
const PACE_SECONDS = '60';
const FULL_TWICE_MS = 300;
const BARS_BEFORE = 20;
const FILLS_BEFORE = 5;

test(
  'a full disk stops trading with one message and exit 4, accepts nothing by half, and the next start goes on',
  async ({ skip }) => {
    const disk = smallDisk();
    if (disk === undefined || !canWatchProcesses)
      return skip('only root on Linux can mount the small disk that this test fills');
    const firm = await testFirm({ folder: join(disk, 'data') });

    // Nothing is there yet, and nothing can be made.
    const ballast = fill(disk);
    await expectRefusal(firm);
    ballast.free();

    // In the middle of a replay, which goes on each time where it was.
    let acked: ReturnType<typeof keptAck>;
    for (let round = 0; round < FAULT_FIRM_FILLS; round += 1) acked = await fillWhileTrading(firm, disk);

    const again = await firm.command('start', '--pace', '0', '--until-done');
    expect(again.stderr).toBe('');
    expect(again.stdout).toMatch(/going on at bar ([2-9]|\d{2,})\n/);
    expect(again.stdout).toContain('The replay is complete.');
    expect(again.exit).toBe(0);
    await expectSound(firm);
    const { ledger } = await readFacts(firm.data);
    tellRound(
      `full disk under the firm, ${FAULT_FIRM_FILLS} times while it traded: ${ledger.length} entries at the hub, ${acked?.seq} acknowledged before the last; lost 0`,
    );
    expect(acked?.seq).toBeGreaterThan(0);
    expect(ledger[(acked?.seq ?? 0) - 1]?.hash).toBe(acked?.hash);
  },
  MS_MAX,
);

/** A disk of its own; undefined where this user may not mount one. */
function smallDisk(): string | undefined {
  const disk = temporaryFolder('disk');
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m,mode=0755`, 'tmpfs', disk]);
  if (status !== 0) return undefined;
  onTestFinished(() => void spawnSync('umount', ['--lazy', disk]));
  mkdirSync(join(disk, 'data'));
  return disk;
}

/** Fills the disk under a firm that trades; answers the newest acknowledgement that its edge kept, once there is room again. */
async function fillWhileTrading(firm: TestFirm, disk: string): Promise<ReturnType<typeof keptAck>> {
  const start = firm.run('start', '--pace', PACE_SECONDS, '--until-done');
  let from: number | undefined;
  const isTrading = await until(async () => {
    const { done, tally } = (await firm.status()) ?? {};
    from ??= done;
    const hasTraded = (done ?? 0) > (from ?? 0) + BARS_BEFORE && (tally?.['filled'] ?? 0) > FILLS_BEFORE;
    return hasTraded && (keptAck(firm.data)?.seq ?? 0) > 0;
  }, TRADING_MS_MAX);
  expect(isTrading, start.said()).toBe(true);
  const full = fill(disk);
  // What was still being written frees a little; that is taken too.
  await sleep(FULL_TWICE_MS);
  full.more();
  const { exit, stdout, stderr } = await start.ended;
  expect(stdout).not.toContain('The replay is complete.');
  expect(stderr).toMatch(/^(edge|hub): .*(ENOSPC|no space left|full).*\. Free space on this disk.*\n$/i);
  expect(exit).toBe(4);
  expect(await firm.idle(IDLE_MS_MAX)).toEqual([]);

  // It stays full.
  await expectRefusal(firm);
  const acked = keptAck(firm.data);
  full.free();
  return acked;
}

interface Ballast {
  more(): void;
  free(): void;
}

/** Takes every byte that is left on a disk. */
function fill(disk: string): Ballast {
  const path = join(disk, 'ballast');
  const more = () => {
    const file = openSync(path, 'a');
    try {
      while (writeSync(file, BLOCK) > 0);
    } catch {
      // No space left on the device: that is what was wanted.
    } finally {
      closeSync(file);
    }
    // A block that somebody gave back meanwhile holds no entry.
    expect(statfsSync(disk).bavail).toBeLessThanOrEqual(1);
  };
  more();
  return { more, free: () => rmSync(path) };
}

async function expectRefusal(firm: TestFirm): Promise<void> {
  const { exit, stderr } = await firm.command('start', '--pace', '0', '--until-done');
  expect(stderr).toMatch(
    /^(gatehouse|hub|edge): .*(ENOSPC|no space left|full).*\. (Free space|Make room) on this disk.*\n$/i,
  );
  expect(exit).toBe(4);
  expect(await firm.idle(IDLE_MS_MAX)).toEqual([]);
}
