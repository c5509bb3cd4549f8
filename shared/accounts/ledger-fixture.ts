import { expect } from 'vitest';
import type { EntryBody, FillBody } from '../schema/bodies.ts';
import { asPrice, asQuantity } from '../values/amounts.ts';
import { currency } from '../values/currency.ts';
import { decimal } from '../values/decimal.ts';
import { type Instant, parseInstant } from '../values/instant.ts';
import { AccountLedger } from './account-ledger.ts';
import { unbalanced } from './ledger-identity.ts';

/** The currencies of these tests. */
export const [USD, EUR, BNB] = ['USD', 'EUR', 'BNB'].map(currency) as [
  FillBody['currency'],
  FillBody['currency'],
  FillBody['currency'],
];
const DAY_ONE = parseInstant('2026-01-05T15:00:00Z');
/** A moment so many minutes after the first. Units: minutes. */
export const minute = (count: number): Instant => (DAY_ONE + BigInt(count) * 60_000_000_000n) as Instant;

type Kinds = 'fill' | 'fill-change' | 'corporate-action' | 'adjustment' | 'cash';
/** An entry of the journal that moves what an account has. */
export type Entry = Extract<EntryBody, { kind: Kinds }>;

/** Ten units bought for 10.00 each at a fee of 1.00, with changes. */
export function fillEntry(changes: Partial<FillBody> & { readonly fill: string }): Entry {
  const body: FillBody = {
    v: 1,
    order: `O-${changes.fill}`,
    account: 'main',
    instrument: 'ACME',
    venue: 'SIM',
    side: 'buy',
    quantity: asQuantity(decimal('10')),
    price: asPrice(decimal('10')),
    currency: USD,
    fee: decimal('1'),
    at: DAY_ONE,
    ...changes,
  };
  return { kind: 'fill', body };
}

/** A quantity by its text. */
export const quantity = (text: string) => asQuantity(decimal(text));
/** A price by its text. */
export const price = (text: string) => asPrice(decimal(text));

type Figures = { readonly quantity: string; readonly price: string; readonly fee: string };
const figures = ({ quantity: size, price: paid, fee }: Figures) => ({
  quantity: quantity(size),
  price: price(paid),
  fee: decimal(fee),
});
const AS_FILLED: Figures = { quantity: '10', price: '10', fee: '1' };

/** A correction of an execution, or a bust where nothing comes after it. */
export function changeEntry(fill: string, after?: Figures, before: Figures = AS_FILLED): Entry {
  const head = { v: 1 as const, fill, order: `O-${fill}`, at: minute(600), reason: 'The venue said so.' };
  const change = after === undefined ? ('bust' as const) : ('correct' as const);
  const rest = after === undefined ? {} : { after: figures(after) };
  return { kind: 'fill-change', body: { ...head, change, before: figures(before), ...rest } };
}

/** What a corporate action does. */
export type Action = Extract<Entry, { kind: 'corporate-action' }>['body']['action'];

/** A corporate action of the instrument of these tests. */
export function actionEntry(id: string, action: Action, at: Instant = minute(60)): Entry {
  const head = { v: 1 as const, id, instrument: 'ACME', exDay: '2026-01-06', at, source: 'The issuer.' };
  return { kind: 'corporate-action', body: { ...head, action } };
}

/** A position that a person set right. Units: `cost` in US dollars. */
export function adjustEntry(id: string, size: string, cost: string): Entry {
  const change = {
    kind: 'position' as const,
    instrument: 'ACME',
    currency: USD,
    quantity: decimal(size),
    cost: decimal(cost),
  };
  return {
    kind: 'adjustment',
    body: { v: 1, id, account: 'main', by: 'P-1', reason: 'Seen on paper.', at: minute(60), change },
  };
}

/** Money that came or went other than by an execution; dollars where nothing else is said. */
export function cashEntry(reason: Extract<Entry, { kind: 'cash' }>['body']['reason'], amount: string, of = USD): Entry {
  return {
    kind: 'cash',
    body: { v: 1, account: 'main', currency: of, amount: decimal(amount), reason, at: DAY_ONE, note: 'A test.' },
  };
}

/** What the ledger of these tests works with: instruments of multiplier one that lie nowhere. */
export const deps = { multiplierOf: () => decimal('1'), placeOf: () => undefined };

/** Lets a ledger take one entry, as the edge and the hub do. */
export function fold(ledger: AccountLedger, entry: Entry): void {
  if (entry.kind === 'fill') ledger.fill(entry.body);
  if (entry.kind === 'fill-change') ledger.change(entry.body);
  if (entry.kind === 'corporate-action') ledger.act(entry.body);
  if (entry.kind === 'adjustment') ledger.adjust(entry.body);
  if (entry.kind === 'cash') ledger.pay(entry.body);
}

/** The ledger after some entries, balanced to the last digit after each of them. */
export function after(...entries: readonly Entry[]): AccountLedger {
  const ledger = new AccountLedger(deps);
  for (const entry of entries) {
    fold(ledger, entry);
    for (const account of ledger.accounts()) expect(unbalanced(ledger.books(account))).toEqual([]);
  }
  return ledger;
}
