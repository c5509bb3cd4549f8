import { assert } from '@gatehouse/shared/errors.ts';
import { bodySchemas, type EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { withLeiCheckDigits } from '@gatehouse/shared/values/identifiers.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import type { LedgerRecord, ReportExample } from '../define-report.ts';

const HASH = '0'.repeat(64);
const CLOCK = { source: 'system', offsetNs: '0', uncertaintyNs: '1000000' };
const RECORDED = '2026-01-05T15:00:00.000000000Z';
const DECIDED = '2020-03-06T21:00:00.000000000Z';

function record(leaf: number, kind: EntryBody['kind'], body: object): LedgerRecord {
  const decoded = decode(bodySchemas[kind], { v: 1, ...body }, `the example's ${kind}`);
  return { kind, body: decoded, leaf, edge: 'edge-1', at: parseInstant(RECORDED) } as LedgerRecord;
}

function order(id: string, quantity: string): object {
  return {
    id,
    environment: 'paper',
    legalEntity: withLeiCheckDigits('GATEHOUSEDEMO00000'),
    desk: 'desk-1',
    trader: 'P-1',
    client: 'own-account',
    account: 'paper-1',
    algorithm: { id: 'ema-cross', version: '1.0.0' },
    decisionMaker: 'ema-cross',
    executingPerson: 'ema-cross',
    capacity: 'DEAL',
    instrument: 'SP500-INDEX',
    venue: 'SIM',
    side: 'buy',
    shortSaleMark: 'not-a-sale',
    type: 'market',
    timeInForce: 'day',
    quantity,
    currency: 'USD',
    decidedAt: DECIDED,
    clock: CLOCK,
  };
}

type Outcome = 'approved' | 'refused' | 'overridden';

function decision(id: string, outcome: Outcome): object {
  const figures = { quantityMax: '100', quantity: outcome === 'approved' ? '25' : '500' };
  const reasons: Readonly<Record<Outcome, string | undefined>> = {
    approved: undefined,
    refused: 'The quantity is above the limit.',
    overridden: 'Ticket T-1 sets this refusal aside for this one order: The quantity is above the limit.',
  };
  const verdict = outcome === 'approved' ? 'pass' : outcome === 'refused' ? 'refuse' : 'overridden';
  const reason = reasons[outcome];
  return {
    v: 2,
    order: id,
    outcome: outcome === 'refused' ? 'refused' : 'approved',
    sheet: HASH,
    controls: HASH,
    haltEpoch: 0,
    facts: { now: DECIDED, wallAt: RECORDED, day: '2020-03-06', files: HASH },
    rows: [['max-order-quantity@1', 'firm', verdict, figures, ...(reason === undefined ? [] : [reason])]],
    ...(outcome === 'overridden' ? { tickets: ['T-1'] } : {}),
  };
}

const kill = {
  v: 2,
  id: 'K-1',
  scopes: ['firm'],
  level: 'cancel',
  haltEpoch: 1,
  by: 'P-1',
  reason: 'Too fast.',
  at: RECORDED,
};

const tradedDay: readonly LedgerRecord[] = [
  record(0, 'intent', { order: order('O-1', '25') }),
  record(1, 'decision', decision('O-1', 'approved')),
  record(2, 'intent', { order: order('O-2', '500') }),
  record(3, 'decision', decision('O-2', 'refused')),
  record(4, 'fill', {
    fill: 'F-1',
    order: 'O-1',
    account: 'paper-1',
    instrument: 'SP500-INDEX',
    venue: 'SIM',
    side: 'buy',
    quantity: '25',
    price: '2863.89',
    currency: 'USD',
    fee: '3.5798625',
    at: '2020-03-09T13:30:00.000000000Z',
  }),
  record(5, 'valuation', {
    account: 'paper-1',
    currency: 'USD',
    day: '2020-03-09',
    at: '2020-03-09T20:00:00.000000000Z',
    cash: '928399.1701375',
    equity: '997063.1701375',
    realised: '0',
    unrealised: '-2933.25',
    fees: '3.5798625',
    positions: [
      {
        instrument: 'SP500-INDEX',
        quantity: '25',
        averageCost: '2863.89',
        mark: '2746.56',
        markAt: '2020-03-09T20:00:00.000000000Z',
      },
    ],
  }),
];

function strange(records: readonly LedgerRecord[]): LedgerRecord {
  const fill = records.find(({ kind }) => kind === 'fill');
  assert(fill?.kind === 'fill', 'the traded day has a fill');
  return { ...fill, edge: 'edge-2', body: { ...fill.body, fill: 'F-9' } };
}

/** Worked cases of the daily report. */
export const dailyActivityExamples: readonly [ReportExample, ...ReportExample[]] = [
  {
    name: 'one order filled, one refused',
    records: tradedDay,
    expect: {
      activity: [['ema-cross 1.0.0', 'SP500-INDEX', '2', '1', '1', '25', '0', '71597.25', '3.58', 'USD']],
      'refusals-by-control': [['max-order-quantity@1', '1']],
      positions: [['paper-1', 'SP500-INDEX', '25', '2863.89', '2746.56', '2020-03-09T20:00:00.000000000Z', 'USD']],
    },
  },
  {
    name: 'a fill of an order from the day before is listed and belongs to no order of this day',
    records: tradedDay.slice(4),
    expect: {
      activity: [],
      'refused-orders': [],
      fills: [
        [
          '2020-03-09T13:30:00.000000000Z',
          'F-1',
          'O-1',
          'paper-1',
          'SP500-INDEX',
          'SIM',
          'buy',
          '25',
          '2863.89',
          '3.5798625',
          'USD',
        ],
      ],
    },
  },
  {
    name: 'a record that is told twice, and a fill from an edge that did not enter the order, count for nothing',
    records: [...tradedDay, ...tradedDay.slice(0, 5), strange(tradedDay)],
    expect: {
      activity: [['ema-cross 1.0.0', 'SP500-INDEX', '2', '1', '1', '25', '0', '71597.25', '3.58', 'USD']],
      'refusals-by-control': [['max-order-quantity@1', '1']],
    },
  },
  {
    name: 'a refusal that a ticket set aside is an exception and no refusal',
    records: [
      record(0, 'override', { ticket: 'T-1', document: 'gatehouse/override/v1\n{}\n' }),
      record(1, 'intent', { order: order('O-3', '500') }),
      record(2, 'decision', decision('O-3', 'overridden')),
    ],
    expect: {
      'refusals-by-control': [],
      'refused-orders': [
        [
          DECIDED,
          'O-3',
          'ema-cross: buy 500 SP500-INDEX at market',
          'max-order-quantity@1',
          'firm',
          'overridden',
          'Ticket T-1 sets this refusal aside for this one order: The quantity is above the limit.',
          'quantityMax 100, quantity 500',
        ],
      ],
      events: [[RECORDED, 'edge-1', '0', 'override accepted', 'ticket T-1']],
    },
  },
  {
    name: 'kills, releases and what was accepted stand among the events with their names',
    records: [
      record(0, 'trust', { version: 1, hash: HASH, document: 'gatehouse/trust/v1\n{}\n' }),
      record(1, 'facts', { kind: 'rates', hash: HASH, files: HASH, document: '{}' }),
      record(2, 'kill', { ...kill, scopes: ['algorithm:ema-cross', 'venue:SIM'] }),
      record(3, 'kill', { ...kill, id: 'K-2', trigger: { breaker: 'drawdown', figures: { drawdown: '0.2' } } }),
      record(4, 'release', {
        kill: 'K-1',
        haltEpoch: 2,
        by: ['P-2', 'P-3'],
        reason: 'Looked into.',
        at: RECORDED,
        document: 'gatehouse/release/v1\n{}\n',
      }),
    ],
    expect: {
      events: [
        [RECORDED, 'edge-1', '0', 'trust accepted', `version 1, ${HASH}`],
        [RECORDED, 'edge-1', '1', 'dated file in force', `rates ${HASH}`],
        [RECORDED, 'edge-1', '2', 'kill K-1, cancel', 'algorithm:ema-cross and venue:SIM, by P-1: Too fast.'],
        [RECORDED, 'edge-1', '3', 'kill K-2, cancel', 'firm, by P-1 (breaker drawdown): Too fast.'],
        [RECORDED, 'edge-1', '4', 'release of K-1', 'P-2, P-3: Looked into.'],
      ],
    },
  },
  {
    name: 'a sheet whose text is no sheet marks nothing',
    records: [record(0, 'limits', { sheet: 'ab'.repeat(32), document: 'gatehouse/sheet/v1\n{no' })],
    expect: { activity: [], fills: [] },
  },
  {
    name: 'a day without records says so',
    records: [],
    expect: { activity: [], 'refusals-by-control': [], events: [], fills: [] },
  },
];
