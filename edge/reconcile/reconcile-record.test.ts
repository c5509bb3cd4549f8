import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { type Decimal, decimal, toText, trim } from '@gatehouse/shared/values/decimal.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { BEGIN, type Bench, bench, PLACE, TRADED, USD } from './reconcile-fixture.ts';
import { createReconcileRecord } from './reconcile-record.ts';

const { account } = PLACE;
const at = (ms: number) => addMs(BEGIN, ms);

function filled(): Bench {
  const one = bench();
  one.work('O-1');
  one.report(
    'O-1',
    one.venue.trade({ id: 'F-1', order: 'O-1', quantity: '2', price: '100', fee: '0.2', afterMs: 1_000 }),
  );
  one.report(
    'O-1',
    one.venue.trade({ id: 'F-2', order: 'O-1', quantity: '1', price: '110', fee: '0.1', afterMs: 2_000 }),
  );
  return one;
}

const texts = (moved: ReadonlyMap<string, Decimal> | undefined) =>
  moved && Object.fromEntries([...moved].map(([key, delta]) => [key, toText(trim(delta))]));

test('what was moved after a moment is told to the last digit, the moment itself left out', () => {
  const { record } = filled();
  expect(texts(record.movedAfter(account, at(999)))).toEqual({ [`position ${TRADED}`]: '3', 'balance USD': '-310.3' });
  expect(texts(record.movedAfter(account, at(1_000)))).toEqual({
    [`position ${TRADED}`]: '1',
    'balance USD': '-110.1',
  });
  expect(texts(record.movedAfter(account, at(2_000)))).toEqual({});
  expect(texts(record.movedAfter('other', at(0)))).toEqual({});
});

test('a correction counts with its own time for an earlier execution, and with the execution for a later one', () => {
  const one = filled();
  const figures = (size: string, paid: string) => ({
    quantity: quantity(size),
    price: price('100'),
    fee: decimal(paid),
  });
  one.recorder.stage({
    kind: 'fill-change',
    body: {
      v: 1,
      fill: 'F-1',
      order: 'O-1',
      change: 'correct',
      before: figures('2', '0.2'),
      after: figures('1', '0.1'),
      at: at(5_000),
      reason: 'The venue says so.',
    },
  });
  expect(texts(one.record.movedAfter(account, at(2_000)))).toEqual({
    [`position ${TRADED}`]: '-1',
    'balance USD': '100.1',
  });
  expect(texts(one.record.movedAfter(account, at(0)))).toEqual({
    [`position ${TRADED}`]: '2',
    'balance USD': '-210.2',
  });
  expect(texts(one.record.movedAfter(account, at(5_000)))).toEqual({});
});

test('before a corporate action nothing can be told', () => {
  const one = filled();
  one.record.fold({
    kind: 'corporate-action',
    body: {
      v: 1,
      id: 'CA-1',
      instrument: TRADED,
      exDay: '2026-03-03',
      at: at(9_000),
      source: 'A test.',
      action: { kind: 'split', numerator: 2, denominator: 1 },
    },
  });
  expect(one.record.movedAfter(account, at(8_999))).toBeUndefined();
  expect(one.record.movedAfter(account, at(9_000))).toBeDefined();
});

test('money that came in and adjustments are told as well', () => {
  const one = bench();
  const change = {
    kind: 'position',
    instrument: TRADED,
    currency: USD,
    quantity: decimal('4'),
    cost: decimal('400'),
  } as const;
  one.record.fold({
    kind: 'adjustment',
    body: { v: 1, id: 'A-1', account, by: 'P-1', reason: 'A test.', at: at(10), change },
  });
  expect(texts(one.record.movedAfter(account, at(0)))).toEqual({ [`position ${TRADED}`]: '4' });
  expect(texts(one.record.movedAfter(account, at(-1)))).toMatchObject({ 'balance USD': '100000' });
});

test('a record goes on from its snapshot', () => {
  const { record } = filled();
  const again = createReconcileRecord({ multiplierOf: () => decimal('1'), snapshot: record.snapshot() });
  expect(again.snapshot()).toEqual(record.snapshot());
  expect(texts(again.movedAfter(account, at(0)))).toEqual(texts(record.movedAfter(account, at(0))));
  expect(again.orderNamed('V-O-1')).toBe('O-1');
  expect(again.hasFill('F-2')).toBe(true);
});

test('executions beyond what is remembered make their time one of which nothing is told', () => {
  const { record, book } = filled();
  const [first] = record.fills();
  if (first === undefined) throw new Error('nothing was executed');
  for (let index = 0; index < 2_000; index += 1) {
    record.fold({ kind: 'fill', body: { ...first.body, fill: `G-${index}`, at: at(10_000 + index) } });
  }
  expect(record.fills().length).toBeLessThan(2_000);
  expect(record.fillsSince).toBeGreaterThan(at(10_000));
  expect(record.movedAfter(account, at(9_000))).toBeUndefined();
  expect(book.hasFill('F-1')).toBe(true);
});
