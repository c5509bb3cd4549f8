import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadEdgeKey } from './edge-key.ts';
import { codeOf, temporaryFolder } from './journal-fixture.ts';

test('a key is made once, for its owner alone, with its public half beside it', async () => {
  const folder = join(temporaryFolder(), 'new');
  const made = await loadEdgeKey(folder, 'edge-1');
  const loaded = await loadEdgeKey(folder, 'edge-1');
  expect([made.isNew, loaded.isNew]).toEqual([true, false]);
  expect(loaded.signer.verifierKey).toBe(made.signer.verifierKey);
  expect(readFileSync(join(folder, 'edge.vkey'), 'utf8')).toBe(`${made.signer.verifierKey}\n`);
  if (process.platform !== 'win32') expect(statSync(join(folder, 'edge.key')).mode & 0o777).toBe(0o600);
});

test.runIf(process.platform !== 'win32')('a key that others may read is refused with a cure', async () => {
  const folder = temporaryFolder();
  await loadEdgeKey(folder, 'edge-1');
  for (const mode of [0o640, 0o604, 0o620]) {
    chmodSync(join(folder, 'edge.key'), mode);
    await expect(loadEdgeKey(folder, 'edge-1')).rejects.toMatchObject({
      code: 'FORBIDDEN',
      hint: expect.stringContaining('chmod 600'),
    });
  }
  chmodSync(join(folder, 'edge.key'), 0o400);
  expect((await loadEdgeKey(folder, 'edge-1')).isNew).toBe(false);
});

test('a key of another edge or no key at all is never replaced', async () => {
  const folder = temporaryFolder();
  await loadEdgeKey(folder, 'edge-1');
  expect(await codeOf(() => loadEdgeKey(folder, 'edge-2'))).toBe('FILE_MALFORMED');
  writeFileSync(join(folder, 'edge.key'), 'PRIVATE+KEY+edge-1+00000000+AAAA\n');
  expect(await codeOf(() => loadEdgeKey(folder, 'edge-1'))).toBe('FILE_MALFORMED');
  expect(readFileSync(join(folder, 'edge.key'), 'utf8')).toContain('00000000');
});
