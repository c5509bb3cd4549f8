import { expect, test } from 'vitest';
import { PersonRestrictionRow, RestrictionRow } from './lists.ts';

const restriction = { list: 'restricted', sides: 'both', reason: 'A mandate.' };
const person = { person: 'p-01', reason: 'An insider.' };

test.each([
  ['a restriction', RestrictionRow, restriction],
  ['a restriction of a person', PersonRestrictionRow, person],
])('%s names an instrument or an issuer, since one that names neither would restrict nothing', (_, schema, row) => {
  expect(schema.safeParse(row).success).toBe(false);
  expect(schema.safeParse({ ...row, instrument: 'demo-index' }).success).toBe(true);
  expect(schema.safeParse({ ...row, issuer: 'example-issuer' }).success).toBe(true);
});
