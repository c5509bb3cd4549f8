import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Destruction } from './destroyed-list.ts';
import { openRecordKeys } from './record-keys.ts';
import { ringLine, seal, unseal } from './wrapped-key.ts';

const MARCH = 'trading/2026-03/1';
const APRIL = 'trading/2026-04/1';

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'record-keys');
}

function destructionOf(disposal: string, ...keys: string[]): Destruction {
  const at = '2026-11-22T08:00:00.000000000Z';
  return {
    disposal,
    target: 'trading/2026-03',
    keys,
    maker: 'P-1',
    approvedBy: ['P-2', 'P-3'],
    reason: 'Seven years.',
    at,
  };
}

test('what is sealed opens only by its key, in its context, unchanged', () => {
  const key = randomBytes(32);
  const context = Buffer.from('leaf 1');
  const sealed = seal(key, Buffer.from('a body'), context);
  expect(unseal(key, sealed, context)?.toString()).toBe('a body');
  expect(unseal(randomBytes(32), sealed, context)).toBeUndefined();
  expect(unseal(key, sealed, Buffer.from('leaf 2'))).toBeUndefined();
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(unseal(key, changed, context)).toBeUndefined();
  }
  expect(unseal(key, sealed.subarray(0, 20), context)).toBeUndefined();
  expect(seal(key, Buffer.from('a body'), context)).not.toEqual(sealed);
});

test('a key is the same for every process of the folder, and no file holds it as it is', async () => {
  const folder = folderOf();
  const first = await openRecordKeys(folder);
  const second = await openRecordKeys(folder);
  const key = Buffer.from(await first.make(MARCH));
  expect(Buffer.from(second.find(MARCH) ?? [])).toEqual(key);
  expect(Buffer.from(await second.make(MARCH))).toEqual(key);
  expect(Buffer.from(await second.make(APRIL))).toEqual(Buffer.from(first.find(APRIL) ?? []));
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name));
    expect(bytes.includes(key)).toBe(false);
    expect(bytes.includes(key.toString('base64'))).toBe(false);
    if (!name.endsWith('.lock')) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
  }
});

