import { expect, test } from 'vitest';
import { canonicalJson, type JsonValue } from '../../journal/canonical.ts';
import { decode, encode } from '../decode.ts';
import { FactsDocument, type FactsKind, factsSchemas } from './index.ts';

const AT = '2020-03-06T08:00:00.000000000Z';
const head = { v: 1, asOf: AT, source: 'A test.' };

const documents: { readonly [Kind in FactsKind]: JsonValue } = {
  instruments: { ...head, kind: 'instruments', rows: [] },
  calendars: {
    ...head,
    kind: 'calendars',
    rows: [
      {
        venue: 'V',
        zone: 'Europe/Berlin',
        weekdays: [1, 5],
        phases: [{ phase: 'continuous', from: '09:00', to: '17:30:00' }],
        holidays: [{ day: '2020-04-10', title: 'Good Friday' }],
        shortDays: [],
        from: '2020-01-01',
        to: '2020-12-31',
      },
    ],
  },
  rates: { ...head, kind: 'rates', rows: [{ from: 'EUR', to: 'USD', rate: '1.1300', at: AT }] },
  liquidity: { ...head, kind: 'liquidity', rows: [{ instrument: 'X', averageDailyVolume: '5000', tier: 'A', at: AT }] },
  margins: { ...head, kind: 'margins', rows: [{ assetClass: 'etf', initialBps: 5_000, maintenanceBps: 2_500 }] },
  portfolio: { ...head, kind: 'portfolio', rows: [{ scope: 'firm', figure: 'regime', value: 'calm', at: AT }] },
  'market-status': {
    ...head,
    kind: 'market-status',
    completeTo: AT,
    rows: [{ on: 'market', breakerLevel: 1, from: AT }],
  },
  restrictions: {
    ...head,
    kind: 'restrictions',
    rows: [{ list: 'watch', issuer: 'I', sides: 'buy', reason: 'A deal.', from: '2020-03-01' }],
  },
  'person-restrictions': {
    ...head,
    kind: 'person-restrictions',
    rows: [{ person: 'P-1', instrument: 'X', reason: 'A relative works there.' }],
  },
  sanctions: {
    ...head,
    kind: 'sanctions',
    lists: [{ list: 'sdn', version: '2020-03-05' }],
    rows: [{ party: 'I', list: 'sdn', entry: '12345' }],
  },
  locates: {
    ...head,
    kind: 'locates',
    easyToBorrow: ['X'],
    rows: [{ id: 'L-1', account: 'main', instrument: 'X', quantity: '10', lender: 'A bank', from: AT, to: AT }],
  },
  'short-sale': {
    ...head,
    kind: 'short-sale',
    rows: [{ instrument: 'X', isThreshold: true, closeOut: { from: '2020-03-06' }, preBorrowed: ['L-1'] }],
  },
  entitlements: { ...head, kind: 'entitlements', traders: [], accounts: [], algorithms: [] },
};

test.each(Object.entries(documents))(
  'a file of %s comes back with the same bytes and is known by its kind',
  (kind, document) => {
    const read = decode(FactsDocument, document, 'the file');
    expect(read.kind).toBe(kind);
    expect(canonicalJson(encode(FactsDocument, read) as unknown as JsonValue)).toBe(canonicalJson(document));
    expect(factsSchemas[kind as FactsKind].safeParse(document).success).toBe(true);
  },
);

test.each([
  ['a kind that nobody knows', { ...head, kind: 'weather', rows: [] }],
  ['a file without its date', { v: 1, source: 'A test.', kind: 'rates', rows: [] }],
  ['a rate that is a number', { ...head, kind: 'rates', rows: [{ from: 'EUR', to: 'USD', rate: 1.13, at: AT }] }],
  ['a currency that is none', { ...head, kind: 'rates', rows: [{ from: 'EUX', to: 'USD', rate: '1', at: AT }] }],
  ['a sanctions list without the lists that went in', { ...head, kind: 'sanctions', lists: [], rows: [] }],
  [
    'a margin below zero',
    { ...head, kind: 'margins', rows: [{ assetClass: 'etf', initialBps: -1, maintenanceBps: 0 }] },
  ],
  ['a key that nobody knows', { ...head, kind: 'rates', rows: [], note: 'x' }],
])('%s is refused', (_, document) => {
  expect(() => decode(FactsDocument, document, 'the file')).toThrow(/is malformed/);
});
