import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadPeopleKey } from './people-key.ts';
import { secretSeal } from './sealed-secret.ts';

const random = (length: number) => randomBytes(length);

test('a sealed secret opens for its owner, and for nobody else, with no other key and after no change', () => {
  const seal = secretSeal(randomBytes(32), random);
  const sealed = seal.seal('a secret', 'P-1');
  expect(seal.open(sealed, 'P-1')).toBe('a secret');
  expect(() => seal.open(sealed, 'P-2')).toThrow('does not open');
  expect(() => secretSeal(randomBytes(32), random).open(sealed, 'P-1')).toThrow('does not open');
  const changed = `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`;
  expect(() => seal.open(changed, 'P-1')).toThrow('does not open');
  expect(() => seal.open('v1.', 'P-1')).toThrow('does not open');
});

test('the key is made once, also by two hubs at once, is its owner’s alone, and a broken one is named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-people-'));
  try {
    const [one, other] = await Promise.all([loadPeopleKey(folder, random), loadPeopleKey(folder, random)]);
    expect(one).toEqual(other);
    expect(await loadPeopleKey(folder, random)).toEqual(one);
    const file = join(folder, 'people.key');
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
    await writeFile(file, (await readFile(file, 'utf8')).slice(4));
    await expect(loadPeopleKey(folder, random)).rejects.toThrow('holds no key');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
