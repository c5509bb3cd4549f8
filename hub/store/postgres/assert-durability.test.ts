import { expect, test } from 'vitest';
import { judgeDurability } from './assert-durability.ts';

const SAFE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', data_checksums: 'on' };

test('a durable server passes without a warning', () => {
  expect(judgeDurability(SAFE, 'embedded')).toEqual([]);
  expect(judgeDurability({ ...SAFE, synchronous_commit: 'remote_apply' }, 'external')).toEqual([]);
});

test.each(['fsync', 'synchronous_commit', 'full_page_writes'])('%s switched off is refused by name', (name) => {
  for (const origin of ['embedded', 'external'] as const) {
    expect(() => judgeDurability({ ...SAFE, [name]: 'off' }, origin)).toThrow(`${name} = off`);
  }
});

test('every unsafe setting is named at once', () => {
  const settings = { ...SAFE, fsync: 'off', synchronous_commit: 'local' };
  expect(() => judgeDurability(settings, 'external')).toThrow('fsync = off, synchronous_commit = local');
});

test('a setting that the server does not tell is refused', () => {
  expect(() => judgeDurability({}, 'external')).toThrow('fsync = unknown');
});

test('missing checksums refuse our own server and warn of another', () => {
  const settings = { ...SAFE, data_checksums: 'off' };
  expect(() => judgeDurability(settings, 'embedded')).toThrow('data_checksums = off');
  expect(judgeDurability(settings, 'external')).toEqual(['data_checksums is off']);
});
