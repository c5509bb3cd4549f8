import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectSound } from '../faults/expect-sound.ts';
import { canWatchProcesses, kill, testFirm, until } from '../fixtures/firm.ts';

// The whole product by its commands: a backup amid the replay, a power cut, a restore in place, and the replay goes on.

const MS_MAX = 600_000;
const TRADING_MS_MAX = 120_000;
const PACE_SECONDS = '40';
const FILLS_BEFORE = 30;
const FILLS_AFTER = 60;

test.skipIf(!canWatchProcesses)(
  'I1 I2 a firm that lost its database goes on from the backup, gets the rest from its edge, and says what happened',
  { timeout: MS_MAX },
  async () => {
    const firm = await testFirm({ msMax: MS_MAX });
    const start = firm.run('start', '--pace', PACE_SECONDS, '--until-done');
    const filled = (count: number) => until(async () => fillsOf(await firm.status()) >= count, TRADING_MS_MAX);
    expect(await filled(FILLS_BEFORE), start.said()).toBe(true);
    const backup = await firm.command('backup');
    expect(backup).toMatchObject({ exit: 0, stderr: '' });
    expect(await filled(fillsOf(await firm.status()) + FILLS_AFTER)).toBe(true);
    for (const pid of firm.processes()) kill(pid, 'SIGKILL');
    expect(await firm.idle(TRADING_MS_MAX)).toEqual([]);

    renameSync(join(firm.data, 'pg'), join(firm.data, 'lost'));
    const restore = await firm.command('restore', '--to', firm.data, '--latest');
    expect(restore).toMatchObject({ exit: 0, stderr: '' });
    expect(restore.stdout).toMatch(/[1-9]\d* of the \d+ leaves in .* are missing; edges send theirs again/);

    const again = await firm.run('start', '--pace', '0', '--until-done').ended;
    expect(again.stderr).toBe('');
    expect(again.stdout).toContain('The replay is complete.');
    expect(readdirSync(firm.data).filter((name) => name.startsWith('log-before-'))).toHaveLength(1);
    await expectSound(firm);
    await firm.command('backup');
    const drill = await firm.command('drill');
    expect(drill).toMatchObject({ exit: 0, stderr: '' });
    expect(drill.stdout).toMatch(/RTO \d+\.\d s[\s\S]*RPO \d+\.\d s[\s\S]*can be relied on/);
    const over = await firm.command('restore', '--to', firm.data);
    expect(over).toMatchObject({ exit: 2, stdout: '' });
    process.stdout.write(drill.stdout);
  },
);

function fillsOf(status: { readonly tally?: Readonly<Record<string, number>> } | undefined): number {
  return status?.tally?.['fills'] ?? 0;
}
