import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import {
  add,
  compare,
  type Decimal,
  decimal,
  multiply,
  subtract,
  sum,
  toText,
  trim,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { restOf } from './aggregates/order-rest.ts';
import type { CheckInput } from './define-control.ts';
import { exampleFacts, exampleOrder } from './examples/base.ts';
import { exampleFiles } from './examples/files.ts';
import { holding } from './examples/holding.ts';
import { cellText, exampleOwn, type OwnOverrides, totalsText } from './examples/own.ts';
import { exposureAfter, sumInFirmCurrency, valueOfCell } from './exposure-after.ts';
import type { InstrumentCell, OwnFacts } from './own-facts.ts';
import type { ExposureSums, Valuation } from './valuation.ts';

const valuation: Valuation = { marketOrderBps: decimal('0.02'), markAgeMsMax: 60_000, rateAgeMsMax: 3_600_000 };
const ids = ['demo-index', 'fund-two', 'fund-three'] as const;
const AT = exampleFacts().now;

interface Entered {
  readonly id: string;
  readonly account: 'main' | 'other';
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly quantity: number;
  readonly filled: number;
}

/** A small firm: what its accounts hold, what is open, and what everything is worth. */
interface World {
  readonly held: readonly {
    readonly account: 'main' | 'other';
    readonly instrument: string;
    readonly position: number;
  }[];
  readonly open: readonly Entered[];
  readonly worth: ReadonlyMap<string, { readonly mark: Decimal; readonly multiplier: Decimal; readonly euro: boolean }>;
}

const account = fc.constantFrom('main', 'other');
const instrument = fc.constantFrom(...ids);
const world: fc.Arbitrary<World> = fc.record({
  held: fc.array(fc.record({ account, instrument, position: fc.integer({ min: -300, max: 300 }) }), { maxLength: 6 }),
  open: fc
    .array(
      fc.record({
        account,
        instrument,
        side: fc.constantFrom('buy', 'sell'),
        quantity: fc.integer({ min: 2, max: 200 }),
        filled: fc.integer({ min: 0, max: 1 }),
      }),
      { maxLength: 6 },
    )
    .map((orders) => orders.map((order, index) => ({ ...order, id: `W-${index}` }))),
  worth: fc
    .tuple(
      ...ids.map(() =>
        fc.record({ cents: fc.integer({ min: 1, max: 200_000 }), five: fc.boolean(), euro: fc.boolean() }),
      ),
    )
    .map(
      (values) =>
        new Map(
          values.map(({ cents, five, euro }, index) => [
            ids[index] ?? '',
            { mark: { units: BigInt(cents), scale: 2 }, multiplier: decimal(five ? '5' : '1'), euro },
          ]),
        ),
    ),
});

function has(scope: ScopeText, one: { readonly account: string }): boolean {
  return scope === 'firm' || scope === `account:${one.account}`;
}

function whole(value: number): Decimal {
  return { units: BigInt(value), scale: 0 };
}

function cellOf({ held, open, worth }: World, scope: ScopeText, id: string): InstrumentCell {
  const value = worth.get(id);
  if (value === undefined) throw new Error(`no instrument ${id}`);
  const rest = (side: string): Decimal =>
    sum(
      open
        .filter((one) => has(scope, one) && one.instrument === id && one.side === side)
        .map(({ quantity, filled }) => whole(quantity - filled)),
    );
  return {
    currency: currency(value.euro ? 'EUR' : 'USD'),
    multiplier: value.multiplier,
    position: sum(
      held.filter((one) => has(scope, one) && one.instrument === id).map(({ position }) => whole(position)),
    ),
    openBuy: rest('buy'),
    openSell: rest('sell'),
    mark: value.mark,
    markAt: AT,
  };
}

/** All sums of a scope anew from its parts; what is extra counts for one instrument. */
function naive(of: World, scope: ScopeText, extra?: { readonly order: Order; readonly price: Decimal }) {
  const rows = ids.map((id) => {
    const cell = cellOf(of, scope, id);
    const unit = multiply(cell.mark ?? ZERO, cell.multiplier);
    const isOrders = extra?.order.instrument === id;
    const more = isOrders ? multiply(multiply(extra.order.quantity, extra.price), cell.multiplier) : ZERO;
    const isBuy = extra?.order.side === 'buy';
    const net = multiply(cell.position, unit);
    const long = add(add(net, multiply(cell.openBuy, unit)), isBuy ? more : ZERO);
    const short = subtract(subtract(net, multiply(cell.openSell, unit)), isBuy ? ZERO : more);
    const sizes = [long, short].map((value) => (value.units < 0n ? { ...value, units: -value.units } : value));
    const gross = sizes.reduce((most, value) => (compare(value, most) > 0 ? value : most), ZERO);
    return { currency: cell.currency, long, short, gross, net };
  });
  const total = (name: keyof ExposureSums, of2 = rows): Decimal => sum(of2.map((row) => row[name]));
  const per = (code: string) => rows.filter((row) => row.currency === code);
  const sums = (code: string) => ({
    currency: currency(code),
    long: total('long', per(code)),
    short: total('short', per(code)),
    gross: total('gross', per(code)),
    net: total('net', per(code)),
  });
  return [sums('USD'), sums('EUR')];
}

function inDollars(rows: ReturnType<typeof naive>, name: keyof ExposureSums): string {
  return toText(trim(sum(rows.map((row) => multiply(row[name], decimal(row.currency === 'EUR' ? '1.10' : '1'))))));
}

function ownOf(of: World): OwnFacts {
  const zero = { isValued: true, pnl: ZERO, pnlAtDayStart: ZERO, pnlDayPeak: ZERO, pnlPeak: ZERO };
  const own: OwnFacts = {
    ...exampleOwn(),
    room: ({ replaces }) => {
      const replaced = replaces === undefined ? undefined : own.openOrder(replaces);
      return replaced === undefined ? [] : [{ order: replaced.order, open: restOf(replaced), held: ZERO }];
    },
    cell: (scope, id) => cellOf(of, scope, id),
    totals: (scope) => naive(of, scope).map((row) => ({ ...row, ...zero })),
    oldestMarkAt: () => AT,
    openOrder: (id) => {
      const found = of.open.find((one) => one.id === id);
      if (found === undefined) return undefined;
      const { filled, quantity, side, instrument: at, account: owner } = found;
      const shortSaleMark = side === 'buy' ? 'not-a-sale' : 'long';
      const order = exampleOrder({ id, quantity: `${quantity}`, side, shortSaleMark, instrument: at, account: owner });
      return { order, state: 'working', filled: whole(filled) };
    },
  };
  return own;
}

interface Asked {
  readonly quantity: number;
  readonly side: 'buy' | 'sell';
  readonly limitCents: number | undefined;
  readonly replaces: number | undefined;
  readonly scope: ScopeText;
}

const asked: fc.Arbitrary<Asked> = fc.record({
  quantity: fc.integer({ min: 1, max: 500 }),
  side: fc.constantFrom('buy', 'sell'),
  limitCents: fc.option(fc.integer({ min: 1, max: 200_000 }), { nil: undefined }),
  replaces: fc.option(fc.nat({ max: 5 }), { nil: undefined }),
  scope: fc.constantFrom('firm', 'account:main', 'account:other'),
});

function orderOf({ quantity, side, limitCents, replaces }: Asked, of: World): Order {
  const replaced = replaces === undefined ? undefined : of.open[replaces]?.id;
  return exampleOrder({
    quantity: `${quantity}`,
    side,
    shortSaleMark: side === 'buy' ? 'not-a-sale' : 'long',
    currency: of.worth.get('demo-index')?.euro === true ? 'EUR' : 'USD',
    ...(limitCents === undefined
      ? { type: 'market', limitPrice: null }
      : { limitPrice: toText({ units: BigInt(limitCents), scale: 2 }) }),
    ...(replaced === undefined ? {} : { replaces: replaced }),
  });
}

function inputOf(own: OwnFacts, order: Order): CheckInput {
  return { order, facts: exampleFacts(), files: exampleFiles(), own, currency: currency('USD') };
}

function input(overrides: OwnOverrides, order = exampleOrder(), files = exampleFiles()): CheckInput {
  return { order, facts: exampleFacts(), files, own: exampleOwn(overrides), currency: currency('USD') };
}

function reasonOf(overrides: OwnOverrides, order = exampleOrder(), files = exampleFiles()): string {
  const judged = exposureAfter(input(overrides, order, files), 'firm', { valuation });
  return judged.kind === 'known' ? 'known' : judged.reason;
}

function highest(order: Order, mark: Decimal): Decimal {
  const reference = decimal('1000.00');
  const known = order.limitPrice ?? decimal('1020.00');
  const candidates = order.side === 'sell' ? [known, reference, mark] : [known, mark];
  return candidates.reduce((most, value) => (compare(value, most) > 0 ? value : most));
}

test('what is worked out by difference is what counting everything anew comes to', () => {
  fc.assert(
    fc.property(world, asked, (of, ask) => {
      const order = orderOf(ask, of);
      const input = { ...inputOf(ownOf(of), order), exposures: [] };
      // What other scopes of the same decision were told before is not mistaken for this one's.
      for (const scope of ['firm', 'account:main', 'account:other'] as const)
        exposureAfter(input, scope, { valuation });
      const judged = exposureAfter(input, ask.scope, { valuation });
      if (judged.kind === 'unknown') throw new Error(judged.reason);
      const left = {
        ...of,
        open: of.open.filter(({ id, instrument: at }) => id !== order.replaces || at !== 'demo-index'),
      };
      const price = highest(order, of.worth.get('demo-index')?.mark ?? ZERO);
      const anew = naive(left, ask.scope, { order, price });
      for (const name of ['long', 'short', 'gross', 'net'] as const) {
        expect(toText(trim(judged.exposure.all[name]))).toBe(inDollars(anew, name));
      }
    }),
    { numRuns: 300 },
  );
});

test('an order never counts for less while it is judged than afterwards at the same marks', () => {
  fc.assert(
    fc.property(world, asked, (of, ask) => {
      const order = orderOf({ ...ask, replaces: undefined }, of);
      const judged = exposureAfter(inputOf(ownOf(of), order), 'firm', { valuation });
      if (judged.kind === 'unknown') throw new Error(judged.reason);
      const { side } = order;
      const entered = {
        id: 'W-9',
        account: 'main',
        instrument: 'demo-index',
        side,
        quantity: ask.quantity,
        filled: 0,
      } as const;
      const after = naive({ ...of, open: [...of.open, entered] }, 'firm');
      expect(compare(judged.exposure.all.gross, decimal(inDollars(after, 'gross')))).toBeGreaterThanOrEqual(0);
      expect(compare(judged.exposure.all.long, decimal(inDollars(after, 'long')))).toBeGreaterThanOrEqual(0);
      expect(compare(judged.exposure.all.short, decimal(inDollars(after, 'short')))).toBeLessThanOrEqual(0);
    }),
  );
});

test('a limit one cent below the mark counts at the mark, one cent above it at the limit', () => {
  const grossAt = (limitPrice: string): string => {
    const judged = exposureAfter(input(holding({}), exampleOrder({ limitPrice })), 'firm', { valuation });
    return judged.kind === 'known' ? toText(judged.exposure.all.gross) : judged.reason;
  };
  expect(grossAt('999.99')).toBe('50000.00');
  expect(grossAt('1000.01')).toBe('50000.50');
});

test('the answer of one decision is worked out once for the same question, and its cells once for a scope', () => {
  let asks = 0;
  let sums = 0;
  const own = exampleOwn();
  const counted: OwnFacts = {
    ...own,
    cell: (scope, id) => {
      asks += 1;
      return own.cell(scope, id);
    },
    totals: (scope, day, group) => {
      sums += 1;
      return own.totals(scope, day, group);
    },
  };
  const shared: CheckInput = { ...inputOf(counted, exampleOrder()), exposures: [] };
  const first = exposureAfter(shared, 'firm', { valuation });
  expect(exposureAfter(shared, 'firm', { valuation: { ...valuation } })).toBe(first);
  expect(asks).toBe(1);
  const others = [{ markAgeMsMax: 59_999 }, { rateAgeMsMax: 1 }, { marketOrderBps: decimal('0.03') }].map((change) => ({
    valuation: { ...valuation, ...change },
  }));
  for (const question of others) exposureAfter(shared, 'firm', question);
  exposureAfter(shared, 'desk:index', { valuation });
  exposureAfter(shared, 'firm', { valuation, group: 'sector:energy' });
  expect(asks).toBe(2);
  expect(sums).toBe(6);
  expect(shared.exposures?.flatMap(({ answers }) => answers)).toHaveLength(6);
});

test('a group is asked for with the scope, and the order is added to it', () => {
  const groups: (string | undefined)[] = [];
  const own = exampleOwn();
  const counted: OwnFacts = {
    ...own,
    totals: (scope, day, group) => {
      groups.push(group);
      return own.totals(scope, day, group);
    },
  };
  const judged = exposureAfter(inputOf(counted, exampleOrder()), 'firm', { valuation, group: 'tier:liquid' });
  expect(groups).toEqual(['tier:liquid']);
  expect(judged.kind === 'known' && toText(judged.exposure.all.gross)).toBe('50000.00');
});

test('what is missing, too old or does not add up gives no exposure, and says so', () => {
  const market = exampleOrder({ type: 'market', limitPrice: null });
  expect(reasonOf(holding({ position: '10' }))).toBe('known');
  expect(reasonOf({ ...holding({ position: '10' }), oldestMarkAt: '2020-03-06T20:28:59.999999999Z' })).toBe(
    'The oldest price of what is held is too old.',
  );
  expect(reasonOf({ ...holding({ position: '10' }), oldestMarkAt: '2020-03-06T20:30:00.000000001Z' })).toBe(
    'The oldest price of what is held is from the future.',
  );
  expect(reasonOf({}, exampleOrder({ currency: 'EUR' }))).toBe('The order is not in the currency of its instrument.');
  expect(reasonOf({ cell: cellText({ multiplier: '0' }) })).toBe('The contract multiplier is not above zero.');
  expect(reasonOf({ ...holding({ position: '10' }), cell: cellText({ position: '10', mark: undefined }) })).toBe(
    'The price of what is held is not known.',
  );
  expect(reasonOf({ ...holding({ position: '10' }), cell: cellText({ position: '10', mark: '0' }) })).toBe(
    'The price of what is held is not known.',
  );
  expect(reasonOf({ ...holding({ openBuy: '-1' }) })).toBe('A quantity of the open orders is below zero.');
  expect(reasonOf({ cell: cellText({ position: '10' }) })).toBe('The records of the scope do not add up.');
  expect(reasonOf({ totals: [totalsText({ isValued: false })] })).toBe(
    'The price of something that is held is not known.',
  );
  expect(reasonOf({ totals: [totalsText({ currency: 'JPY', gross: '1' })] })).toBe(
    'The rate from JPY to USD is not known.',
  );
  expect(reasonOf({ totals: [totalsText({ currency: 'JPY' })] })).toBe('known');
  const bare = { ...inputOf(exampleOwn(), market), facts: exampleFacts({ reference: null }) };
  expect(exposureAfter(bare, 'firm', { valuation })).toMatchObject({ reason: 'The reference price is not known.' });
});

test('a first order in an instrument without any mark counts at its own price', () => {
  const own = { cell: cellText({ mark: undefined, markAt: undefined }) };
  const judged = exposureAfter(input(own, exampleOrder({ limitPrice: '900.00' })), 'firm', { valuation });
  expect(judged.kind === 'known' && toText(judged.exposure.all.gross)).toBe('45000.00');
});

test('an order in another currency counts at the rate, and refuses without one', () => {
  const own = holding({ currency: 'EUR' });
  const order = exampleOrder({ currency: 'EUR' });
  const judged = exposureAfter(input(own, order), 'firm', { valuation });
  expect(judged.kind === 'known' && toText(trim(judged.exposure.all.gross))).toBe('55000');
  expect(judged.kind === 'known' && toText(trim(judged.exposure.instrument.gross))).toBe('55000');
  expect(judged.kind === 'known' && toText(judged.exposure.local.gross)).toBe('50000.00');
  expect(reasonOf(own, order, exampleFiles({ rates: null }))).toBe('The file of exchange rates is not known.');
});

test('an order of another scope that is replaced stays in, one of another instrument as well', () => {
  const own = (changes: object): OwnOverrides => ({
    ...holding({ openBuy: '40' }),
    orders: [{ order: { id: 'O-0', quantity: '40', ...changes } }],
  });
  const grossOf = (changes: object): string => {
    const asked = { ...input(own(changes), exampleOrder({ replaces: 'O-0' })), exposures: [] };
    // It has the same in the instrument, and yet not the same taken out.
    exposureAfter(asked, 'account:other', { valuation });
    const judged = exposureAfter(asked, 'account:main', { valuation });
    return judged.kind === 'known' ? toText(judged.exposure.all.gross) : judged.reason;
  };
  expect(grossOf({})).toBe('50000.00');
  expect(grossOf({ account: 'other' })).toBe('90000.00');
  expect(grossOf({ instrument: 'fund-two' })).toBe('90000.00');
});

test('an instrument that holds nothing is worth nothing, whatever its price', () => {
  const cell = exampleOwn({ cell: cellText({ mark: undefined }) }).cell('firm', 'demo-index');
  expect(cell === undefined ? undefined : valueOfCell(cell)).toMatchObject({ gross: ZERO });
});

test('sums of several currencies are added at their rates', () => {
  const row = (code: string, text: string) => ({
    currency: currency(code),
    long: decimal(text),
    short: decimal(text),
    gross: decimal(text),
    net: decimal(text),
  });
  const added = sumInFirmCurrency([row('USD', '100'), row('EUR', '10')], input({}), 3_600_000);
  expect(added.kind === 'known' && toText(trim(added.sums.long))).toBe('111');
  expect(sumInFirmCurrency([row('USD', '100'), row('JPY', '10')], input({}), 3_600_000).kind).toBe('unknown');
});
