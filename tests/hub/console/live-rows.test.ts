import type { Message } from '@electric-sql/client';
import { createLiveRows, type RowText } from '@gatehouse/hub/console/islands/live-rows.ts';
import { expect, test } from 'vitest';

const change = (operation: 'insert' | 'update' | 'delete', key: string, value: Partial<RowText>): Message<RowText> =>
  ({ key, value, headers: { operation } }) as Message<RowText>;
const control = (word: string): Message<RowText> => ({ headers: { control: word } }) as Message<RowText>;
const row = (body: string, kind = 'edge'): RowText => ({ edge: 'edge-1', kind, key: '', body });
const UP = control('up-to-date');

test('nothing is shown before the shape is whole, and then only what changes', () => {
  const rows = createLiveRows();
  expect([rows.take([change('insert', 'a', row('1'))]), rows.whole()]).toEqual([undefined, undefined]);
  expect(rows.take([change('insert', 'b', row('2')), UP])).toMatchObject({
    isWhole: true,
    put: [{ body: 1 }, { body: 2 }],
  });
  expect(rows.take([UP])).toBeUndefined();
  const told = rows.take([change('update', 'a', { body: '3' }), change('delete', 'b', {}), UP]);
  expect(told).toEqual({
    ...{ kind: 'rows', isWhole: false, drop: ['b'] },
    put: [{ id: 'a', edge: 'edge-1', kind: 'edge', key: '', body: 3 }],
  });
});

test('changes of two ends in one batch are told together', () => {
  const rows = createLiveRows();
  rows.take([UP]);
  const told = rows.take([change('insert', 'a', row('1')), UP, change('insert', 'b', row('2')), UP]);
  expect(told?.put.map(({ id }) => id)).toEqual(['a', 'b']);
});

test('a refetch keeps what is shown until the new rows are whole, and drops what is not among them', () => {
  const rows = createLiveRows();
  rows.take([change('insert', 'a', row('1')), UP]);
  expect(rows.take([control('must-refetch'), change('insert', 'b', row('2'))])).toBeUndefined();
  expect(rows.whole()).toMatchObject({ put: [{ id: 'a' }] });
  expect(rows.take([UP])).toMatchObject({ isWhole: true, put: [{ id: 'b' }] });
});

test('the age of what is shown runs from the hub’s own word and from nothing else', () => {
  const rows = createLiveRows();
  expect(rows.take([change('insert', 'a', row('1')), UP])).not.toHaveProperty('pulseAgeMs');
  expect(rows.take([change('insert', 'p', row('{}', 'pulse')), UP])?.pulseAgeMs).toBeLessThan(1_000);
});
