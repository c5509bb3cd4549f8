import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { VenueEvent, VenueFill } from '../venue.ts';
import { createClientIds } from './client-ids.ts';
import { currencyBook, fillId } from './fills.ts';
import { OrderTracker } from './order-tracker.ts';
import { type ExecutionReport, readExecutionReport } from './wire-forms.ts';

const QUANTITY = '5.00000000';

/** A report in the exchange's own words. */
function report(changes: Readonly<Record<string, unknown>>): ExecutionReport {
  return readExecutionReport({
    ...{
      e: 'executionReport',
      E: 1_700_000_000_001,
      s: 'BTCUSDT',
      c: 'O-1',
      S: 'BUY',
      o: 'LIMIT',
      f: 'GTC',
      q: QUANTITY,
    },
    ...{ p: '10.00000000', P: '0.00000000', F: '0.00000000', g: -1, C: '', x: 'NEW', X: 'NEW', r: 'NONE', i: 77 },
    ...{ l: '0.00000000', z: '0.00000000', L: '0.00000000', n: '0', N: null, T: 1_700_000_000_000, t: -1, m: false },
    ...changes,
  });
}

/** One execution of one unit; the fifth completes the order. */
function trade(count: number): ExecutionReport {
  const isAll = count === 5;
  return report({
    ...{
      x: 'TRADE',
      X: isAll ? 'FILLED' : 'PARTIALLY_FILLED',
      l: '1.00000000',
      z: `${count}.00000000`,
      L: '9.90000000',
    },
    ...{ n: '0.00100000', N: 'BNB', t: 100 + count },
  });
}

function fillAt(count: number): VenueFill {
  return {
    id: fillId('BTCUSDT', BigInt(100 + count), 'buy'),
    at: fromMillis(1_700_000_000_000),
    quantity: quantity('1.00000000'),
    price: price('9.90000000'),
    fee: decimal('0.00100000'),
    feeCurrency: currency('BNB'),
    liquidity: 'taker',
  };
}

function trackerOf(atVenue: () => readonly VenueFill[] = () => []): {
  tracker: OrderTracker;
  told: string[];
  asked: string[];
} {
  const told: string[] = [];
  const asked: string[] = [];
  const show = (event: VenueEvent): string => {
    if (event.kind === 'link') return 'link';
    if (event.kind === 'foreign') return `foreign ${event.venueOrder}`;
    const what = event.kind === 'filled' ? ` ${event.fill.id}${event.isLast ? ' last' : ''}` : '';
    return `${event.order} ${event.kind}${what}`;
  };
  const tracker = new OrderTracker({
    ids: createClientIds(),
    working: [],
    currencyOf: currencyBook({}),
    listener: (event) => told.push(show(event)),
    fillsOf: async (id) => {
      asked.push(id);
      return atVenue();
    },
    log: () => undefined,
  });
  return { tracker, told, asked };
}

const WHOLE = [
  'O-1 accepted',
  ...[1, 2, 3, 4].map((count) => `O-1 filled BTCUSDT-10${count}-buy`),
  'O-1 filled BTCUSDT-105-buy last',
];

test('reports in order are told as they come, with nothing asked', async () => {
  const { tracker, told, asked } = trackerOf();
  tracker.begin('O-1', quantity('5'));
  for (const one of [report({}), ...[1, 2, 3, 4, 5].map(trade)]) await tracker.report(one);
  expect(told).toEqual(WHOLE);
  expect(asked).toEqual([]);
  expect(tracker.open()).toEqual([]);
});

test('whatever is lost, doubled or turned round, each execution is told once and in the exchange’s order', async () => {
  const reports = [report({}), ...[1, 2, 3, 4, 5].map(trade)];
  const anyReports = fc
    .array(fc.constantFrom(...reports), { maxLength: 15 })
    .map((some) => [...some, ...reports.slice(-1)] as readonly ExecutionReport[]);
  await fc.assert(
    fc.asyncProperty(anyReports, async (some) => {
      // The exchange shows at each question what had happened by the newest report that it sent.
      let newest = 0;
      const { tracker, told } = trackerOf(() => [1, 2, 3, 4, 5].slice(0, newest).map(fillAt));
      tracker.begin('O-1', quantity('5'));
      for (const one of some) {
        newest = Math.max(newest, Number(toText(one.z)));
        await tracker.report(one);
      }
      expect(told).toEqual(WHOLE);
    }),
  );
});

test('a cancel that overtakes an execution waits until that one is told', async () => {
  const { tracker, told, asked } = trackerOf(() => [fillAt(1)]);
  await tracker.report(report({}));
  await tracker.report(report({ x: 'CANCELED', X: 'CANCELED', c: 'cancel-1', C: 'O-1', z: '1.00000000' }));
  await tracker.report(trade(1));
  expect(told).toEqual(['O-1 accepted', 'O-1 filled BTCUSDT-101-buy', 'O-1 cancelled']);
  expect(asked).toEqual(['77']);
});

test('an execution that was on its way when the order ended is told after the end', async () => {
  const { tracker, told } = trackerOf();
  await tracker.report(report({}));
  await tracker.report(report({ x: 'CANCELED', X: 'CANCELED', c: 'cancel-1', C: 'O-1' }));
  await tracker.report(trade(1));
  expect(told.slice(1)).toEqual(['O-1 cancelled', 'O-1 filled BTCUSDT-101-buy']);
});

test('what the edge had booked before it died is not told again', async () => {
  const told: string[] = [];
  const tracker = new OrderTracker({
    ids: createClientIds(),
    working: [{ order: { id: 'O-1', quantity: quantity('5') } as never, filled: decimal('2') }],
    currencyOf: currencyBook({}),
    listener: (event) => told.push(event.kind === 'filled' ? event.fill.id : event.kind),
    fillsOf: async () => [1, 2, 3, 4].map(fillAt),
    log: () => undefined,
  });
  const at = fromMillis(1_700_000_000_000);
  const found = { order: 'O-1', venueOrder: '77', quantity: quantity('5'), filled: decimal('4'), at };
  await tracker.found({ ...found, state: 'cancelled' }, 'So the exchange says.');
  expect(told).toEqual(['BTCUSDT-103-buy', 'BTCUSDT-104-buy', 'cancelled']);
});

test('an order of somebody else is told as foreign, once', async () => {
  const { tracker, told } = trackerOf();
  for (let times = 0; times < 2; times += 1) await tracker.report(report({ c: 'web_123' }));
  expect(told).toEqual(['foreign 77']);
});

test('an id is begun once, and again only where it certainly never left', () => {
  const { tracker } = trackerOf();
  expect(tracker.begin('O-1', quantity('5'))).toBe(true);
  expect(tracker.begin('O-1', quantity('5'))).toBe(false);
  tracker.refuse('O-1');
  expect(tracker.begin('O-1', quantity('5'))).toBe(false);
  expect(tracker.begin('O-2', quantity('5'))).toBe(true);
  tracker.forget('O-2');
  expect(tracker.begin('O-2', quantity('5'))).toBe(true);
});

test('an amount that comes as a number is refused, since it was a float on its way', () => {
  expect(() => report({ l: 1 })).toThrow(/execution report is malformed/);
});

test('a fee in an asset that is booked as nothing is an error, and the settings can name its currency', () => {
  expect(() => currencyBook({})('NOSUCHCOIN')).toThrow(/booked as no currency/);
  expect(currencyBook({ NOSUCHCOIN: 'USDT' })('NOSUCHCOIN')).toBe('USDT');
});
