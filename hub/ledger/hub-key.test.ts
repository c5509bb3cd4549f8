import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { EMPTY_ROOT } from '@gatehouse/shared/journal/merkle.ts';
import { generateSigner } from '@gatehouse/shared/journal/note.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assertSignedBy, loadHubKey } from './hub-key.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-key-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const origin = 'gatehouse.local/test';

test('the key is made once, for its owner alone, with its public half beside it', async () => {
  const made = await loadHubKey({ folder, origin, isSigned: false });
  const again = await loadHubKey({ folder, origin, isSigned: false });
  expect(again.verifierKey).toBe(made.verifierKey);
  expect((await readFile(join(folder, 'hub.vkey'), 'utf8')).trimEnd()).toBe(made.verifierKey);
  if (process.platform !== 'win32') expect((await stat(join(folder, 'hub.key'))).mode & 0o777).toBe(0o600);
});

test.skipIf(process.platform === 'win32')('a key that others may read is refused with its cure', async () => {
  await loadHubKey({ folder, origin, isSigned: false });
  await chmod(join(folder, 'hub.key'), 0o640);
  const refusal = { code: 'FOLDER_UNUSABLE', hint: expect.stringContaining('chmod 600') };
  await expect(loadHubKey({ folder, origin, isSigned: false })).rejects.toMatchObject(refusal);
});

test('a damaged key and the key of another hub are refused', async () => {
  await loadHubKey({ folder, origin, isSigned: false });
  await expect(loadHubKey({ folder, origin: 'gatehouse.local/other', isSigned: false })).rejects.toMatchObject({
    code: 'FILE_MALFORMED',
  });
  await writeFile(join(folder, 'hub.key'), 'nonsense\n');
  await expect(loadHubKey({ folder, origin, isSigned: false })).rejects.toMatchObject({ code: 'FILE_MALFORMED' });
});

test('a key that is missing is not made again once something was signed', async () => {
  await expect(loadHubKey({ folder, origin, isSigned: true })).rejects.toMatchObject({ code: 'LEDGER_MISMATCH' });
  const made = await loadHubKey({ folder, origin, isSigned: false });
  expect((await loadHubKey({ folder, origin, isSigned: true })).verifierKey).toBe(made.verifierKey);
});

test('a log whose newest checkpoint another key signed is refused', async () => {
  const [ours, other] = [generateSigner(origin), generateSigner(origin)];
  const note = signCheckpoint(ours, { origin, size: 0, root: EMPTY_ROOT });
  expect(() => assertSignedBy(ours, note)).not.toThrow();
  expect(() => assertSignedBy(other, note)).toThrow('did not sign');
});
