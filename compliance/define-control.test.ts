import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { knownInstrument } from './controls/known-instrument.ts';
import { maxOrderValue } from './controls/max-order-value.ts';
import { priceCollarPeriod } from './controls/price-collar-period.ts';
import { type Control, defineControl } from './define-control.ts';
import { exampleFacts, exampleOrder } from './examples/base.ts';
import { exampleFiles } from './examples/files.ts';
import { exampleOwn } from './examples/own.ts';
import type { RequestOverrides } from './examples/request.ts';
import { Bps } from './limit-fields.ts';
import { known, pass, refuse, type Verdict } from './verdict.ts';

test('a control hands out its limits with their meaning and direction, and the facts and files it needs', () => {
  expect(maxOrderValue.limits[0]).toEqual({
    name: 'valueMax',
    says: 'The most that one order may be worth, in the firm’s currency.',
    tighter: 'lower',
  });
  expect(maxOrderValue.files).toEqual(['instruments']);
  expect(maxOrderValue.isOverridable).toBe(true);
  expect(priceCollarPeriod.needs).toEqual(['range', 'reference']);
  expect(knownInstrument.isOverridable).toBe(false);
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
  const figures = { valueMax: '10.00', marketOrderBps: 5, referenceAgeMsMax: 1, rateAgeMsMax: 2 };
  expect(maxOrderValue.bind(figures)).toMatchObject({
    kind: 'bound',
    limits: { valueMax: '10.00', marketOrderBps: '5', referenceAgeMsMax: '1', rateAgeMsMax: '2' },
  });
  expect(maxOrderValue.bind({ ...figures, marketOrderBps: '5' })).toMatchObject({ kind: 'refused' });
});

const lists = z.strictObject({ names: z.array(z.string()).describe('The names.') });

/** A control of one's own that asks for what it is given. */
function asking(check: () => Verdict): Control {
  return defineControl({
    id: 'own',
    version: 1,
    title: 'Own control',
    question: 'What happens?',
    sources: [cite(RTS_6, 'Art. 15', 'Orders are checked before they are sent.')],
    limits: lists,
    needs: ['quote', 'market'],
    files: ['rates', 'marketStatus'],
    scopes: ['firm'],
    check,
    examples: [],
  });
}

function verdictOf(control: Control, changes: RequestOverrides = {}): Verdict {
  const bound = control.bind({ names: [] });
  if (bound.kind === 'refused') throw new Error(bound.problems);
  const order = exampleOrder(changes.order);
  const facts = exampleFacts(changes.facts);
  const files = exampleFiles(changes.files);
  const own = exampleOwn(changes.own);
  return bound.judge({ order, facts, files, own, currency: currency('USD') }, 'firm');
}

test('a long list of names is told by its length, a short one by its names', () => {
  const control = asking(() => pass('Yes.'));
  const names = Array.from({ length: 11 }, (_, index) => `n-${index}`);
  expect(control.bind({ names: names.slice(0, 10) })).toMatchObject({
    limits: { names: names.slice(0, 10).join(', ') },
  });
  expect(control.bind({ names })).toMatchObject({ limits: { names: '11 names' } });
});

test.each<[string, RequestOverrides]>([
  ['The quote is not known.', { facts: { quote: null } }],
  ['The status of the market is not known.', { facts: { market: null } }],
  ['The file of exchange rates is not known.', { files: { rates: null } }],
  ['The file of market states is not known.', { files: { 'market-status': null } }],
])('what a control needs is certain to be there: %s', (reason, changes) => {
  const control = asking(() => pass('Yes.'));
  expect(verdictOf(control)).toMatchObject({ kind: 'pass' });
  expect(verdictOf(control, changes)).toMatchObject({ kind: 'refuse', reason });
});

test('a value that is not known becomes a refusal in words, any other failure goes on to the gate', () => {
  expect(verdictOf(asking(() => pass(known<string>(undefined, 'colour'))))).toEqual(refuse('The colour is not known.'));
  const failing = asking(() => {
    throw new Error('no ink');
  });
  expect(() => verdictOf(failing)).toThrow('no ink');
});
