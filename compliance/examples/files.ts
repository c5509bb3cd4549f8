import { canonicalJson, type JsonValue, sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { FactsDocument, type FactsKind } from '@gatehouse/shared/schema/facts/index.ts';
import type { z } from 'zod';
import { compileFactFiles, type FactFiles, type HeldFacts } from '../fact-files.ts';

type FileText = z.input<typeof FactsDocument>;
type FileOf<Kind extends FactsKind> = Extract<FileText, { readonly kind: Kind }>;

/** What differs from the base files: new keys for a file, or null to leave the file out. */
export type FilesOverrides = {
  readonly [Kind in FactsKind]?: Partial<Omit<FileOf<Kind>, 'kind' | 'v'>> | null;
};

const head = { v: 1, asOf: '2020-03-06T08:00:00.000000000Z', source: 'Worked examples.' } as const;

/** The base instrument, a fund on US shares with a tick of one cent. */
export const exampleInstrument: FileOf<'instruments'>['rows'][number] = {
  id: 'demo-index',
  title: 'Example fund',
  venues: ['paper'],
  currency: 'USD',
  assetClass: 'etf',
  sector: 'broad-market',
  issuer: 'example-issuer',
  state: 'tradable',
  multiplier: '1',
  ticks: [
    { from: '0', tick: '0.0001' },
    { from: '1', tick: '0.01' },
  ],
  lot: '1',
  quantityMin: '1',
  quantityMax: '10000',
  orderTypes: ['market', 'limit'],
  timesInForce: ['day', 'gtc', 'ioc', 'fok'],
  isShortable: true,
  isUsEquity: true,
};

/** The base calendar, of a venue in New York without auctions. */
export const exampleCalendar: FileOf<'calendars'>['rows'][number] = {
  venue: 'paper',
  zone: 'America/New_York',
  weekdays: [1, 2, 3, 4, 5],
  phases: [
    { phase: 'pre-open', from: '04:00', to: '09:30' },
    { phase: 'continuous', from: '09:30', to: '16:00' },
    { phase: 'after-hours', from: '16:00', to: '20:00' },
  ],
  holidays: [{ day: '2020-04-10', title: 'Good Friday' }],
  shortDays: [{ day: '2020-11-27', close: '13:00', title: 'Day after Thanksgiving' }],
  from: '2020-01-01',
  to: '2020-12-31',
};

const base: { readonly [Kind in FactsKind]: FileOf<Kind> } = {
  instruments: { ...head, kind: 'instruments', rows: [exampleInstrument] },
  calendars: {
    ...head,
    kind: 'calendars',
    rows: [exampleCalendar],
  },
  rates: {
    ...head,
    kind: 'rates',
    rows: [{ from: 'EUR', to: 'USD', rate: '1.10', at: '2020-03-06T20:29:00.000000000Z' }],
  },
  liquidity: {
    ...head,
    kind: 'liquidity',
    rows: [
      { instrument: 'demo-index', averageDailyVolume: '100000', tier: 'liquid', at: '2020-03-06T08:00:00.000000000Z' },
    ],
  },
  margins: {
    ...head,
    kind: 'margins',
    rows: [{ assetClass: 'etf', initialBps: 5_000, maintenanceBps: 2_500, leverageMax: '2' }],
  },
  portfolio: {
    ...head,
    kind: 'portfolio',
    rows: [
      { scope: 'firm', figure: 'value-at-risk', value: '50000', at: '2020-03-06T20:00:00.000000000Z' },
      { scope: 'firm', figure: 'expected-shortfall', value: '70000', at: '2020-03-06T20:00:00.000000000Z' },
      { scope: 'firm', figure: 'beta', value: '0.9', at: '2020-03-06T20:00:00.000000000Z' },
      { scope: 'firm', figure: 'correlation', value: '0.5', at: '2020-03-06T20:00:00.000000000Z' },
      { scope: 'firm', figure: 'volatility', value: '0.2', at: '2020-03-06T20:00:00.000000000Z' },
      { scope: 'firm', figure: 'regime', value: 'calm', at: '2020-03-06T20:00:00.000000000Z' },
    ],
  },
  'market-status': { ...head, kind: 'market-status', completeTo: '2020-03-06T23:00:00.000000000Z', rows: [] },
  restrictions: { ...head, kind: 'restrictions', rows: [] },
  'person-restrictions': { ...head, kind: 'person-restrictions', rows: [] },
  sanctions: { ...head, kind: 'sanctions', lists: [{ list: 'example', version: '2020-03-06' }], rows: [] },
  locates: {
    ...head,
    kind: 'locates',
    easyToBorrow: [],
    rows: [
      {
        id: 'L-1',
        account: 'main',
        instrument: 'demo-index',
        quantity: '100',
        lender: 'Example lender',
        from: '2020-03-06T12:00:00.000000000Z',
        to: '2020-03-07T00:00:00.000000000Z',
      },
    ],
  },
  'short-sale': {
    ...head,
    kind: 'short-sale',
    rows: [{ instrument: 'demo-index', isThreshold: false, preBorrowed: [] }],
  },
  entitlements: {
    ...head,
    kind: 'entitlements',
    traders: [{ trader: 'p-7f3a', accounts: ['main'], desks: ['index'] }],
    accounts: [{ account: 'main', client: 'house', state: 'open', environment: 'paper' }],
    algorithms: [{ algorithm: 'ema-cross', version: '1.0.0', environments: ['paper'], approvedBy: 'p-02' }],
  },
};

/** The base files with the given changes, ready to be asked. */
export function exampleFiles(overrides: FilesOverrides = {}): FactFiles {
  return compileFactFiles(heldExamples(overrides));
}

/** The base files with the given changes, as they are held. */
export function heldExamples(overrides: FilesOverrides = {}): readonly HeldFacts[] {
  return (Object.keys(base) as FactsKind[]).flatMap((kind) => {
    const changes = overrides[kind];
    if (changes === null) return [];
    const wire = { ...base[kind], ...changes };
    const hash = sha256(canonicalJson(wire as unknown as JsonValue)).toString('hex');
    return [{ document: decode(FactsDocument, wire, `the example file ${kind}`), hash }];
  });
}
