import { AccountLedger } from '@gatehouse/shared/accounts/account-ledger.ts';
import { bodySchemas, type FillBody, type FillChangeBody } from '@gatehouse/shared/schema/bodies.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  actionOf,
  adjustmentOf,
  breakOf,
  decisionOf,
  depositOf,
  type EntryOf,
  edgeStream,
  fillChangeOf,
  fillOf,
  instrumentsOf,
  intentOf,
} from '../fixtures/edge-stream.ts';
import { type TestLedger, testLedger } from '../fixtures/hub-ledger.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
}, 60_000);

afterAll(() => server.stop());

/** Each entry in a batch of its own, or all in one: what is loaded must be the same as what was folded. */
async function projected(entries: readonly EntryOf[], isOneBatch = false): Promise<TestLedger> {
  const { database } = await server.database();
  const hub = testLedger(database);
  const edge = edgeStream('edge-1');
  await hub.register(edge);
  const sealed = edge.add(...entries);
  for (const batch of isOneBatch ? [edge.batch(sealed)] : sealed.map((entry) => edge.batch([entry]))) {
    await hub.take(edge, batch);
  }
  return hub;
}

const setAside = async ({ database }: TestLedger) =>
  (await database<{ reason: string }[]>`SELECT reason FROM set_aside ORDER BY leaf`).map(({ reason }) => reason);

const bought = (order: string, change: Parameters<typeof fillOf>[1] = {}) => [
  intentOf(order),
  decisionOf(order),
  fillOf(order, change),
];

const OPENING = [instrumentsOf(), depositOf('100000.00')];

test('what the hub projects is what the ledger of the edge folds, whether entries come one by one or together', async () => {
  const sold = { side: 'sell', quantity: '4', price: '1460.00', fee: '0.002', feeCurrency: 'BNB' };
  const sale = [intentOf('O-3', { side: 'sell', shortSaleMark: 'long' }), decisionOf('O-3'), fillOf('O-3', sold)];
  const entries = [
    ...OPENING,
    ...bought('O-1'),
    ...bought('O-2', { price: '1500.00', at: '2026-01-05T10:00:00.000000000Z' }),
    ...sale,
    fillChangeOf('O-2', 'O-2-1', { price: '1490.00' }),
    fillChangeOf('O-1', 'O-1-1'),
    actionOf('C-1', { kind: 'split', numerator: 3, denominator: 1 }),
    actionOf('C-2', { kind: 'rename', into: 'SP501' }),
    adjustmentOf('A-1', { kind: 'position', instrument: 'SP501', currency: 'USD', quantity: '-1', cost: '-490' }),
  ];
  const ledger = new AccountLedger({ multiplierOf: () => decimal('1'), placeOf: () => undefined });
  for (const { kind, body } of entries) {
    const read = <Kind extends keyof typeof bodySchemas>(name: Kind) => decode(bodySchemas[name], body, name);
    if (kind === 'fill') ledger.fill(read('fill') as FillBody);
    if (kind === 'fill-change') ledger.change(read('fill-change') as FillChangeBody);
    if (kind === 'corporate-action') ledger.act(read('corporate-action') as Parameters<typeof ledger.act>[0]);
    if (kind === 'adjustment') ledger.adjust(read('adjustment') as Parameters<typeof ledger.adjust>[0]);
    if (kind === 'cash') ledger.pay(read('cash') as Parameters<typeof ledger.pay>[0]);
  }
  const held = ledger.holding('paper-1', 'SP501');
  for (const isOneBatch of [false, true]) {
    const hub = await projected(entries, isOneBatch);
    expect(await setAside(hub)).toEqual([]);
    const [row] = await hub.database`
      SELECT quantity, cost, realised, realised_by_lots, lots FROM position WHERE instrument = 'SP501'`;
    expect(row).toEqual({
      quantity: toText(held?.average.quantity ?? decimal('0')),
      cost: toText(held?.average.cost ?? decimal('0')),
      realised: toText(held?.average.realised ?? decimal('0')),
      realised_by_lots: toText(held?.lots.realised ?? decimal('0')),
      lots: held?.lots.open.length,
    });
    expect(await hub.database`SELECT quantity, cost FROM position WHERE instrument = 'SP500-INDEX'`).toEqual([
      { quantity: '0', cost: '0' },
    ]);
    const cash = await hub.database<{ currency: string; amount: string }[]>`SELECT currency, amount FROM cash`;
    for (const { currency: name, amount } of cash) {
      expect(amount).toBe(toText(ledger.purse('paper-1', currency(name)).amount));
    }
    expect(cash.map(({ currency: name }) => name).sort()).toEqual(['BNB', 'USD']);
  }
});

