import { expect, test } from 'vitest';
import { parsePostmasterFile } from './postmaster-file.ts';

const TEXT = '4711\n/data/pg\n1767225600\n54321\n\n127.0.0.1\n  123456   65539\nready   \n';

test('a whole file names the process, its folder, its port and its state', () => {
  expect(parsePostmasterFile(TEXT)).toEqual({ pid: 4711, dataFolder: '/data/pg', port: 54_321, status: 'ready' });
});

test('a file that is still being written has no state yet', () => {
  expect(parsePostmasterFile('4711\n/data/pg\n1767225600\n54321\n')).toMatchObject({ pid: 4711, status: '' });
});

test('a file without a process names nobody', () => {
  for (const text of ['', '\n', '0\n/data', '-4711\n/data', 'x\n/data']) {
    expect(parsePostmasterFile(text)).toBeUndefined();
  }
});
