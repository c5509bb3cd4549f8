import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { drivers } from './drivers.ts';
import { openJournal } from './journal.ts';
import { EDGE, optionsOf, signer, temporaryFolder } from './journal-fixture.ts';
import { verifyJournal } from './verify-journal.ts';

const KILLS = Number(process.env['GATEHOUSE_KILLS'] ?? 8);
const KILL_AFTER_MS_MAX = 200;
const TIMEOUT_MS = 20_000 + KILLS * 5_000;

/** Lets a process append until it is killed, some time after its first report; the last seq that it reported. */
function killedRun(folder: string, driver: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const target = join(import.meta.dirname, 'kill-target.ts');
    const child = spawn(process.execPath, [target, folder, driver], { stdio: ['ignore', 'pipe', 'pipe'] });
    let reported = '';
    let complaint = '';
    child.stderr.on('data', (data: Buffer) => {
      complaint += data.toString();
    });
    child.stdout.on('data', (data: Buffer) => {
      if (reported === '') setTimeout(() => child.kill('SIGKILL'), Math.random() * KILL_AFTER_MS_MAX);
      reported += data.toString();
    });
    child.on('close', (code) => {
      const last = reported.slice(0, reported.lastIndexOf('\n')).split('\n').at(-1);
      if (code !== null) reject(new Error(`ended by itself: ${complaint}`));
      else resolve(Number(last));
    });
  });
}

for (const { name: driver } of Object.values(drivers)) {
  test(`${driver}: no kill loses an entry that was reported durable`, { timeout: TIMEOUT_MS }, async () => {
    const folder = temporaryFolder();
    let least = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const reported = await killedRun(folder, driver);
      expect(reported).toBeGreaterThan(least);
      const report = await verifyJournal({ folder, edge: EDGE, verifierKey: signer.verifierKey }, () => 0);
      expect(report.head?.seq).toBeGreaterThanOrEqual(reported);
      expect(report.entries).toBe(report.head?.seq);
      least = report.head?.seq ?? 0;
      if (kill % 4 === 0) {
        const { journal } = await openJournal(optionsOf(folder));
        expect(journal.head).toEqual(report.head);
        await journal.close();
      }
    }
  });
}
