import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { takeLock } from '@gatehouse/edge/journal/lock-file.ts';
import { describeError, exitCodeOf } from '@gatehouse/shared/errors.ts';
import { generateSigner } from '@gatehouse/shared/journal/note.ts';
import { expect, test, vi } from 'vitest';
import { command } from '../../scripts/witness.ts';
import { archiveFolder, madeEntries, madeLog } from '../fixtures/log-archive.ts';

const hub = generateSigner('gatehouse.local/hub-1');
const headers = madeEntries('edge-1', 400).map(({ headerText }) => headerText);

function write(folder: string, made: readonly string[]): void {
  for (const [path, bytes] of madeLog(hub, made)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}

async function witness(...args: readonly string[]) {
  let said = '';
  const hear = (text: string | Uint8Array) => {
    said += text;
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockImplementation(hear));
  try {
    return { exit: await command.run(args), said };
  } catch (error) {
    return { exit: exitCodeOf(error), said: said + describeError(error) };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

test('the command signs what a log became, and ends with the evidence where it was rewritten', async () => {
  const [log, folder] = [archiveFolder(), archiveFolder()];
  const args = ['--folder', folder, '--key', hub.verifierKey, '--name', 'auditor.example/w1', '--log', log, '--once'];
  write(log, headers.slice(0, 300));
  const first = await witness(...args);
  expect(first.exit).toBe(0);
  expect(first.said).toContain('is the key of this witness; it stands at 0 entries');
  expect(first.said).toContain('the log grew from 0 to 300 and was signed');
  if (process.platform !== 'win32') expect(statSync(join(folder, 'witness.key')).mode & 0o077).toBe(0);

  write(log, headers);
  expect((await witness(...args)).said).toContain('the log grew from 300 to 400 and was signed');
  write(log, headers.with(7, headers[8] ?? ''));
  const refuted = await witness(...args);
  expect(refuted.exit).toBe(3);
  expect(refuted.said).toContain('contradicts itself: two logs of 400 entries were signed');
  expect(refuted.said).toContain(join(folder, 'evidence-1.txt'));
});

test('the command refuses options that make no witness, another name, and a log out of reach', async () => {
  const folder = archiveFolder();
  const base = ['--folder', folder, '--key', hub.verifierKey];
  expect(await witness(...base, '--name', 'w')).toMatchObject({ exit: 2 });
  expect(await witness(...base, '--name', 'w', '--log', 'x', '--listen', '1')).toMatchObject({ exit: 2 });
  expect(await witness(...base, '--name', 'w', '--listen', 'door')).toMatchObject({ exit: 2 });
  expect(await witness(...base, '--name', 'w', '--listen', '65536')).toMatchObject({ exit: 2 });
  const restless = await witness(...base, '--name', 'w', '--log', folder, '--every', '0', '--once');
  expect(restless).toMatchObject({ exit: 2 });
  expect(restless.said).toContain('0 is not seconds from 1');
  expect(await witness(...base, '--name', 'w', '--log', folder, '--once')).toMatchObject({ exit: 0 });
  expect(await witness(...base, '--name', 'other', '--log', folder, '--once')).toMatchObject({ exit: 2 });
  expect(await witness(...base, '--name', 'w', '--log', 'http://127.0.0.1:9', '--once')).toMatchObject({ exit: 4 });
});

test('one memory has one witness: a second process could sign another history with the same key', async () => {
  const [log, folder] = [archiveFolder(), archiveFolder()];
  write(log, headers.slice(0, 300));
  const args = ['--folder', folder, '--key', hub.verifierKey, '--name', 'w', '--log', log, '--once'];
  const other = takeLock(folder, 'the witness');
  const refused = await witness(...args);
  expect(refused.exit).toBe(2);
  expect(refused.said).toContain(`the witness in ${folder} is held by process ${process.pid}`);
  other.release();
  expect(await witness(...args)).toMatchObject({ exit: 0 });
  expect(await witness(...args)).toMatchObject({ exit: 0 });
});
