import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWhenFree } from './open-when-free.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gatehouse-open-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const locked = () => new KitError('JOURNAL_LOCKED', 'the journal is held');

/** An opening that is refused so often before it succeeds. */
function opening(refusals: number, failure: () => Error = locked) {
  const asked = { count: 0 };
  const open = async (): Promise<string> => {
    asked.count += 1;
    if (asked.count <= refusals) throw failure();
    return 'open';
  };
  return { asked, open };
}

const wait = (times: readonly number[] = [0], signal = new AbortController().signal) => {
  const left = [...times];
  return { root, signal, monotonicMs: () => (left.length > 1 ? left.shift() : left[0]) ?? 0 };
};

test('a journal that a kill holds is waited for', async () => {
  writeFileSync(join(root, 'KILL.K-1'), '');
  const { asked, open } = opening(2);
  expect(await openWhenFree(wait(), open)).toBe('open');
  expect(asked.count).toBe(3);
});

test('a journal that is held where no kill is filed is another edge’s', async () => {
  const { asked, open } = opening(1);
  await expect(openWhenFree(wait(), open)).rejects.toThrow('held');
  expect(asked.count).toBe(1);
});

test('any other failure is not waited for', async () => {
  writeFileSync(join(root, 'KILL'), '');
  const { asked, open } = opening(1, () => new KitError('JOURNAL_DAMAGED', 'a flipped bit'));
  await expect(openWhenFree(wait(), open)).rejects.toThrow('a flipped bit');
  expect(asked.count).toBe(1);
});

test('the wait ends at its bound and with a stop', async () => {
  writeFileSync(join(root, 'KILL'), '');
  const bound = opening(9);
  await expect(openWhenFree(wait([0, 29_999, 30_000]), bound.open)).rejects.toThrow('held');
  expect(bound.asked.count).toBe(2);
  const stopped = opening(9);
  await expect(openWhenFree(wait([0], AbortSignal.abort()), stopped.open)).rejects.toThrow('held');
  expect(stopped.asked.count).toBe(1);
});
