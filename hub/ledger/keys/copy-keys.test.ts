import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { copyKeys } from './copy-keys.ts';
import type { Destruction } from './destroyed-list.ts';
import { openRecordKeys } from './record-keys.ts';
import { runKeyCopies } from './run-key-copies.ts';

const MARCH = 'trading/2026-03/1';
const APRIL = 'trading/2026-04/1';
const DESTRUCTION: Destruction = {
  disposal: 'D-1',
  target: 'trading/2026-03',
  keys: [MARCH],
  maker: 'P-1',
  approvedBy: ['P-2', 'P-3'],
  reason: 'Seven years.',
  at: '2026-11-22T08:00:00.000000000Z',
};

function places(): { readonly from: string; readonly to: string } {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-copies-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { from: join(folder, 'record-keys'), to: join(folder, 'elsewhere', 'record-keys') };
}

test('the copy opens what the first place opens, and nobody else reads it', async () => {
  const { from, to } = places();
  const keys = await openRecordKeys(from);
  const march = Buffer.from(await keys.make(MARCH));
  expect([await copyKeys(from, to), await copyKeys(from, to)]).toEqual([true, false]);
  const april = Buffer.from(await keys.make(APRIL));
  expect(await copyKeys(from, to)).toBe(true);
  const copy = await openRecordKeys(to);
  expect([MARCH, APRIL].map((name) => Buffer.from(copy.find(name) ?? []))).toEqual([march, april]);
  expect(statSync(to).mode & 0o077).toBe(0);
});

test('a key that was destroyed goes from the copy too, and an old file of the copy opens nothing beside the new ones', async () => {
  const { from, to } = places();
  const keys = await openRecordKeys(from);
  await keys.make(MARCH);
  const april = Buffer.from(await keys.make(APRIL));
  await copyKeys(from, to);
  const before = readdirSync(to);
  await keys.destroy(DESTRUCTION);
  writeFileSync(join(to, 'ring-00000002.new-0a'), 'cut short');
  await copyKeys(from, to);
  expect(readdirSync(to).filter((name) => name !== 'destroyed' && before.includes(name))).toEqual([]);
  expect(existsSync(join(to, 'ring-00000002.new-0a'))).toBe(false);
  const copy = await openRecordKeys(to);
  expect([copy.find(MARCH), Buffer.from(copy.find(APRIL) ?? [])]).toEqual([undefined, april]);
});

test('a folder that was lost and begun anew does not take its only copy with it, and the copy put back opens everything', async () => {
  const { from, to } = places();
  const march = Buffer.from(await (await openRecordKeys(from)).make(MARCH));
  await copyKeys(from, to);
  rmSync(from, { recursive: true });
  await (await openRecordKeys(from)).make(APRIL);
  const kept = readdirSync(to).map((name) => readFileSync(join(to, name), 'utf8'));
  await expect(copyKeys(from, to)).rejects.toMatchObject({ code: 'FOLDER_FOREIGN' });
  expect(readdirSync(to).map((name) => readFileSync(join(to, name), 'utf8'))).toEqual(kept);
  rmSync(from, { recursive: true });
  cpSync(to, from, { recursive: true });
  expect(Buffer.from((await openRecordKeys(from)).find(MARCH) ?? [])).toEqual(march);
});

test('a second place that is away is one alarm, and gets everything once it is there', async () => {
  const { from, to } = places();
  const keys = await openRecordKeys(from);
  await keys.make(MARCH);
  const parent = join(to, '..');
  writeFileSync(parent, 'not a folder yet');
  const alarms: string[] = [];
  const stop = runKeyCopies(
    { from, to, log: () => undefined, alarm: async (message) => void alarms.push(message) },
    10,
  );
  onTestFinished(stop);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(alarms).toHaveLength(1);
  expect(alarms[0]).toContain('no record can be read without them');
  rmSync(parent);
  await expect.poll(() => existsSync(join(to, 'destroyed'))).toBe(true);
  expect((await openRecordKeys(to)).find(MARCH)).toBeDefined();
});

test('a folder that was set back does not make the copy forget what was destroyed', async () => {
  const { from, to } = places();
  const keys = await openRecordKeys(from);
  await keys.make(MARCH);
  const old = `${from}-old`;
  cpSync(from, old, { recursive: true });
  await keys.destroy(DESTRUCTION);
  await copyKeys(from, to);
  rmSync(from, { recursive: true });
  cpSync(old, from, { recursive: true });
  await expect(copyKeys(from, to)).rejects.toMatchObject({
    code: 'FOLDER_FOREIGN',
    message: expect.stringContaining('D-1 of trading/2026-03'),
  });
  const copy = await openRecordKeys(to);
  expect([copy.destroyedBy(MARCH)?.disposal, copy.find(MARCH)]).toEqual(['D-1', undefined]);
});
