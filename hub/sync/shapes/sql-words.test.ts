import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCondition, readOrder, readTableName } from './sql-words.ts';

test.each([
  [`a = 1`, [], `a = 1`],
  [`"B b" = $1 AND a IN ($2, $1)`, [`it's`, 'x'], `"B b" = 'it''s' AND a IN ('x', 'it''s')`],
  [`a = '$1; -- not a comment'`, [], `a = '$1; -- not a comment'`],
  [`lower(a) LIKE 'x%' AND (b)::numeric(20, 8) > .5`, [], `lower(a) LIKE 'x%' AND (b)::numeric(20, 8) > .5`],
  [`tags @> ARRAY[1, 2] OR a IS NOT DISTINCT FROM b`, [], `tags @> ARRAY[1, 2] OR a IS NOT DISTINCT FROM b`],
])('a plain condition is taken as it is: %s', (text, parameters, where) => {
  expect(readCondition(text, parameters)).toMatchObject({ kind: 'condition', where });
});

test.each([
  'true) OR (true',
  'true))',
  '((true)',
  'true; DROP TABLE x',
  'true -- ',
  'true /* */',
  'a = (SELECT 1)',
  'a IN (VALUES (1))',
  'a = (TABLE x)',
  'EXISTS (WITH x AS (DELETE FROM y) SELECT 1)',
  'pg_sleep(1) IS NULL',
  'pg_catalog.pg_sleep(1) IS NULL',
  '"pg_sleep"(1) IS NULL',
  'now() > at',
  'current_user = a',
  "a = E'\\''",
  'a = $$x$$',
  "a = 'x",
  'a = "x',
  "a = $1'x'",
  'a = $2',
  'a = \\',
  `a = ${'x'.repeat(30_000)}`,
])('a condition that could do more than judge a row is refused: %s', (text) => {
  expect(readCondition(text, ['value']).kind).toBe('refused');
});

test('whatever a parameter holds, it stays one text', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const read = readCondition('a = $1', [value]);
      expect(read).toMatchObject({ kind: 'condition', where: `a = '${value.replaceAll("'", "''")}'` });
    }),
  );
});

test.each([
  ['id', '"id"'],
  ['Id DESC, "Id" asc nulls last', '"id" DESC, "Id" asc nulls last'],
  ['"a""b"', '"a""b"'],
])('an order names columns: %s', (text, orderBy) => {
  expect(readOrder(text)).toMatchObject({ kind: 'order', orderBy });
});

test.each(['id; drop table x', '(select 1)', 'lower(id)', 'id desc desc', '1'])(
  'an order of anything else is refused: %s',
  (text) => {
    expect(readOrder(text).kind).toBe('refused');
  },
);

test.each([
  ['items', { schema: 'public', table: 'items' }],
  ['Items', { schema: 'public', table: 'items' }],
  ['"Items"', { schema: 'public', table: 'Items' }],
  ['other."a""b.c"', { schema: 'other', table: 'a"b.c' }],
  ['a.b.c', undefined],
  ['a b', undefined],
  ['""', undefined],
])('the name of a table is read as PostgreSQL reads it: %s', (text, name) => {
  expect(readTableName(text)).toEqual(name);
});