test('a fill says how it counts now and keeps what was first reported; its order loses what did not stand', async () => {
  const hub = await projected([
    ...OPENING,
    ...bought('O-1'),
    ...bought('O-2'),
    fillChangeOf('O-1', 'O-1-1'),
    fillChangeOf('O-2', 'O-2-1', { quantity: '7' }),
  ]);
  const fills = await hub.database`SELECT fill_id, quantity, status, now_quantity FROM fill ORDER BY fill_id`;
  expect(fills).toEqual([
    { fill_id: 'O-1-1', quantity: '10', status: 'busted', now_quantity: null },
    { fill_id: 'O-2-1', quantity: '10', status: 'corrected', now_quantity: '7' },
  ]);
  const orders = await hub.database`SELECT filled_quantity FROM orders ORDER BY order_id`;
  expect(orders).toEqual([{ filled_quantity: '0' }, { filled_quantity: '7' }]);
});

test('what has no object, comes twice or contradicts what is held is set aside with its reason', async () => {
  const split = actionOf('C-1', { kind: 'split', numerator: 2, denominator: 1 });
  const inEuro = { kind: 'position', instrument: 'SP500-INDEX', currency: 'EUR', quantity: '1', cost: '1' };
  const hub = await projected([
    ...OPENING,
    ...bought('O-1'),
    fillChangeOf('O-9', 'O-9-1'),
    fillChangeOf('O-1', 'O-1-7'),
    split,
    split,
    adjustmentOf('A-1', inEuro),
    breakOf('B-1', 'assigned', { owner: 'P-officer' }),
    breakOf('B-2', 'found'),
    breakOf('B-2', 'resolved'),
  ]);
  expect(await setAside(hub)).toEqual([
    'order O-9 is unknown',
    'fill O-1-7 is not booked',
    'corporate action C-1 is on record already',
    'adjustment A-1 is in EUR, its position in USD',
    'break B-1 was never found',
    'break B-2 is resolved without a cause',
  ]);
  expect(await hub.database`SELECT quantity FROM position`).toEqual([{ quantity: '20' }]);
});

test('an action concerns the accounts of the edge that tells it, and an account of two edges once', async () => {
  const hub = await projected([...OPENING, ...bought('O-1')]);
  const other = edgeStream('edge-2');
  await hub.register(other);
  const split = actionOf('C-1', { kind: 'split', numerator: 2, denominator: 1 });
  await hub.take(other, other.batch(other.add(split)));
  expect(await hub.database`SELECT quantity FROM position`).toEqual([{ quantity: '10' }]);
  const deposit = { ...depositOf('1.00') };
  const again = actionOf('C-2', { kind: 'split', numerator: 3, denominator: 1 });
  await hub.take(other, other.batch(other.add(deposit, again)));
  expect(await hub.database`SELECT quantity FROM position`).toEqual([{ quantity: '30' }]);
  const third = edgeStream('edge-3');
  await hub.register(third);
  await hub.take(third, third.batch(third.add(deposit, again)));
  expect(await hub.database`SELECT quantity FROM position`).toEqual([{ quantity: '30' }]);
});

test('the newest step of a break stands, with the cause and the owner that earlier ones named', async () => {
  const hub = await projected([
    breakOf('B-1', 'found', { cause: 'missed-fill' }),
    breakOf('B-1', 'assigned', { owner: 'P-officer' }),
    breakOf('B-1', 'resolved', { note: 'The fill came late.' }),
  ]);
  expect(await hub.database`SELECT step, cause, owner, note, found_leaf, leaf FROM book_break`).toEqual([
    { step: 'resolved', cause: 'missed-fill', owner: 'P-officer', note: 'The fill came late.', found_leaf: 1, leaf: 3 },
  ]);
  expect(await hub.database`SELECT leaf FROM book_break_entry ORDER BY leaf`).toEqual([
    { leaf: 1 },
    { leaf: 2 },
    { leaf: 3 },
  ]);
});
