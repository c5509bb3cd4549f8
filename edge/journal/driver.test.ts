import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SqlConnection, SqlValue } from './driver.ts';
import { drivers } from './drivers.ts';
import { codeOf, temporaryFolder } from './journal-fixture.ts';

for (const driver of Object.values(drivers)) {
  const openTable = (path: string): SqlConnection => {
    const connection = driver.open(path);
    connection.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, value)');
    return connection;
  };

  test.each<readonly [string, SqlValue, SqlValue]>([
    ['text', 'a\nö😀', 'a\nö😀'],
    ['empty text', '', ''],
    ['zero', 0, 0],
    ['the largest safe integer', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['a bigint beyond safe integers', 9_007_199_254_740_993n, 9_007_199_254_740_993n],
    ['the least 64-bit integer', -(2n ** 63n), -(2n ** 63n)],
    ['null', null, null],
    ['no bytes', new Uint8Array(0), Buffer.alloc(0)],
    ['bytes of a view', Uint8Array.of(9, 1, 2, 9).subarray(1, 3), Buffer.of(1, 2)],
  ])(`${driver.name} gives back %s as it was bound`, (_, bound, read) => {
    const connection = openTable(join(temporaryFolder(), 'a.db'));
    connection.prepare('INSERT INTO t(value) VALUES (?)').run(bound);
    expect(connection.prepare('SELECT value FROM t').get()).toStrictEqual({ value: read });
    expect(connection.prepare('SELECT value FROM t').all()).toStrictEqual([{ value: read }]);
    connection.close();
  });

  test.each([
    ['a text with NUL', 'a\u0000b'],
    ['a boolean', true],
    ['a date', new Date(0)],
    ['an object', { a: 1 }],
    ['an array', [1]],
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a fraction', 1.5],
    ['an unsafe integer', 2 ** 53],
    ['a bigint of 65 bits', 2n ** 63n],
    ['floats', new Float64Array(1)],
    ['nothing', undefined],
  ])(`${driver.name} never sees %s`, async (_, value) => {
    const connection = openTable(join(temporaryFolder(), 'a.db'));
    const insert = connection.prepare('INSERT INTO t(value) VALUES (?)');
    expect(await codeOf(() => insert.run(value as SqlValue))).toBe('VALUE_MALFORMED');
    expect(connection.prepare('SELECT count(*) AS n FROM t').get()).toStrictEqual({ n: 0 });
    connection.close();
  });

  test(`${driver.name} reads a sealed file without a trace and cannot change it`, async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a ?#%.db');
    const writer = openTable(path);
    writer.exec('INSERT INTO t(value) VALUES (1)');
    writer.close();
    const reader = driver.openSealed(path);
    expect(reader.prepare('SELECT value FROM t').all()).toStrictEqual([{ value: 1 }]);
    expect(await codeOf(() => reader.exec('INSERT INTO t(value) VALUES (2)'))).toBe('DISK_FAILED');
    reader.close();
    expect(readdirSync(folder)).toStrictEqual(['a ?#%.db']);
  });

  test(`${driver.name} answers a missing row with undefined and a broken constraint as our bug`, async () => {
    const connection = openTable(join(temporaryFolder(), 'a.db'));
    const insert = connection.prepare('INSERT INTO t(id, value) VALUES (?, ?)');
    insert.run(1, null);
    expect(connection.prepare('SELECT value FROM t WHERE id = ?').get(2)).toBeUndefined();
    expect(await codeOf(() => insert.run(1, null))).toBe('INVARIANT_BROKEN');
    connection.close();
  });

  test(`${driver.name} names a folder that is not there and a file that is no database`, async () => {
    const folder = temporaryFolder();
    expect(await codeOf(() => driver.open(join(folder, 'missing', 'a.db')).exec('SELECT 1'))).toBe('DISK_FAILED');
    writeFileSync(join(folder, 'b.db'), 'no database '.repeat(1_000));
    const other = driver.open(join(folder, 'b.db'));
    expect(await codeOf(() => other.prepare('SELECT * FROM sqlite_master').all())).toBe('JOURNAL_DAMAGED');
    other.close();
  });
}
