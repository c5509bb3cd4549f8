import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { lei } from '@gatehouse/shared/values/identifiers.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { controls } from './controls/index.ts';
import { exampleFacts, exampleOrder, type FactsOverrides, type OrderOverrides } from './examples/base.ts';
import { decide } from './gate.ts';
import { compileRules } from './rule-set.ts';
import { demoFigures, demoSheet } from './starter-sheet.ts';

const sheet = demoSheet({
  id: 'demo-1',
  legalEntity: lei('GATEHOUSEDEMOFIRM008'),
  accounts: ['main', 'second'],
  from: parseInstant('2026-01-01T00:00:00Z'),
  maker: 'p-01',
});

function refusals(order: OrderOverrides, facts: FactsOverrides = {}): readonly string[] {
  const rules = compileRules({ controls, sheet, sheetHash: 'a'.repeat(64) });
  const { rows } = decide({ order: exampleOrder(order), facts: exampleFacts(facts), rules });
  return rows.flatMap(({ control, verdict }) => (verdict === 'refuse' ? [control] : []));
}

test('it is a demonstration for paper that names every control as on', () => {
  expect(sheet).toMatchObject({ mark: 'DEMO', environment: 'paper', accounts: ['main', 'second'], maker: 'p-01' });
  expect(sheet.controls.map((line) => ('on' in line ? line.control : 'off'))).toEqual(controls.map(({ id }) => id));
  expect(decode(Sheet, JSON.parse(JSON.stringify(encode(Sheet, sheet))), 'the sheet')).toEqual(sheet);
});

test('every limit of every control has one figure, and each figure its reason', () => {
  const asked = controls.flatMap(({ id, limits }) => limits.map(({ name }) => `${id} ${name}`));
  expect(demoFigures.map(({ control, name }) => `${control} ${name}`).toSorted()).toEqual(asked.toSorted());
  for (const { why } of demoFigures) expect(why).toMatch(/^[A-Z].*\.$/);
});

const market = { type: 'market', limitPrice: null } as const;
const FRESH = '2020-03-06T20:59:59.000000000Z';

test.each<[string, OrderOverrides, FactsOverrides, readonly string[]]>([
  [
    '100 units at 1,500',
    { quantity: '100', limitPrice: '1500' },
    { reference: { price: '1500', at: FRESH, source: 'b' } },
    [],
  ],
  [
    '100 units at 1,500.01',
    { quantity: '100', limitPrice: '1500.01' },
    { reference: { price: '1500', at: FRESH, source: 'b' } },
    ['max-order-value'],
  ],
  [
    '25 units at the market of 3,400',
    { ...market, quantity: '25' },
    { reference: { price: '3400', at: FRESH, source: 'b' } },
    [],
  ],
  [
    '44 units at the market of 3,400, two per cent worse',
    { ...market, quantity: '44' },
    { reference: { price: '3400', at: FRESH, source: 'b' } },
    ['max-order-value'],
  ],
  ['100 units onto 50', { quantity: '100' }, { position: { quantity: '50', asOfSeq: 1 } }, []],
  ['100 units onto 51', { quantity: '100' }, { position: { quantity: '51', asOfSeq: 1 } }, ['position-limit']],
  [
    'a close of four days ago',
    market,
    { reference: { price: '1000', at: '2020-03-02T21:00:00.000000000Z', source: 'b' } },
    [],
  ],
  [
    'a close of more than four days ago',
    market,
    { reference: { price: '1000', at: '2020-03-02T20:59:59.999999999Z', source: 'b' } },
    ['max-order-value', 'price-collar'],
  ],
])('%s', (_, order, facts, refused) => {
  expect(refusals(order, facts)).toEqual(refused);
});
