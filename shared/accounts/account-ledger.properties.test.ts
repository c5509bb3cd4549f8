import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, type JsonValue } from '../journal/canonical.ts';
import { decode, encode } from '../schema/decode.ts';
import { asPrice, asQuantity } from '../values/amounts.ts';
import { decimal, equal, fromUnits, isZero, toText } from '../values/decimal.ts';
import { AccountLedger } from './account-ledger.ts';
import { STEPS_KEPT } from './holding.ts';
import {
  actionEntry,
  BNB,
  changeEntry,
  deps,
  type Entry,
  EUR,
  fillEntry,
  fold,
  minute,
  price,
  USD,
} from './ledger-fixture.ts';
import { unbalanced } from './ledger-identity.ts';
import { LedgerState, ledgerOfState, stateOfLedger } from './ledger-state.ts';
import { lotQuantity } from './lots.ts';

const money = fc.bigInt({ min: -5_000n, max: 5_000n }).map((units) => fromUnits(units, 2));
const size = fc.bigInt({ min: 1n, max: 40_000n }).map((units) => asQuantity(fromUnits(units, 3)));
const paid = fc.bigInt({ min: 1n, max: 9_000_000n }).map((units) => asPrice(fromUnits(units, 5)));
const moment = fc.integer({ min: 0, max: 240 }).map(minute);
const instrument = fc.constantFrom('ACME', 'ACNE', 'BOND');
const anyFigures = fc.record({ quantity: size, price: paid, fee: money });

const anyDraft = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('fill' as const),
      instrument,
      side: fc.constantFrom('buy' as const, 'sell' as const),
      figures: anyFigures,
      at: moment,
      feeCurrency: fc.constantFrom(undefined, BNB, EUR),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      which: fc.nat(20),
      after: fc.option(anyFigures, { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('action' as const),
      instrument,
      at: moment,
      action: fc.oneof(
        fc.record({
          kind: fc.constant('split' as const),
          numerator: fc.integer({ min: 1, max: 7 }),
          denominator: fc.integer({ min: 1, max: 7 }),
          lot: fc.constantFrom(asQuantity(decimal('1')), asQuantity(decimal('0.001'))),
        }),
        fc.record({
          kind: fc.constant('split' as const),
          numerator: fc.integer({ min: 1, max: 7 }),
          denominator: fc.integer({ min: 1, max: 7 }),
        }),
        fc.record({ kind: fc.constant('dividend' as const), perUnit: money, currency: fc.constantFrom(USD, EUR) }),
        fc.record({ kind: fc.constant('rename' as const), into: fc.constantFrom('ACNE', 'NEWCO') }),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('adjust' as const),
      instrument,
      quantity: money,
      cost: money,
      isCash: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('cash' as const),
      amount: money,
      reason: fc.constantFrom(
        'deposit' as const,
        'withdrawal' as const,
        'funding' as const,
        'financing' as const,
        'interest' as const,
        'fee' as const,
        'fraction' as const,
        'dividend' as const,
      ),
      currency: fc.constantFrom(USD, EUR, BNB),
    }),
  },
);
type Draft = typeof anyDraft extends fc.Arbitrary<infer Value> ? Value : never;

