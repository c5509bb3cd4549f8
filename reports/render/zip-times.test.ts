import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import ExcelJS from 'exceljs';
import { expect, test } from 'vitest';
import { withZipTimes } from './zip-times.ts';

async function archive(): Promise<Uint8Array> {
  const workbook = new ExcelJS.Workbook();
  workbook.addWorksheet('One').addRow(['x']);
  return new Uint8Array(await workbook.xlsx.writeBuffer());
}

/** The packed times and dates of all entries, found by their signatures. */
function stamps(bytes: Uint8Array): ReadonlySet<number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Set<number>();
  for (let at = 0; at + 16 <= bytes.length; at += 1) {
    const signature = view.getUint32(at, true);
    if (signature === 0x04034b50) found.add(view.getUint32(at + 10, true));
    if (signature === 0x02014b50) found.add(view.getUint32(at + 12, true));
  }
  return found;
}

const packed = (date: readonly [number, number, number], time: readonly [number, number, number]): number => {
  const [year, month, day] = date;
  const [hour, minute, second] = time;
  return (((((year - 1980) << 9) | (month << 5) | day) << 16) | (hour << 11) | (minute << 5) | (second >> 1)) >>> 0;
};

test.each([
  ['2026-01-05T22:15:59.9Z', packed([2026, 1, 5], [22, 15, 58])],
  ['1979-12-31T23:59:59Z', packed([1980, 1, 1], [0, 0, 0])],
  ['1980-01-01T00:00:02Z', packed([1980, 1, 1], [0, 0, 2])],
  ['2107-12-31T23:59:59Z', packed([2107, 12, 31], [23, 59, 58])],
  ['2108-01-01T00:00:00Z', packed([2107, 12, 31], [23, 59, 58])],
])('every entry of an archive of %s has that time, or the nearest that ZIP knows', async (at, stamp) => {
  expect(stamps(withZipTimes(await archive(), parseInstant(at)))).toEqual(new Set([stamp]));
});

test('only the times change', async () => {
  const bytes = await archive();
  const at = parseInstant('2026-01-05T22:15:00Z');
  const changed = withZipTimes(bytes, at);
  expect(changed).toHaveLength(bytes.length);
  const workbook = new ExcelJS.Workbook();
  await workbook.xlsx.load(changed.buffer as ArrayBuffer);
  expect(workbook.getWorksheet('One')?.getCell('A1').value).toBe('x');
});

test('what is no such archive is refused', async () => {
  const at = parseInstant('2026-01-05T22:15:00Z');
  expect(() => withZipTimes(new Uint8Array(10), at)).toThrow('does not end with its directory');
  expect(() => withZipTimes(new Uint8Array(100), at)).toThrow('does not end with its directory');
  const bytes = await archive();
  const view = new DataView(bytes.buffer);
  const directory = view.getUint32(bytes.length - 6, true);
  view.setUint32(0, 0, true);
  expect(() => withZipTimes(bytes, at)).toThrow('no file header at byte 0');
  view.setUint32(directory, 0, true);
  expect(() => withZipTimes(bytes, at)).toThrow(`no directory entry at byte ${directory}`);
});