test('a destroyed key is gone for every process, is never made again, and the others stay', async () => {
  const folder = folderOf();
  const keys = await openRecordKeys(folder);
  const other = await openRecordKeys(folder);
  await keys.make(MARCH);
  const april = Buffer.from(await keys.make(APRIL));
  other.refresh();
  await keys.destroy(destructionOf('D-1', MARCH));
  await keys.destroy(destructionOf('D-1', MARCH));
  other.refresh();
  for (const one of [keys, other, await openRecordKeys(folder)]) {
    expect(one.find(MARCH)).toBeUndefined();
    expect(one.destroyedBy(MARCH)?.disposal).toBe('D-1');
    expect(Buffer.from(one.find(APRIL) ?? [])).toEqual(april);
    await expect(one.make(MARCH)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  }
  expect(readdirSync(folder).sort()).toEqual(['destroyed', 'firm-00000002', 'keys.lock', 'ring-00000002']);
});

test('files of a destroyed key that come back with an old copy open nothing and are destroyed again', async () => {
  const folder = folderOf();
  const keys = await openRecordKeys(folder);
  await keys.make(MARCH);
  const copy = `${folder}-copy`;
  cpSync(folder, copy, { recursive: true });
  await keys.destroy(destructionOf('D-1', MARCH));
  for (const name of ['firm-00000001', 'ring-00000001']) cpSync(join(copy, name), join(folder, name));
  const started = await openRecordKeys(folder);
  expect(started.find(MARCH)).toBeUndefined();
  expect((await started.sweep()).map((path) => path.slice(folder.length + 1))).toEqual([
    'firm-00000001',
    'ring-00000001',
  ]);
  expect(await started.sweep()).toEqual([]);

  // The list alone is the newer one: the ring of the old copy has the key, and the list takes it away again.
  rmSync(join(folder, 'ring-00000002'));
  rmSync(join(folder, 'firm-00000002'));
  for (const name of ['firm-00000001', 'ring-00000001']) cpSync(join(copy, name), join(folder, name));
  const restored = await openRecordKeys(folder);
  expect(restored.names()).toContain(MARCH);
  expect(restored.find(MARCH)).toBeUndefined();
  await expect(restored.make(MARCH)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  expect(await restored.sweep()).toContain(MARCH);
  expect(restored.names()).not.toContain(MARCH);
});

test('a line that a crash cut short is dropped, and a whole line that was changed opens nothing', async () => {
  const folder = folderOf();
  const keys = await openRecordKeys(folder);
  const march = Buffer.from(await keys.make(MARCH));
  const ring = join(folder, 'ring-00000001');
  const whole = readFileSync(ring, 'utf8');
  writeFileSync(ring, `${whole}trading/2026-04/1 AAAA`);
  const after = await openRecordKeys(folder);
  expect(after.names()).toEqual([MARCH]);
  await after.make(APRIL);
  expect((await openRecordKeys(folder)).names()).toEqual([MARCH, APRIL]);
  expect(Buffer.from(after.find(MARCH) ?? [])).toEqual(march);

  writeFileSync(ring, whole.replace('trading/2026-03/1', 'trading/2026-05/1'));
  await expect(openRecordKeys(folder)).rejects.toMatchObject({ code: 'FILE_MALFORMED' });
});

test('a folder without the key of the firm is refused, and a list that was changed is not believed', async () => {
  const folder = folderOf();
  const keys = await openRecordKeys(folder);
  await keys.make(MARCH);
  const firm = readFileSync(join(folder, 'firm-00000001'));
  rmSync(join(folder, 'firm-00000001'));
  await expect(openRecordKeys(folder)).rejects.toMatchObject({ code: 'FOLDER_FOREIGN' });
  writeFileSync(join(folder, 'firm-00000001'), firm);
  await keys.destroy(destructionOf('D-1', MARCH));
  writeFileSync(join(folder, 'destroyed'), '{"disposal":"D-1"}\n');
  await expect(openRecordKeys(folder)).rejects.toMatchObject({ code: 'FILE_MALFORMED' });
});

test.skipIf(process.platform === 'win32')('on a full disk no key is given out that is not in the ring', async () => {
  const folder = folderOf();
  const module = new URL('./record-keys.ts', import.meta.url).href;
  const program = `
    const keys = await (await import(${JSON.stringify(module)})).openRecordKeys(${JSON.stringify(folder)});
    const given = {};
    let refusal = '';
    for (let number = 1; number < 1000 && refusal === ''; number += 1) {
      const name = 'trading/2026-03/' + number;
      const made = await keys.make(name).catch((error) => void (refusal = error.code));
      if (made !== undefined) given[name] = Buffer.from(made).toString('hex');
    }
    console.log(JSON.stringify({ given, refusal }));`;
  // A file that may not grow takes the first bytes of a line and says nothing, as a full disk does.
  const args = ['-c', 'ulimit -f 8 && exec "$0" --input-type=module -e "$1"', process.execPath, program];
  const { given, refusal } = JSON.parse(execFileSync('sh', args, { encoding: 'utf8' }));
  expect(refusal).toBe('DISK_FULL');
  expect(Object.keys(given).length).toBeGreaterThan(10);
  const keys = await openRecordKeys(folder);
  const found = Object.keys(given).map((name) => [name, Buffer.from(keys.find(name) ?? []).toString('hex')]);
  expect(Object.fromEntries(found)).toEqual(given);
});

test('a ring of many customers is opened once: what was added alone is opened by whoever looks again, and a changed line is still found', async () => {
  const folder = folderOf();
  const keys = await openRecordKeys(folder);
  const reader = await openRecordKeys(folder);
  const ring = join(folder, 'ring-00000001');
  const firmKey = Buffer.from(readFileSync(join(folder, 'firm-00000001'), 'utf8'), 'base64');
  const named = (number: number) => ({ name: `subject/c-${number}/1`, key: randomBytes(32) });
  const lines = Array.from({ length: 4_000 }, (_, number) => ringLine(firmKey, 1, named(number)));
  writeFileSync(ring, lines.join(''), { flag: 'a' });
  const msOf = (work: () => void) => {
    const start = performance.now();
    work();
    return performance.now() - start;
  };
  const whole = msOf(() => reader.refresh());
  const march = Buffer.from(await keys.make(MARCH));
  expect(msOf(() => reader.refresh())).toBeLessThan(whole / 4);
  expect(Buffer.from(reader.find(MARCH) ?? [])).toEqual(march);
  expect(reader.names()).toHaveLength(4_001);
  const text = readFileSync(ring, 'utf8');
  writeFileSync(ring, text.replace('subject/c-7/1', 'subject/d-7/1'));
  expect(() => reader.refresh()).toThrow(/line 9/);
});

test('a ring that alone has some keys is never destroyed as an old one', async () => {
  const folder = folderOf();
  const keys = await openRecordKeys(folder);
  await keys.make(MARCH);
  const old = `${folder}-old`;
  cpSync(folder, old, { recursive: true });
  const april = Buffer.from(await keys.make(APRIL));
  const newest = `${folder}-newest`;
  cpSync(folder, newest, { recursive: true });

  // A disposal ran on an old copy of the folder, whose ring then has the higher number; the newest copy is put into it.
  rmSync(folder, { recursive: true });
  cpSync(old, folder, { recursive: true });
  await (await openRecordKeys(folder)).destroy(destructionOf('D-1', MARCH));
  for (const name of ['firm-00000001', 'ring-00000001']) cpSync(join(newest, name), join(folder, name));
  const mixed = await openRecordKeys(folder);
  await expect(mixed.sweep()).rejects.toMatchObject({
    code: 'FOLDER_FOREIGN',
    message: expect.stringContaining(APRIL),
  });
  for (const name of ['firm-00000002', 'ring-00000002']) rmSync(join(folder, name));
  const back = await openRecordKeys(folder);
  expect(await back.sweep()).toContain(MARCH);
  expect(Buffer.from(back.find(APRIL) ?? [])).toEqual(april);
});
