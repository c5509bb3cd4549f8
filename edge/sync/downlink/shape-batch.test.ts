import type { Message, Row } from '@electric-sql/client';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ControlRow } from '../../journal/control-store.ts';
import { createBatchCollector, type ShapeBatch } from './shape-batch.ts';

const upToDate: Message<Row> = { headers: { control: 'up-to-date' } };
const mustRefetch: Message<Row> = { headers: { control: 'must-refetch' } };
const snapshotEnd: Message<Row> = {
  headers: { control: 'snapshot-end', xmin: '1', xmax: '1', xip_list: [] },
} as Message<Row>;

function change(operation: 'insert' | 'update' | 'delete', key: string, value: Row = {}): Message<Row> {
  return { key, value, headers: { operation } };
}

const before = new Map<string, ControlRow>([['a', { name: 'a', note: 'one', version: '1' }]]);

test('nothing is given out before the shape is whole', () => {
  const collector = createBatchCollector(false);
  expect(collector.take([change('insert', 'b', { name: 'b' })], before)).toBeUndefined();
  expect(collector.take([snapshotEnd], before)).toBeUndefined();
  expect(collector.pending).toBe(1);
  const batch = collector.take([upToDate], before);
  expect(batch).toEqual({ isWhole: false, rows: new Map([['b', { name: 'b' }]]), gone: [] });
  expect(collector.pending).toBe(0);
});

test('an update keeps the columns that it does not bring', () => {
  const collector = createBatchCollector(false);
  const batch = collector.take([change('update', 'a', { note: 'two' }), upToDate], before);
  expect(batch?.rows.get('a')).toEqual({ name: 'a', note: 'two', version: '1' });
});

test('a row that went and came again keeps nothing of before', () => {
  const collector = createBatchCollector(false);
  const messages = [change('delete', 'a'), change('insert', 'a', { note: 'new' }), upToDate];
  expect(collector.take(messages, before)).toEqual({
    isWhole: false,
    rows: new Map([['a', { note: 'new' }]]),
    gone: [],
  });
  const gone = collector.take([change('update', 'a', { note: 'x' }), change('delete', 'a'), upToDate], before);
  expect(gone).toEqual({ isWhole: false, rows: new Map(), gone: ['a'] });
});

test('what follows a refetch takes the place of everything, and what came before it is dropped', () => {
  const collector = createBatchCollector(false);
  collector.take([change('insert', 'old', { name: 'old' })], before);
  const batch = collector.take([mustRefetch, change('insert', 'c', { name: 'c' }), upToDate], before);
  expect(batch).toEqual({ isWhole: true, rows: new Map([['c', { name: 'c' }]]), gone: [] });
});

test('however messages are cut, and whichever come twice, the rows are the same', () => {
  const step = fc.tuple(fc.constantFrom('insert', 'delete'), fc.constantFrom('a', 'b', 'c'), fc.nat(9));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.array(fc.nat(20), { maxLength: 5 }), (steps, cuts) => {
      const rows = new Map<string, ControlRow>();
      const messages = steps.map(([operation, key, version]) => {
        if (operation === 'delete') rows.delete(key);
        else rows.set(key, { version: `${version}` });
        return change(operation as 'insert' | 'delete', key, operation === 'delete' ? {} : { version: `${version}` });
      });
      const collector = createBatchCollector(true);
      const places = [...new Set([0, ...cuts.map((cut) => Math.min(cut, messages.length)), messages.length])].sort(
        (a, b) => a - b,
      );
      for (const [index, from] of places.entries()) collector.take(messages.slice(from, places[index + 1]), new Map());
      const again = messages.at(-1);
      const batch: ShapeBatch | undefined = collector.take(
        [...(again === undefined ? [] : [again]), upToDate],
        new Map(),
      );
      expect(batch?.rows).toEqual(rows);
    }),
  );
});
