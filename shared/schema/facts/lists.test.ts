import { expect, test } from 'vitest';
import {
  EntitlementsFile,
  LocatesFile,
  PersonRestrictionRow,
  RestrictionRow,
  ShortSaleFile,
  ShortSaleRow,
} from './lists.ts';
import { MarginsFile, RatesFile } from './reference-data.ts';

const restriction = { list: 'restricted', sides: 'both', reason: 'A mandate.' };
const person = { person: 'p-01', reason: 'An insider.' };

test.each([
  ['a restriction', RestrictionRow, restriction],
  ['a restriction of a person', PersonRestrictionRow, person],
])('%s names an instrument or an issuer, since one that names neither would restrict nothing', (_, schema, row) => {
  expect(schema.safeParse(row).success).toBe(false);
  expect(schema.safeParse({ ...row, instrument: 'demo-index' }).success).toBe(true);
  expect(schema.safeParse({ ...row, issuer: 'example-issuer' }).success).toBe(true);
});

const head = { v: 1, asOf: '2020-03-06T12:00:00.000000000Z', source: 'Worked examples.' };
const share = { instrument: 'demo-index', isThreshold: false, preBorrowed: [] };
const located = {
  id: 'L-1',
  account: 'main',
  instrument: 'demo-index',
  quantity: '100',
  lender: 'Example lender',
  from: '2020-03-06T12:00:00.000000000Z',
  to: '2020-03-07T00:00:00.000000000Z',
};
const trader = { trader: 'p-01', accounts: ['main'], desks: ['index'] };
const account = { account: 'main', client: 'house', state: 'open', environment: 'paper' };
const rate = { from: 'EUR', to: 'USD', rate: '1.1', at: '2020-03-06T12:00:00.000000000Z' };
const margin = { initialBps: 5_000, maintenanceBps: 2_500 };
const entitlements = { ...head, kind: 'entitlements', traders: [], accounts: [], algorithms: [] };

test.each([
  [
    'a share under Regulation SHO',
    ShortSaleFile,
    (...rows: object[]) => ({ ...head, kind: 'short-sale', rows }),
    { ...share, closeOut: { from: '2020-03-05' } },
    share,
    { ...share, instrument: 'other' },
  ],
  [
    'a locate',
    LocatesFile,
    (...rows: object[]) => ({ ...head, kind: 'locates', easyToBorrow: [], rows }),
    located,
    { ...located, quantity: '900' },
    { ...located, id: 'L-2' },
  ],
  [
    'a trader',
    EntitlementsFile,
    (...traders: object[]) => ({ ...entitlements, traders }),
    { ...trader, to: '2020-01-31' },
    trader,
    { ...trader, trader: 'p-02' },
  ],
  [
    'an account',
    EntitlementsFile,
    (...accounts: object[]) => ({ ...entitlements, accounts }),
    { ...account, state: 'closed' },
    account,
    { ...account, account: 'second' },
  ],
  [
    'a rate',
    RatesFile,
    (...rows: object[]) => ({ ...head, kind: 'rates', rows }),
    rate,
    { ...rate, rate: '0.1' },
    { ...rate, to: 'GBP' },
  ],
  [
    'a margin rate',
    MarginsFile,
    (...rows: object[]) => ({ ...head, kind: 'margins', rows }),
    { ...margin, assetClass: 'equity' },
    { ...margin, assetClass: 'equity', initialBps: 0 },
    { ...margin, assetClass: 'equity', instrument: 'demo-index' },
  ],
])('two rows for %s refuse the file, since one of them could permit what the other does not', (...row) => {
  const [, schema, file, first, same, other] = row;
  expect(schema.safeParse(file(first, same)).error?.issues[0]?.message).toBe('a key stands more than once');
  expect(schema.safeParse(file(first, other)).success).toBe(true);
});

test('a price test lasts beyond the day that triggered it', () => {
  const tested = (to: string) => ShortSaleRow.safeParse({ ...share, priceTest: { from: '2020-03-06', to } }).success;
  expect(tested('2020-03-06')).toBe(false);
  expect(tested('2020-03-09')).toBe(true);
});