function entryOf(draft: Draft, index: number): Entry {
  const at = minute(index);
  if (draft.kind === 'fill') {
    const { instrument: id, side, figures: dealt, feeCurrency } = draft;
    const fee = feeCurrency === undefined ? {} : { feeCurrency };
    return fillEntry({ fill: `F${index}`, instrument: id, side, ...dealt, at: draft.at, ...fee });
  }
  if (draft.kind === 'change') {
    const entry = changeEntry(`F${index - draft.which}`);
    if (entry.kind !== 'fill-change' || draft.after === undefined) return entry;
    return { ...entry, body: { ...entry.body, change: 'correct', after: draft.after } };
  }
  if (draft.kind === 'action') {
    const action =
      draft.action.kind === 'rename' && draft.action.into === draft.instrument
        ? { ...draft.action, into: 'NEWCO' }
        : draft.action;
    const entry = actionEntry(`C${index}`, action, draft.at);
    return entry.kind === 'corporate-action'
      ? { ...entry, body: { ...entry.body, instrument: draft.instrument } }
      : entry;
  }
  if (draft.kind === 'cash') {
    const { amount, reason, currency: of } = draft;
    return { kind: 'cash', body: { v: 1, account: 'main', currency: of, amount, reason, at, note: 'A test.' } };
  }
  const change = draft.isCash
    ? { kind: 'cash' as const, currency: EUR, amount: draft.cost }
    : {
        kind: 'position' as const,
        instrument: draft.instrument,
        currency: USD,
        quantity: draft.quantity,
        cost: draft.cost,
      };
  return {
    kind: 'adjustment',
    body: { v: 1, id: `A${index}`, account: 'main', by: 'P-1', reason: 'A test.', at, change },
  };
}

/** So long that holdings forget their oldest steps on the way. */
const anyStream = fc.array(anyDraft, { minLength: 1, maxLength: 3 * STEPS_KEPT }).map((drafts) => drafts.map(entryOf));

test('I10 after every entry of any kind the books of every currency balance to the last digit, by both methods', () => {
  fc.assert(
    fc.property(anyStream, (stream) => {
      const place = { account: 'main', instrument: 'ACME', side: 'buy' as const, currency: USD };
      const ledger = new AccountLedger({ ...deps, placeOf: () => place });
      for (const entry of stream) {
        fold(ledger, entry);
        expect(unbalanced(ledger.books('main'))).toEqual([]);
        for (const [, { average, lots }] of ledger.holdings('main')) {
          expect(equal(average.quantity, lotQuantity(lots))).toBe(true);
          expect(new Set(lots.open.map((lot) => lot.quantity.units > 0n)).size).toBeLessThan(2);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('a ledger that goes on from what it kept goes on the same', () => {
  fc.assert(
    fc.property(anyStream, fc.nat(100), (stream, cut) => {
      const whole = new AccountLedger(deps);
      let parted = new AccountLedger(deps);
      for (const [index, entry] of stream.entries()) {
        if (index === cut % stream.length) parted = restarted(parted);
        fold(whole, entry);
        fold(parted, entry);
      }
      expect(kept(parted)).toEqual(kept(whole));
    }),
    { numRuns: 30 },
  );
});

test('the totals of both methods are the same wherever a position is closed', () => {
  const anyFills = fc.array(
    anyDraft.filter((draft) => draft.kind === 'fill'),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(anyFills, (drafts) => {
      const ledger = new AccountLedger(deps);
      for (const [index, draft] of drafts.entries()) {
        const entry = entryOf(draft, index);
        if (entry.kind !== 'fill') continue;
        ledger.fill({ ...entry.body, instrument: 'ACME' });
        const held = ledger.holding('main', 'ACME')?.average.quantity ?? decimal('0');
        if (isZero(held)) continue;
        const side = held.units > 0n ? 'sell' : 'buy';
        const rest = asQuantity(held.units > 0n ? held : { ...held, units: -held.units });
        ledger.fill({ ...entry.body, fill: `X${index}`, instrument: 'ACME', side, quantity: rest, price: price('7') });
        const closed = ledger.holding('main', 'ACME');
        expect(equal(closed?.average.realised ?? held, closed?.lots.realised ?? decimal('0'))).toBe(true);
        expect([closed?.lots.open.length, toText(closed?.average.cost ?? held)]).toEqual([0, '0']);
      }
    }),
  );
});

function kept(ledger: AccountLedger) {
  return JSON.parse(canonicalJson(encode(LedgerState, stateOfLedger(ledger.snapshot())) as JsonValue));
}

function restarted(ledger: AccountLedger): AccountLedger {
  return new AccountLedger(deps, ledgerOfState(decode(LedgerState, kept(ledger), 'a ledger')));
}
