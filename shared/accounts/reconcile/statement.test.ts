import { expect, test } from 'vitest';
import { KitError } from '../../errors.ts';
import { toText } from '../../values/decimal.ts';
import { instantText } from '../../values/instant.ts';
import { csvRows } from './csv-rows.ts';
import { parseStatement, STATEMENT_LENGTH_MAX, STATEMENT_PROBLEMS_MAX } from './statement.ts';

const HEAD = `gatehouse-statement,1
venue,BINANCE
account,main
from,2026-01-05T00:00:00Z
to,2026-01-05T23:59:59.999Z
`;
const WHOLE = `${HEAD}
[orders]
order,instrument,side,quantity,filled
O-1,BTC-USDT,buy,0.5,0.25

[fills]
time,fill,order,instrument,side,quantity,price,currency,fee,fee currency
2026-01-05T14:30:00.123Z,T:9001,O-1,BTC-USDT,buy,0.25,64000.10,USDT,0.00025,BNB
2026-01-05T14:31:00Z,9002,,BTC-USDT,sell,0.10,64010,,,

[positions]
instrument,quantity
"BTC-USDT",-0.15

[balances]
currency,amount
USDT,1000000.01
`;

function problemsOf(text: string): readonly string[] {
  try {
    parseStatement(text);
  } catch (error) {
    if (error instanceof KitError) return error.problems;
    throw error;
  }
  return [];
}

test('a statement is read to the last digit, and says who and when', () => {
  const { venue, account, records } = parseStatement(WHOLE);
  expect([venue, account, records.source, instantText(records.at)]).toEqual([
    'BINANCE',
    'main',
    'statement',
    '2026-01-05T23:59:59.999000000Z',
  ]);
  const [first, second] = records.fills?.list ?? [];
  expect(first).toMatchObject({ fill: 'T:9001', order: 'O-1', side: 'buy', currency: 'USDT', feeCurrency: 'BNB' });
  expect([first?.price, first?.fee].map((one) => one && toText(one))).toEqual(['64000.10', '0.00025']);
  expect(second).toMatchObject({ order: undefined, fee: undefined, feeCurrency: undefined, currency: undefined });
  expect(records.orders).toMatchObject([{ key: 'O-1', isOurs: true }]);
  expect(records.positions?.map(({ key, quantity }) => [key, toText(quantity)])).toEqual([['BTC-USDT', '-0.15']]);
  expect(records.balances?.map(({ key, quantity }) => [key, toText(quantity)])).toEqual([['USDT', '1000000.01']]);
});

test('a section that is absent says nothing, and one without rows says that there is nothing', () => {
  const { records } = parseStatement(`${HEAD}[positions]\ninstrument,quantity\n`);
  expect(records.positions).toEqual([]);
  expect([records.orders, records.fills, records.balances]).toEqual([undefined, undefined, undefined]);
});

test('every problem is told with its line and column, and nothing is read', () => {
  const wrong = WHOLE.replace('BTC-USDT,buy,0.5,0.25', 'BTC-USDT,bought,0.50e1,-1')
    .replace('2026-01-05T14:31:00Z', '05.01.2026 14:31')
    .replace('instrument,quantity\n"BTC', 'instrument,size\n"BTC')
    .replace('USDT,1000000.01', 'USDT,"1,000,000.01"');
  expect(problemsOf(wrong)).toEqual([
    'line 9, column 3: "bought" is neither buy nor sell',
    'line 9, column 4: "0.50e1" is no exact decimal number',
    'line 9, column 5: -1 is below zero',
    'line 14, column 1: "05.01.2026 14:31" is no UTC time like 2026-01-05T14:30:00.123Z',
    'line 17, column 2: "size" is no column of [positions]',
    'line 17, column 1: [positions] has no column quantity',
    'line 22, column 2: "1,000,000.01" is no exact decimal number',
  ]);
});

test('a head that is incomplete, twice said or upside down is refused', () => {
  expect(problemsOf('')).toContain('line 2: the line "venue,…" is missing before the first section');
  expect(problemsOf(WHOLE.replace('gatehouse-statement,1', 'gatehouse-statement,2'))).toEqual([
    'line 1, column 1: the first line is not "gatehouse-statement,1"',
  ]);
  expect(problemsOf(WHOLE.replace('account,main', 'account,a b\naccount,c'))).toEqual([
    'line 3, column 2: "a b" is no identifier',
    'line 4, column 1: account is said twice',
  ]);
  expect(problemsOf(WHOLE.replace('to,2026-01-05T23:59:59.999Z', 'to,2026-01-04T00:00:00Z'))).toContain(
    'line 2: from lies after to',
  );
});

test('what stands twice, outside its time or in an unknown section is refused', () => {
  expect(problemsOf(`${WHOLE}USDT,1\n`)).toEqual(['line 23, column 1: balances USDT is there twice']);
  expect(problemsOf(`${WHOLE}[balances]\ncurrency,amount\n`)).toEqual(['line 23, column 1: [balances] is there twice']);
  expect(problemsOf(`${WHOLE}[cash]\na,b\n1,2\n`)).toEqual([
    'line 23, column 1: "[cash]" is none of [orders], [fills], [positions], [balances]',
  ]);
  expect(problemsOf(WHOLE.replace('2026-01-05T14:31:00Z', '2026-01-06T00:00:00Z'))).toEqual([
    'fill 9002: its time lies outside from and to',
  ]);
  expect(problemsOf(`${HEAD}[positions]\n`)).toEqual(['section [positions]: its columns are not named']);
});

test('a statement that is too long is refused, and of many problems the first are told', () => {
  expect(problemsOf('x'.repeat(STATEMENT_LENGTH_MAX + 1))).toHaveLength(1);
  const rows = Array.from({ length: STATEMENT_PROBLEMS_MAX + 3 }, (_, index) => `I-${index},?`).join('\n');
  const problems = problemsOf(`${HEAD}[positions]\ninstrument,quantity\n${rows}`);
  expect(problems).toHaveLength(STATEMENT_PROBLEMS_MAX + 1);
  expect(problems.at(-1)).toBe('and 3 more');
});

test('cells in quotation marks keep commas and marks; a mark inside a plain cell is refused', () => {
  expect(csvRows('a , "b,""c""",\r\n\n"d"').rows).toEqual([
    { line: 1, cells: ['a', 'b,"c"', ''] },
    { line: 3, cells: ['d'] },
  ]);
  expect(csvRows('a,b"c').problems).toEqual(['line 1, column 2: a quotation mark stands where none can']);
  expect(csvRows('"a" b').problems).toEqual(['line 1, column 1: a quotation mark stands where none can']);
});
