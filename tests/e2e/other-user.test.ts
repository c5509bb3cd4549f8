import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectSound } from '../faults/expect-sound.ts';
import { CHECKOUT, canWatchProcesses, temporaryFolder, testFirm } from '../fixtures/firm.ts';

// The whole firm under a user with no rights but those on its data folder.

const MS_MAX = 300_000;
const NOBODY = 65_534;
const IDLE_MS_MAX = 45_000;

test(
  'an ordinary user needs nothing but a folder',
  async ({ skip }) => {
    const isRoot = process.getuid?.() === 0;
    if (!canWatchProcesses) return skip('users and processes are told apart on Linux only');
    const probe = join(CHECKOUT, 'node_modules', 'zod', 'package.json');
    if (isRoot && spawnSync('test', ['-r', probe], { uid: NOBODY, gid: NOBODY }).status !== 0) {
      return skip(`user ${NOBODY} cannot read this checkout`);
    }
    const parent = temporaryFolder('user');
    chmodSync(parent, 0o755);
    const folder = join(parent, 'data');
    mkdirSync(folder, { mode: 0o700 });
    if (isRoot) chownSync(folder, NOBODY, NOBODY);
    const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
    const firm = await testFirm({ folder, identity, env: { HOME: folder } });

    const { exit, stdout, stderr } = await firm.command('start', '--pace', '0', '--until-done');
    expect(stderr).toBe('');
    expect(stdout).toContain('The replay is complete.');
    expect(exit).toBe(0);
    expect(await firm.idle(IDLE_MS_MAX)).toEqual([]);
    const owner = isRoot ? NOBODY : process.getuid?.();
    for (const name of ['.', 'pg/data', 'edge/edge-1/journal/head', 'hub/hub.key', 'run/processes.json']) {
      expect([name, statSync(join(folder, name)).uid]).toEqual([name, owner]);
    }
    const verified = await firm.command('verify');
    expect(verified.stderr).toBe('');
    expect(verified.exit).toBe(0);
    if (!isRoot) await expectSound(firm);
  },
  MS_MAX,
);
