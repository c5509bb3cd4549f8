import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { maxOrderValue } from './controls/max-order-value.ts';
import { defineControl } from './define-control.ts';
import { Bps } from './limit-fields.ts';
import { pass } from './verdict.ts';

test('a control hands out its limits with their meaning, and the facts it needs', () => {
  expect(maxOrderValue.limits[0]).toEqual({ name: 'valueMax', says: 'The most that one order may be worth.' });
  expect(maxOrderValue.needs).toEqual(['multiplier']);
});

test('a limit that nobody explains is a bug', () => {
  const definition = {
    id: 'own',
    version: 1,
    title: 'Own control',
    question: 'What happens?',
    sources: [cite(RTS_6, 'Art. 15', 'Orders are checked before they are sent.')],
    limits: z.strictObject({ ownBps: Bps }),
    scopes: ['firm'],
    check: () => pass('Yes.'),
    examples: [],
  } as const;
  expect(() => defineControl(definition)).toThrow('limit ownBps says what it means');
});

test('a control without a source does not compile', () => {
  const definition = { limits: z.strictObject({}), check: () => pass('Yes.'), examples: [] };
  const named = { id: 'own', version: 1, title: 'Own control', question: 'What happens?' };
  // @ts-expect-error: at least one citation is asked for.
  expect(defineControl({ ...definition, ...named, scopes: ['firm'], sources: [] }).sources).toEqual([]);
});

test('figures are bound once and named as the sheet wrote them', () => {
  const figures = { valueMax: '10.00', currency: 'USD', marketOrderBps: 5, referenceAgeMsMax: 1 };
  expect(maxOrderValue.bind(figures)).toMatchObject({
    kind: 'bound',
    limits: { valueMax: '10.00', currency: 'USD', marketOrderBps: '5', referenceAgeMsMax: '1' },
  });
  expect(maxOrderValue.bind({ ...figures, currency: 'usd' })).toMatchObject({ kind: 'refused' });
});
