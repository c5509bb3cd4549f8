import type { ApprovedOrder } from '@gatehouse/compliance/gate.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { Capabilities } from '../../venues/define-connector.ts';
import type { Venue, VenueEvent, VenueOrder } from '../../venues/venue.ts';
import type { Book, BookOrder } from '../book.ts';
import type { Recorder } from '../recorder.ts';
import type { HeldOrder, LinkReport, UnresolvedOrder } from './desk-reports.ts';
import type { HandOverMarks } from './hand-over-marks.ts';
import type { OrderLifeLimits } from './limits.ts';
import type { PriceSeen } from './triggers.ts';

/**
 * The life of orders after the gate: hands them over, and turns what the venue says into entries.
 *
 * Shape: everything is staged with the recorder; whoever calls flushes. What the desk stages later, of itself, it tells `onLate`.
 */
export interface OrderDesk {
  /**
   * Takes an order whose approval is durable: to the wire, unless trading was halted since it was judged; to the edge's own
   * keeping, where the edge emulates its trigger or its group; or in the place of the order that it replaces.
   */
  send(approval: ApprovedOrder): void;
  /** Takes what the venue says. Shape: what comes while an order is handed over waits until it counts as sent. */
  hear(event: VenueEvent): void;
  /** Brings an order to where the venue says it is, after a time in which nobody listened. */
  settle(known: BookOrder, answer: VenueOrder): void;
  /** The venue, asked for an order, does not know it: where that proves nothing yet, it is asked until it does. */
  notFound(known: BookOrder, reason: string): void;
  /** Ends an order that the venue finally does not know; one that it had taken stays open as unknown, with an incident. */
  abandon(known: BookOrder, reason: string): void;
  /** Asks for an order back: at the venue, or here where it was not sent. Shape: false for one that is not open. */
  cancel(order: string, reason?: string): boolean;
  /** Shows a price to the orders that wait at the edge. Shape: `isPast` moves what trails and fires nothing. */
  see(price: PriceSeen, isPast?: boolean): void;
  /** Ends what is over by the clock, and finds out whether the market has fallen silent. */
  passTime(time: PassedTime): void;
  /** The market cannot be heard, or something of it will never be heard; said by whoever listens to it. */
  marketLost(reason: string): void;
  marketGap(says: string): void;
  /** Why nothing is known of the market just now; undefined while it is heard. */
  readonly silence: string | undefined;
  /** After a start: asks for every order that may be at a venue, and goes on until each is known. Shape: resolves after the first round. */
  resume(): Promise<void>;
  /** Ends all timers; what is unknown is asked again after the next start. */
  stop(): void;
  readonly link: LinkReport | undefined;
  /** Orders of which nobody knows what became of them, oldest first. */
  unresolved(): readonly UnresolvedOrder[];
  /** Orders that wait at the edge. */
  held(): readonly HeldOrder[];
}

/** What the desk works on. Shape: `onLate` is told of an order about which something was staged after the desk was called. */
export interface OrderDeskDeps {
  readonly book: Book;
  readonly recorder: Pick<Recorder, 'stage' | 'nextSeq'>;
  readonly venue: Pick<Venue, 'submit'>;
  /** Whether an approval may go out, asked immediately before the wire; a halt counts here before it is on record. */
  readonly maySend: (approval: ApprovedOrder) => boolean;
  readonly onLate: (order: string) => void;
  /** Whether this session can ask for an order; every order where it is absent. */
  readonly canReach?: (known: BookOrder) => boolean;
  /** What was handed over, noted before the wire. */
  readonly marks?: HandOverMarks;
  /** Absent where the venue answers at once and does everything by itself; nothing is then emulated, asked or timed. */
  readonly life?: OrderLifeDeps;
}

/** The venue as the life of orders uses it. */
export type LifeVenue = Pick<Venue, 'amend' | 'cancel' | 'query' | 'account' | 'executions'>;

/** A moment of the clock, for what ends by it. Shape: `isMarketOpen` is true also where no calendar says. */
export interface PassedTime {
  readonly now: Instant;
  /** The day, as `YYYY-MM-DD` where the market is, in which a moment lies. */
  readonly dayOf: (at: Instant) => string;
  readonly isMarketOpen: boolean;
}

/** What orders need that live longer than a call. */
export interface OrderLifeDeps {
  readonly venue: LifeVenue;
  readonly capabilities: Capabilities;
  /** Milliseconds that never go back. */
  readonly monotonicMs: () => number;
  /** Resolves after the time, or as soon as the signal aborts; it never rejects. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly limits?: Partial<OrderLifeLimits>;
  /** This computer's time, where orders are decided by it; market time is told by the prices elsewhere. */
  readonly now?: () => Instant;
  /** Whether anything is held whose worth the market's prices tell. */
  readonly isHolding?: () => boolean;
  /** The smallest move of a price that counts; every move where it is absent. */
  readonly tick?: Decimal;
  /**
   * Has the gate judge an order of the desk's own making, and sends it through `send` once that is durable.
   *
   * Shape: false where the gate refuses or nothing can be judged now.
   */
  readonly submit: (order: Order) => Promise<boolean> | boolean;
  /** Told of what is on the account and not ours. */
  readonly onForeign?: (event: Extract<VenueEvent, { kind: 'foreign' }>) => void;
}
