import type {
  AccountRecords,
  FillRecord,
  HeldRecord,
  OrderRecord,
} from '@gatehouse/shared/accounts/reconcile/records.ts';
import type { OrderState } from '@gatehouse/shared/schema/bodies.ts';
import { add, type Decimal, isZero, negate, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { Book, BookOrder } from '../engine/book.ts';
import type { VenueAccount, VenueExecution } from '../venues/venue.ts';
import type { ReconcileRecord } from './reconcile-record.ts';

/** What of the book is compared. */
export type ReconciledBook = Pick<
  Book,
  'orders' | 'order' | 'ended' | 'hasFill' | 'fill' | 'positions' | 'balances' | 'breaks'
>;

/** What an instrument is settled in. Shape: `asset` is what it delivers, where a venue holds that as a balance. */
export interface InstrumentTerms {
  readonly currency: string;
  readonly asset?: string | undefined;
}

/** Where our own records are read. */
export interface OwnRecords {
  readonly book: ReconciledBook;
  readonly record: ReconcileRecord;
  readonly terms: (instrument: string) => InstrumentTerms | undefined;
  readonly venue: string;
  readonly account: string;
  /** Whether the venue that is compared can know of an order; of each at its place where it is absent. */
  readonly canReach?: ((known: BookOrder) => boolean) | undefined;
}

/** These are not at the venue: not yet, or only at the edge. */
const NOT_AT_VENUE: ReadonlySet<OrderState> = new Set(['intended', 'approved', 'held']);
/** Of these nobody knows whether the venue has them. */
const UNCERTAIN: ReadonlySet<OrderState> = new Set(['sent', 'unknown']);

/**
 * What the journal says of the account now.
 *
 * Shape: where the venue knows balances alone, what is held of an instrument counts as a balance of the asset that it delivers.
 */
export function journalRecords(own: OwnRecords, at: Instant, holds: 'positions' | 'assets'): AccountRecords {
  const held = positionsOf(own);
  const cash = own.book.balances(own.account).map(({ currency, amount }) => ({ key: currency, quantity: amount }));
  const isSpot = holds === 'assets';
  return {
    source: 'journal',
    at,
    orders: ordersOf(own),
    fills: { since: own.record.fillsSince, list: fillsOf(own) },
    ...(isSpot ? {} : { positions: held }),
    balances: isSpot ? summed([...cash, ...held.flatMap((one) => assetOf(one, own))]) : cash,
  };
}

/** What the journal says of the account at an earlier moment; undefined for one that lies too far back. Shape: without orders. */
export function journalRecordsAt(
  own: OwnRecords,
  at: Instant,
  holds: 'positions' | 'assets',
): AccountRecords | undefined {
  const moved = own.record.movedAfter(own.account, at);
  if (moved === undefined) return undefined;
  const { orders: _orders, positions = [], balances = [], ...rest } = journalRecords(own, at, 'positions');
  const before = (subject: string, list: readonly HeldRecord[]): readonly HeldRecord[] => {
    const prefix = `${subject} `;
    const later = [...moved].filter(([key]) => key.startsWith(prefix));
    const taken = later.map(([key, delta]) => ({ key: key.slice(prefix.length), quantity: negate(delta) }));
    return summed([...list, ...taken]);
  };
  const held = before('position', positions);
  const cash = before('balance', balances);
  if (holds === 'positions') return { ...rest, positions: held, balances: cash };
  return { ...rest, balances: summed([...cash, ...held.flatMap((one) => assetOf(one, own))]) };
}

/** What the venue says. Shape: executions are complete from `since` on. */
export function venueRecords(
  own: OwnRecords,
  account: VenueAccount,
  executed: { readonly since: Instant; readonly list: readonly VenueExecution[] },
): AccountRecords {
  const { at, orders, balances, positions } = account;
  return {
    source: 'venue',
    at,
    orders: orders.map(({ order, venueOrder, ...rest }): OrderRecord => {
      const id = order ?? own.record.orderNamed(venueOrder);
      const isOurs = id !== undefined && isKnown(own, id);
      return { ...rest, key: id ?? venueOrder, isOurs, isCertain: true };
    }),
    fills: { since: executed.since, list: executed.list.map((one) => executionRecord(own, one)) },
    ...(positions === undefined
      ? {}
      : { positions: positions.map(({ instrument, quantity }) => ({ key: instrument, quantity })) }),
    balances: balances.map(({ asset, total }) => ({ key: asset, quantity: total })),
  };
}

/** Our own order that an execution is of; undefined where it is of none that the journal knows. */
export function ownOrderOf({ record, book }: OwnRecords, { order, venueOrder }: VenueExecution): string | undefined {
  const id = order ?? record.orderNamed(venueOrder);
  return id !== undefined && (isKnown({ book }, id) || record.orderNamed(venueOrder) === id) ? id : undefined;
}

function executionRecord(own: OwnRecords, execution: VenueExecution): FillRecord {
  const { instrument, side, fill } = execution;
  const terms = instrument === undefined ? undefined : own.terms(instrument);
  return {
    fill: fill.id,
    order: ownOrderOf(own, execution),
    instrument,
    side,
    quantity: fill.quantity,
    price: fill.price,
    fee: fill.fee,
    feeCurrency: fill.feeCurrency,
    currency: terms?.currency,
    asset: terms?.asset,
    at: fill.at,
    isBusted: execution.isBusted === true,
  };
}

function ordersOf({ book, venue, account, canReach = () => true }: OwnRecords): readonly OrderRecord[] {
  return book
    .orders()
    .filter(({ order, state }) => order.venue === venue && order.account === account && !NOT_AT_VENUE.has(state))
    .filter((known) => canReach(known))
    .map(({ order, state, filled }) => ({
      key: order.id,
      isOurs: true,
      isCertain: !UNCERTAIN.has(state),
      instrument: order.instrument,
      side: order.side,
      quantity: order.quantity,
      filled,
    }));
}

function fillsOf({ record, terms, venue, account }: OwnRecords): readonly FillRecord[] {
  return record
    .fills()
    .filter(({ body }) => body.venue === venue && body.account === account)
    .map(({ body, isBusted }) => {
      const { fill, order, instrument, side, quantity, price, fee, feeCurrency, currency, at } = body;
      const asset = terms(instrument)?.asset;
      return { fill, order, instrument, side, quantity, price, fee, feeCurrency, currency, asset, at, isBusted };
    });
}

function positionsOf({ book, account }: OwnRecords): readonly HeldRecord[] {
  return book
    .positions(account)
    .map(({ instrument, position }) => ({ key: instrument, quantity: position.quantity }))
    .filter(({ quantity }) => !isZero(quantity));
}

function assetOf({ key, quantity }: HeldRecord, { terms }: OwnRecords): readonly HeldRecord[] {
  // What nobody can name as an asset shows as a difference under the instrument's own name, rather than not at all.
  return [{ key: terms(key)?.asset ?? key, quantity }];
}

function summed(list: readonly HeldRecord[]): readonly HeldRecord[] {
  const sums = new Map<string, Decimal>();
  for (const { key, quantity } of list) sums.set(key, add(sums.get(key) ?? ZERO, quantity));
  return [...sums].map(([key, quantity]) => ({ key, quantity }));
}

function isKnown({ book }: Pick<OwnRecords, 'book'>, id: string): boolean {
  return book.order(id) !== undefined || book.ended(id) !== undefined;
}
