import { exampleFacts, exampleOrder } from '@gatehouse/compliance/examples/base.ts';
import { unbalanced } from '@gatehouse/shared/accounts/ledger-identity.ts';
import { canonicalJson } from '@gatehouse/shared/journal/canonical.ts';
import type { BreakBody, CorporateActionBody, EntryBody, FillBody } from '@gatehouse/shared/schema/bodies.ts';
import { asPrice, asQuantity } from '@gatehouse/shared/values/amounts.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { type Instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import type { Book } from './book.ts';
import { emptyBook } from './engine-fixture.ts';

const HASH = '0'.repeat(64);
const AT = parseInstant('2026-01-05T15:00:00Z');
const LATER = parseInstant('2026-01-06T14:30:00Z');
const order = exampleOrder({ id: 'O-1' });
const { account, instrument, venue, side } = order;
const home = order.currency;
const BNB = currency('BNB');

const entered: readonly EntryBody[] = [
  { kind: 'intent', body: { v: 1, order } },
  {
    kind: 'decision',
    body: {
      v: 2,
      order: 'O-1',
      outcome: 'approved',
      sheet: HASH,
      controls: HASH,
      haltEpoch: 0,
      facts: exampleFacts(),
      rows: [],
    },
  },
  { kind: 'order', body: { v: 1, order: 'O-1', state: 'sent', at: AT } },
];

function filled(changes: Partial<FillBody> = {}): EntryBody {
  const figures = { quantity: asQuantity(decimal('3')), price: asPrice(decimal('10')), fee: decimal('0.01') };
  const place = { order: 'O-1', account, instrument, venue, side, currency: home };
  return { kind: 'fill', body: { v: 1, fill: 'F-1', ...place, ...figures, feeCurrency: BNB, at: AT, ...changes } };
}

function bust(fill = 'F-1', orderId = 'O-1'): EntryBody {
  const before = { quantity: asQuantity(decimal('3')), price: asPrice(decimal('10')), fee: decimal('0.01') };
  return {
    kind: 'fill-change',
    body: { v: 1, fill, order: orderId, change: 'bust', before, at: LATER, reason: 'Clearly erroneous.' },
  };
}

function action(change: CorporateActionBody['action'], id = 'C-1'): EntryBody {
  return {
    kind: 'corporate-action',
    body: { v: 1, id, instrument, exDay: '2026-01-06', at: LATER, source: 'The issuer.', action: change },
  };
}

function difference(id: string, step: BreakBody['step'], changes: Partial<BreakBody> = {}): EntryBody {
  const head = {
    v: 1 as const,
    id,
    step,
    subject: 'fill' as const,
    between: ['journal', 'venue'] as ['journal', 'venue'],
  };
  return { kind: 'break', body: { ...head, venue, account, key: 'F-9', since: AT, at: AT, ...changes } };
}

function bookOf(...entries: readonly EntryBody[]): Book {
  const book = emptyBook();
  for (const entry of entries) {
    book.fold(entry, AT);
    expect(unbalanced(book.books(account))).toEqual([]);
  }
  return book;
}

const deposit: EntryBody = {
  kind: 'cash',
  body: { v: 1, account, currency: home, amount: decimal('1000'), reason: 'deposit', at: AT, note: 'The opening.' },
};

test('cash is kept by currency; without a name it is that of the only one, and of several it is not guessed', () => {
  const alone = bookOf(deposit);
  expect([toText(alone.cash(account)), alone.hasDeposit(account)]).toEqual(['1000', true]);
  const several = bookOf(deposit, ...entered, filled());
  expect(toText(several.cash(account, home))).toBe('970');
  expect(toText(several.cash(account, BNB))).toBe('-0.01');
  expect(several.balances(account).map((one) => one.currency)).toEqual([BNB, home].sort());
  expect(() => several.cash(account)).toThrowError(expect.objectContaining({ code: 'INVARIANT_BROKEN' }));
});

test('a bust takes back what the order and its algorithm had of the execution, and cash and position', () => {
  const book = bookOf(deposit, ...entered, filled(), filled({ fill: 'F-2' }), bust());
  expect(toText(book.order('O-1')?.filled ?? decimal('9'))).toBe('3');
  expect(toText(book.held(order.algorithm.id, instrument))).toBe('3');
  expect(toText(book.position(account, instrument).quantity)).toBe('3');
  expect(toText(book.cash(account, home))).toBe('970');
  expect([book.fill('F-1')?.isBusted, book.fill('F-2')?.isBusted, book.hasFill('F-1')]).toEqual([true, false, true]);
  expect(book.tally).toMatchObject({ fills: 2, busts: 1 });
});

