import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KitError } from '@gatehouse/shared/errors.ts';
import { expect, onTestFinished, test } from 'vitest';
import { drivers } from './drivers.ts';
import { openJournal } from './journal.ts';
import { codeOf, drafts, EDGE, optionsOf, signer, temporaryFolder } from './journal-fixture.ts';
import { verifyJournal } from './verify-journal.ts';

const DISK_BYTES = 16_777_216;
const BALLAST_BYTES = 14_680_064;

/** A disk of its own that can be filled; undefined where this user may not mount one. */
function smallDisk(): string | undefined {
  const disk = join(temporaryFolder(), 'disk');
  mkdirSync(disk);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk]);
  if (status !== 0) return undefined;
  onTestFinished(() => void spawnSync('umount', ['--lazy', disk]));
  return disk;
}

for (const { name: driver } of Object.values(drivers)) {
  test(`${driver}: a full disk closes the journal, and it opens again once there is room`, async ({ skip }) => {
    const disk = smallDisk();
    if (disk === undefined) return skip('only root can mount the small disk that this test fills');
    const ballast = join(disk, 'ballast');
    const folder = join(disk, 'journal');
    const { journal } = await openJournal(optionsOf(folder, { driver }));
    const failures: KitError[] = [];
    journal.onFailure((error) => failures.push(error));
    writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES));

    let durable = 0;
    const untilFull = async (): Promise<never> => {
      for (;;) {
        const last = journal.append(drafts(20, 'n'.repeat(1_500))).at(-1)?.header.seq ?? 0;
        await journal.durable(last);
        durable = last;
      }
    };
    expect(await codeOf(untilFull)).toBe('DISK_FULL');
    expect(failures.map(({ code }) => code)).toEqual(['DISK_FULL']);
    expect(await codeOf(() => journal.append(drafts(1)))).toBe('JOURNAL_CLOSED');

    rmSync(ballast);
    await journal.reopen();
    expect(journal.durableSeq).toBe(durable);
    await journal.durable(journal.append(drafts(1))[0]?.header.seq ?? 0);
    await journal.close();
    const report = await verifyJournal({ folder, edge: EDGE, verifierKey: signer.verifierKey }, () => 0);
    expect(report).toMatchObject({ entries: durable + 1, wasClosed: true });
  });
}
