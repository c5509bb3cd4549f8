import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { type BreakDesk, createBreakDesk } from './break-desk.ts';
import { type Bench, bench, PLACE, TRADED, USD } from './reconcile-fixture.ts';

async function broken(): Promise<{ readonly one: Bench; readonly desk: BreakDesk; readonly id: string }> {
  const one = bench();
  one.venue.position = decimal('5');
  const [difference] = (await one.run()).differences;
  if (difference === undefined) throw new Error('nothing differs');
  let count = 0;
  const newId = (prefix: string): string => {
    count += 1;
    return `${prefix}${count}`;
  };
  return { one, desk: createBreakDesk({ ...one.deps, newId }), id: difference.id };
}

const position = (size: string) =>
  ({ kind: 'position', instrument: TRADED, currency: USD, quantity: decimal(size), cost: decimal('500') }) as const;

test('a break is given to a person and explained by one; the explanation lets trading go on and changes no figure', async () => {
  const { one, desk, id } = await broken();
  expect(desk.list()).toMatchObject([{ id, step: 'found' }]);
  desk.assign({ id, by: 'P-anna', owner: 'P-ben' });
  expect(one.reconciler.blocks()).toHaveLength(1);
  desk.explain({ id, by: 'P-ben', cause: 'manual-trade', note: 'Bought by telephone.', ends: false });
  expect(one.reconciler.blocks()).toEqual([]);
  expect(desk.list()).toMatchObject([{ id, step: 'explained', owner: 'P-ben', cause: 'manual-trade' }]);
  expect(one.book.position(PLACE.account, TRADED).quantity).toEqual(decimal('0'));
  expect(one.bodies('command').map((body) => [body.name, 'by' in body && body.by])).toEqual([
    ['break-assigned', 'P-anna'],
    ['break-explained', 'P-ben'],
  ]);
  expect((await one.run()).steps).toEqual([]);
});

test('an explanation of one figure explains no other', async () => {
  const { one, desk, id } = await broken();
  desk.explain({ id, by: 'P-ben', cause: 'manual-trade', note: 'Bought by telephone.', ends: false });
  one.venue.position = decimal('6');
  expect((await one.run()).steps).toMatchObject([{ id, step: 'found', theirs: '6' }]);
  expect(one.reconciler.blocks()).toHaveLength(1);
});

test('an adjustment is the act of a person with a reason; it ends the break, and the records agree', async () => {
  const { one, desk, id } = await broken();
  const reason = 'The clearer confirmed it in writing.';
  desk.adjust({ id, by: 'P-ben', cause: 'manual-trade', reason, change: position('5') });
  expect(one.bodies('adjustment')).toMatchObject([{ by: 'P-ben', reason, break: id, account: PLACE.account }]);
  expect(one.bodies('break').at(-1)).toMatchObject({ step: 'resolved', cause: 'manual-trade' });
  const report = await one.run();
  expect([report.differences, report.steps]).toEqual([[], []]);
  expect(desk.list()).toEqual([]);
});

test('an adjustment that leaves a rest, goes further or is about something else is refused whole', async () => {
  const { one, desk, id } = await broken();
  const before = one.entries.length;
  const act = { id, by: 'P-ben', cause: 'manual-trade', reason: 'A test.' } as const;
  for (const size of ['4.9999', '5.0001', '-5']) {
    expect(() => desk.adjust({ ...act, change: position(size) })).toThrow(/the difference is 5/);
  }
  expect(() => desk.adjust({ ...act, change: { ...position('5'), instrument: 'OTHER' } })).toThrow(
    /is not what differs/,
  );
  const cash = { kind: 'cash', currency: USD, amount: decimal('5') } as const;
  expect(() => desk.adjust({ ...act, change: cash })).toThrow(/is not what differs/);
  expect(() => desk.adjust({ ...act, id: 'B-none', change: position('5') })).toThrow(/no open break/);
  expect(() => desk.explain({ ...act, note: 'x', ends: true })).toThrow(/ends when the records agree/);
  expect(one.entries).toHaveLength(before);
});

test('an execution that will never be ours is ended by a person and not found again', async () => {
  const one = bench();
  one.venue.trade({ id: 'H-1', quantity: '1', fee: '0', price: '0' });
  one.venue.position = decimal('0');
  await one.run();
  const desk = createBreakDesk({ ...one.deps, newId: (prefix) => `${prefix}1` });
  const [found] = desk.list();
  expect(found).toMatchObject({ subject: 'fill', key: 'H-1' });
  desk.explain({ id: found?.id ?? '', by: 'P-ben', cause: 'manual-trade', note: 'A gift.', ends: true });
  expect(desk.list()).toEqual([]);
  const report = await one.run();
  expect([report.differences.length, report.steps]).toEqual([1, []]);
  const restarted = bench({ past: one });
  expect((await restarted.run('start')).steps).toEqual([]);
});
