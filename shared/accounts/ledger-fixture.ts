import { expect } from 'vitest';
import type { EntryBody, FillBody } from '../schema/bodies.ts';
import { asPrice, asQuantity } from '../values/amounts.ts';
import { currency } from '../values/currency.ts';
import { decimal } from '../values/decimal.ts';
import { type Instant, parseInstant } from '../values/instant.ts';
import { AccountLedger } from './account-ledger.ts';
import { unbalanced } from './ledger-identity.ts';

export const [USD, EUR, BNB] = ['USD', 'EUR', 'BNB'].map(currency) as [
  FillBody['currency'],
  FillBody['currency'],
  FillBody['currency'],
];
const DAY_ONE = parseInstant('2026-01-05T15:00:00Z');
export const minute = (count: number): Instant => (DAY_ONE + BigInt(count) * 60_000_000_000n) as Instant;

type Kinds = 'fill' | 'fill-change' | 'corporate-action' | 'adjustment' | 'cash';
export type Entry = Extract<EntryBody, { kind: Kinds }>;

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

export const quantity = (text: string) => asQuantity(decimal(text));
export const price = (text: string) => asPrice(decimal(text));

type Figures = { readonly quantity: string; readonly price: string; readonly fee: string };
const figures = ({ quantity: size, price: paid, fee }: Figures) => ({
  quantity: quantity(size),
  price: price(paid),
  fee: decimal(fee),
});
const AS_FILLED: Figures = { quantity: '10', price: '10', fee: '1' };

export function changeEntry(fill: string, after?: Figures, before: Figures = AS_FILLED): Entry {
  const head = { v: 1 as const, fill, order: `O-${fill}`, at: minute(600), reason: 'The venue said so.' };
  const change = after === undefined ? ('bust' as const) : ('correct' as const);
  const rest = after === undefined ? {} : { after: figures(after) };
  return { kind: 'fill-change', body: { ...head, change, before: figures(before), ...rest } };
}

export type Action = Extract<Entry, { kind: 'corporate-action' }>['body']['action'];

export function actionEntry(id: string, action: Action, at: Instant = minute(60)): Entry {
  const head = { v: 1 as const, id, instrument: 'ACME', exDay: '2026-01-06', at, source: 'The issuer.' };
  return { kind: 'corporate-action', body: { ...head, action } };
}

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

export function cashEntry(reason: Extract<Entry, { kind: 'cash' }>['body']['reason'], amount: string, of = USD): Entry {
  return {
    kind: 'cash',
    body: { v: 1, account: 'main', currency: of, amount: decimal(amount), reason, at: DAY_ONE, note: 'A test.' },
  };
}

export const deps = { multiplierOf: () => decimal('1'), placeOf: () => undefined };

export function fold(ledger: AccountLedger, entry: Entry): void {
  if (entry.kind === 'fill') ledger.fill(entry.body);
  if (entry.kind === 'fill-change') ledger.change(entry.body);
  if (entry.kind === 'corporate-action') ledger.act(entry.body);
  if (entry.kind === 'adjustment') ledger.adjust(entry.body);
  if (entry.kind === 'cash') ledger.pay(entry.body);
}

export function after(...entries: readonly Entry[]): AccountLedger {
  const ledger = new AccountLedger(deps);
  for (const entry of entries) {
    fold(ledger, entry);
    for (const account of ledger.accounts()) expect(unbalanced(ledger.books(account))).toEqual([]);
  }
  return ledger;
}
