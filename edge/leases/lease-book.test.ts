import { generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { type Lease, signLease } from '@gatehouse/shared/schema/lease.ts';
import type { LeaseBody } from '@gatehouse/shared/schema/lease-bodies.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal, toText, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { addMs, instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { LeaseBook, type Uptime } from './lease-book.ts';

const hub = generateSigner('hub-1');
const NAME = 'gross-exposure';
const NINE = parseInstant('2026-01-05T09:00:00.000000000Z');
const USD = currency('USD');
const MINUTE = 60_000;
const context = { hub: [parseVerifierKey(hub.verifierKey)], edge: 'edge-1', used: ZERO };

function at(wallMs: number, uptimeMs = wallMs, boot = 'boot-1'): Uptime {
  return { wallAt: addMs(NINE, wallMs), uptimeMs, boot };
}

function requested(request: string, sent = at(0)): LeaseBody {
  const body = { v: 1, event: 'requested', threshold: NAME, request, wanted: decimal('500') } as const;
  return { ...body, used: ZERO, currency: USD, sent };
}

function lease(change: Partial<Lease> = {}): string {
  const base = { v: 1, edge: 'edge-1', threshold: NAME, version: 1, amount: decimal('500'), currency: USD } as const;
  return signLease(hub, { ...base, request: 'r-1', termMs: MINUTE, issuedAt: NINE, reason: 'Asked for.', ...change });
}

/** A book that asked and was given 500 for a minute. */
function granted(): LeaseBook {
  const book = new LeaseBook();
  book.fold(requested('r-1'));
  take(book, lease());
  return book;
}

function take(book: LeaseBook, note: string): string {
  const taken = book.take(note, context);
  if (taken !== undefined) book.fold(taken);
  return taken === undefined ? 'known' : taken.event === 'accepted' ? `accepted ${toText(taken.amount)}` : taken.reason;
}

const end = (book: LeaseBook, now: Uptime) =>
  instantText(book.fact(NAME, now)?.to ?? parseInstant('1970-01-01T00:00:00.000000000Z'));

test('a term runs from when the request was sent, and a lease that comes late is shorter for it', () => {
  expect(end(granted(), at(50_000))).toBe('2026-01-05T09:01:00.000000000Z');
});

test('a term ends by whichever clock ends first', () => {
  expect(end(granted(), at(10_000, 30_000))).toBe('2026-01-05T09:00:40.000000000Z');
  expect(end(granted(), at(50_000, 10_000))).toBe('2026-01-05T09:01:00.000000000Z');
  expect(end(granted(), at(10_000, 90_000))).toBe('2026-01-05T09:00:10.000000000Z');
});

test('after a new start of the computer, or with the wall clock behind the request, a term is over', () => {
  expect(end(granted(), at(1_000, 1_000, 'boot-2'))).toBe('2026-01-05T09:00:01.000000000Z');
  expect(end(granted(), at(-1, 1_000))).toBe('2026-01-05T08:59:59.999000000Z');
  expect(end(granted(), at(0, 1_000))).not.toBe('2026-01-05T09:00:00.000000000Z');
});

test('a lease that is repeated or overtaken says nothing new', () => {
  const book = granted();
  book.fold(requested('r-2', at(10_000)));
  expect(take(book, lease({ version: 2, request: 'r-2', amount: decimal('300') }))).toBe('accepted 300');
  expect(take(book, lease())).toBe('known');
  expect(take(book, lease({ version: 2, request: 'r-2', amount: decimal('300') }))).toBe('known');
  expect(toText(book.fact(NAME, at(20_000))?.amount ?? ZERO)).toBe('300');
});

test('a lease that nobody asked for lowers and never raises, and lengthens no term', () => {
  const book = granted();
  const { request: _, ...unasked } = { request: '', version: 2, amount: decimal('100'), termMs: 10 * MINUTE };
  const base = { v: 1, edge: 'edge-1', threshold: NAME, currency: USD, issuedAt: NINE, reason: 'Taken back.' } as const;
  expect(take(book, signLease(hub, { ...base, ...unasked }))).toBe('accepted 100');
  expect(end(book, at(0))).toBe('2026-01-05T09:01:00.000000000Z');
  expect(take(book, signLease(hub, { ...base, ...unasked, version: 3, amount: decimal('101') }))).toBe(
    'It raises the amount and answers no request.',
  );
  expect(toText(book.fact(NAME, at(0))?.amount ?? ZERO)).toBe('100');
});

test('an answer to a request that is not remembered raises nothing', () => {
  const book = granted();
  expect(take(book, lease({ version: 2, request: 'r-9', amount: decimal('900') }))).toBe('accepted 500');
  expect(take(new LeaseBook(), lease())).toBe('It answers a request that this edge does not remember.');
});

test('what was given back stays given back when its lease comes again', () => {
  const book = granted();
  const given = book.giveBack(NAME, decimal('200'), decimal('200'));
  expect(given).toMatchObject({ event: 'returned', version: 1 });
  if (given !== undefined) book.fold(given);
  expect(take(book, lease())).toBe('known');
  expect(toText(book.fact(NAME, at(0))?.amount ?? ZERO)).toBe('200');
});

test('nothing is given back that is used, and nothing that is not held', () => {
  expect(granted().giveBack(NAME, decimal('200'), decimal('200.01'))).toBeUndefined();
  expect(granted().giveBack(NAME, decimal('500'), ZERO)).toBeUndefined();
  expect(new LeaseBook().giveBack(NAME, ZERO, ZERO)).toBeUndefined();
});

test('a lease for another edge, by another key or of no form is refused and says why', () => {
  expect(take(granted(), lease({ edge: 'edge-2', version: 2 }))).toBe('It is for edge edge-2.');
  const thief = generateSigner('hub-1');
  const forged = signLease(thief, {
    v: 1,
    edge: 'edge-1',
    threshold: NAME,
    version: 9,
    amount: decimal('9000'),
    currency: USD,
    termMs: MINUTE,
    issuedAt: NINE,
    reason: 'Forged.',
  });
  expect(take(granted(), forged)).toContain('signed by no known key');
  expect(take(granted(), 'nothing\n')).not.toBe('known');
});

test('a book that is folded anew from its entries says the same', () => {
  const book = new LeaseBook();
  const entries: LeaseBody[] = [requested('r-1')];
  for (const body of entries) book.fold(body);
  const taken = book.take(lease(), context);
  if (taken !== undefined) entries.push(taken);
  const again = new LeaseBook();
  for (const body of entries) again.fold(body);
  expect(toText(again.fact(NAME, at(0))?.amount ?? ZERO)).toBe('500');
  expect(end(again, at(0))).toBe('2026-01-05T09:01:00.000000000Z');
});

test('a book that continues from its snapshot says the same and remembers what it asked for', () => {
  const book = granted();
  book.fold(requested('r-2', at(20_000)));
  const again = new LeaseBook(book.snapshot());
  expect(again.snapshot()).toEqual(book.snapshot());
  expect(end(again, at(0))).toBe('2026-01-05T09:01:00.000000000Z');
  expect(take(again, lease({ version: 2, request: 'r-2' }))).toBe('accepted 500');
  expect(end(again, at(30_000))).toBe('2026-01-05T09:01:20.000000000Z');
});