test('a change of an execution that nobody knows is counted and books nothing', () => {
  const book = bookOf(deposit, bust('F-7', 'O-7'));
  expect(book.tally).toMatchObject({ 'fill-changes-unplaced': 1 });
  expect(toText(book.cash(account))).toBe('1000');
});

test('a split moves what is held, whose it is, and the last price, and a new symbol takes all three along', () => {
  const split = bookOf(...entered, filled(), action({ kind: 'split', numerator: 2, denominator: 1 }));
  const [held] = split.positions(account);
  expect([toText(held?.position.quantity ?? AS_NONE), toText(held?.lastPrice?.price ?? AS_NONE)]).toEqual(['6', '5']);
  expect(toText(split.held(order.algorithm.id, instrument))).toBe('6');
  split.fold(action({ kind: 'rename', into: 'NEWCO' }, 'C-2'), LATER);
  const [renamed] = split.positions(account);
  expect([renamed?.instrument, toText(renamed?.lastPrice?.price ?? AS_NONE)]).toEqual(['NEWCO', '5']);
  expect([toText(split.held(order.algorithm.id, 'NEWCO')), toText(split.held(order.algorithm.id, instrument))]).toEqual(
    ['6', '0'],
  );
});

test('a break is open until it is resolved, keeps what a step leaves out, and grows old', () => {
  const assigned = difference('B-1', 'assigned', { owner: 'P-1' });
  const book = bookOf(
    difference('B-1', 'found', { cause: 'missed-fill' }),
    difference('B-2', 'found', { since: LATER }),
    assigned,
  );
  const noon: Instant = parseInstant('2026-01-06T15:00:00Z');
  const aged = book.breaks.aged(noon).map(({ body, ageMs }) => [body.id, body.owner, body.cause, ageMs]);
  expect(aged).toEqual([
    ['B-1', 'P-1', 'missed-fill', 86_400_000],
    ['B-2', undefined, undefined, 1_800_000],
  ]);
  book.fold(difference('B-1', 'resolved', { cause: 'late-report' }), LATER);
  expect(book.breaks.all.map(({ id }) => id)).toEqual(['B-2']);
  expect(book.tally).toMatchObject({ 'breaks:found': 2, 'breaks:assigned': 1, 'breaks:resolved': 1 });
});

test('orders that are open are counted by state', () => {
  expect(bookOf(...entered).stateCounts()).toEqual({ sent: 1 });
  expect(
    bookOf(...entered, { kind: 'order', body: { v: 1, order: 'O-1', state: 'cancelled', at: AT } }).stateCounts(),
  ).toEqual({});
});

test('I9 a book with every kind of entry goes on from its snapshot as if it had never stopped', () => {
  const adjusted: EntryBody = {
    kind: 'adjustment',
    body: {
      v: 1,
      id: 'A-1',
      account,
      by: 'P-1',
      reason: 'Seen on the statement.',
      at: LATER,
      change: { kind: 'position', instrument, currency: home, quantity: decimal('-1'), cost: decimal('-9.99') },
    },
  };
  const entries = [
    deposit,
    ...entered,
    filled(),
    filled({ fill: 'F-2' }),
    difference('B-1', 'found'),
    bust(),
    action({ kind: 'dividend', perUnit: decimal('0.5'), currency: home }, 'D-1'),
    action({ kind: 'split', numerator: 3, denominator: 2 }),
    adjusted,
    action({ kind: 'rename', into: 'NEWCO' }, 'C-2'),
  ];
  const whole = bookOf(...entries);
  for (let cut = 0; cut <= entries.length; cut += 1) {
    const book = emptyBook(bookOf(...entries.slice(0, cut)).snapshot());
    for (const entry of entries.slice(cut)) book.fold(entry, AT);
    expect(canonicalJson(book.snapshot())).toBe(canonicalJson(whole.snapshot()));
  }
});

test('a snapshot of the form before this one is refused with its form and a cure, and never read as if it were empty', () => {
  const { ledger: _ledger, breaks: _breaks, ...rest } = emptyBook().snapshot() as Readonly<Record<string, never>>;
  const old = { ...rest, v: 2, positions: [], cash: [], deposits: [] };
  expect(() => emptyBook(old)).toThrowError(
    expect.objectContaining({ code: 'MESSAGE_MALFORMED', message: expect.stringContaining('form 2 where form 3') }),
  );
  expect(() => emptyBook({ ...rest, v: 3 })).toThrowError(expect.objectContaining({ code: 'MESSAGE_MALFORMED' }));
  expect(() => emptyBook([])).toThrowError(expect.objectContaining({ code: 'MESSAGE_MALFORMED' }));
});

const AS_NONE = decimal('-1');
