import type { ActiveHalt, OpenOrder } from '@gatehouse/compliance/own-facts.ts';
import type { EntryBody, IncidentBody, KillBody, KillLevel } from '@gatehouse/shared/schema/bodies.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { Venue, VenueOrder } from '../venues/venue.ts';
import type { KillFile } from './kill-file.ts';
import type { KillMemory } from './kill-memory.ts';

/** A kill that a person, a file or a breaker asks for. Shape: `id` and `at` are there where it was filed before. Units: wall time. */
export interface KillRequest {
  readonly scopes: readonly ScopeText[];
  readonly level: KillLevel;
  /** A person's opaque id, or the part of the edge that acts. */
  readonly by: string;
  readonly reason: string;
  readonly id?: string;
  readonly at?: Instant;
  readonly trigger?: KillBody['trigger'];
}

/** Whether the kill itself is on disk by now. */
export type Writing = 'under-way' | 'durable' | 'failed';

/** How far a kill has come at one venue. Units: milliseconds since the kill, or since the restart that took it up again. */
export interface VenueProgress {
  readonly venue: string;
  /** Orders for which the venue took a request to cancel. */
  readonly sent: number;
  readonly acknowledged: number;
  readonly remaining: number;
  readonly unknown: number;
  /** Requests that failed; each is made again. */
  readonly failed: number;
  readonly positions: number;
  readonly elapsedMs: number;
  readonly isDone: boolean;
}

/** How far a kill has come. */
export interface KillProgress {
  readonly id: string;
  readonly scopes: readonly ScopeText[];
  readonly level: KillLevel;
  readonly journal: Writing;
  readonly file: Writing;
  readonly venues: readonly VenueProgress[];
  readonly isDone: boolean;
}

/** A kill that is being carried out. Shape: no promise here ever rejects. */
export interface RunningKill {
  readonly id: string;
  progress(): KillProgress;
  /** Both writes of the kill came through or failed; on a disk that hangs, never. */
  readonly written: Promise<void>;
  /** Every venue was asked once for every order, or did not answer in time. */
  readonly told: Promise<void>;
  /** Nothing remains, or the kill was released or the edge stopped. */
  readonly ended: Promise<void>;
}

/**
 * What is held in the scopes of a kill.
 *
 * Shape: what a kill has closed is not held any more. `ofAccount` is what the account holds of the instrument altogether; no kill
 *        closes more than that.
 * Units: both signed, in units of the instrument.
 */
export interface HeldPosition {
  readonly account: string;
  readonly instrument: string;
  readonly venue: string;
  readonly quantity: Decimal;
  readonly ofAccount: Decimal;
}

/** An order that closes what is held. Shape: a market order of the algorithm `kill-flatten`; `quantity` is above zero. */
export interface ClosingOrder {
  /** The order's id must be that of `closingOrderId` for this kill and a number not yet used. */
  readonly kill: string;
  readonly account: string;
  readonly instrument: string;
  readonly venue: string;
  readonly side: Order['side'];
  readonly quantity: Decimal;
}

/** How a flatten closes: what is held, and the one way to an order, which is the gate. */
export interface ClosingDesk {
  positions(scopes: readonly ScopeText[]): readonly HeldPosition[];
  /** Builds the order, has the gate judge it and sends it once that is durable; gives back whether it was let through. */
  propose(order: ClosingOrder): Promise<boolean> | boolean;
}

/** What the records say, as far as a kill needs it. */
export interface KillRecords {
  readonly haltEpoch: number;
  halts(): readonly ActiveHalt[] | undefined;
  openOrders(): readonly OpenOrder[];
}

/** The requests of a venue that a kill makes. */
export type KillVenue = Pick<Venue, 'cancel' | 'cancelAll' | 'query'>;

/** What a kill reaches. */
export interface KillDeps {
  readonly own: KillRecords;
  readonly memory: Pick<KillMemory, 'active' | 'isReleased'>;
  readonly recorder: { stage(entry: EntryBody): void; flush(): number };
  readonly journal: { durable(seq: number): Promise<void> };
  readonly venues: ReadonlyMap<string, KillVenue>;
  readonly killFile: KillFile;
  /** Absent where nothing can be traded; a flatten then waits for an edge that can. */
  readonly closing: ClosingDesk | undefined;
  /** Brings an order, where it is not over by then, to what the venue says; `not-found` for one that the venue does not know. */
  readonly settle: (order: string, answer: VenueOrder) => void;
  readonly clock: Clock;
  readonly monotonicMs: () => number;
  /** Resolves after the time, or as soon as the signal aborts; it never rejects. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** The id of a new kill that no other kill of this edge has, with these letters at its start. */
  readonly newId: (prefix: string) => string;
  /** Told of everything that a person must look at, whether or not it could be put on record. */
  readonly onAlarm: (incident: IncidentBody) => void;
}
