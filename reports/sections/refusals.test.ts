import { DecisionBody } from '@gatehouse/shared/schema/decision.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { expect, test } from 'vitest';
import { RefusalTables } from './refusals.ts';

const AT = '2020-03-06T21:00:00.000000000Z';
const HASH = '0'.repeat(64);

test('figures stand without the zeros that working them out left, and nothing else of them is changed', () => {
  const figures = {
    distanceMax: '27.1312011800',
    gross: '-124067.000',
    quantity: '100',
    age: '0',
    policy: 'cancel-newest',
    version: '1.0.0',
  };
  const body = {
    v: 2,
    order: 'O-1',
    outcome: 'refused',
    sheet: HASH,
    controls: HASH,
    haltEpoch: 0,
    facts: { now: AT, wallAt: AT, day: '2020-03-06', files: HASH },
    rows: [['price-collar@1', 'firm', 'refuse', figures, 'The price is outside the collar.']],
  };
  const tables = new RefusalTables();
  tables.decision(decode(DecisionBody, body, 'the decision'), undefined);
  const [, refused] = tables.sections();
  expect(refused?.rows[0]?.at(-1)).toBe(
    'distanceMax 27.13120118, gross -124067, quantity 100, age 0, policy cancel-newest, version 1.0.0',
  );
});
