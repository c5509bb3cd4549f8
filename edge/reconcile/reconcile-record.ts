import { gapOf } from '@gatehouse/shared/accounts/reconcile/break-id.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import {
  type AdjustmentBody,
  type BreakBody,
  type EntryBody,
  FillBody,
  type FillChangeBody,
} from '@gatehouse/shared/schema/bodies.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { DecimalText, Identifier, InstantText } from '@gatehouse/shared/schema/fields.ts';
import { add, type Decimal, multiply, negate, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { type Instant, instant } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';

/** An execution as it stands now: a bust or correction has been taken in. */
type KnownFill = z.output<typeof KnownFill>;

/**
 * What something else than an execution moved, so that a record of an earlier moment can be told.
 *
 * Shape: `fillAt` is the time of the execution that was changed. Units: `delta` of the instrument or currency.
 */
type Movement = z.output<typeof Movement>;

/**
 * What reconciliation needs to know of the journal beside positions and cash: executions, and the venue's names of our orders.
 *
 * Shape: a projection like any other: fold every entry, also those of the past; a snapshot continues it.
 */
export interface ReconcileRecord {
  fold(entry: EntryBody): void;
  snapshot(): JsonValue;
  /** Executions from `fillsSince` on, all of them. */
  fills(): readonly KnownFill[];
  readonly fillsSince: Instant;
  hasFill(fill: string): boolean;
  /**
   * What was moved after a moment, which taken off what is held now gives what was held then; undefined for a moment that lies too
   * far back to be told, or before a corporate action. Shape: keys as `position X` and `balance Y`.
   */
  movedAfter(account: string, at: Instant): ReadonlyMap<string, Decimal> | undefined;
  /** Our order that the venue gave this name. */
  orderNamed(venueOrder: string): string | undefined;
  /** Breaks of executions that are over, with what differed then. */
  readonly settled: ReadonlyMap<string, string>;
  /** Grows with each order state and execution, so that it can be told whether anything happened. */
  readonly activity: number;
}

/** What the record cannot read from the journal. */
export interface ReconcileRecordDeps {
  multiplierOf(instrument: string): Decimal;
  readonly snapshot?: JsonValue | undefined;
}

/** At least so many of each are remembered, and at most twice as many. */
const FILLS_MAX = 1_000;
const MOVEMENTS_MAX = 1_000;
const NAMES_MAX = 1_000;
const SETTLED_MAX = 500;
const BEGINNING = instant(0n);

const KnownFill = z.strictObject({ body: FillBody, isBusted: z.boolean() });
const Movement = z.strictObject({
  at: InstantText,
  account: Identifier,
  key: z.string(),
  delta: DecimalText,
  fillAt: InstantText.optional(),
});
const Snapshot = z.strictObject({
  fills: z.array(KnownFill),
  fillsSince: InstantText,
  movements: z.array(Movement),
  movementsSince: InstantText,
  names: z.array(z.tuple([z.string(), z.string()])),
  settled: z.array(z.tuple([Identifier, z.string()])),
});
type Snapshot = z.output<typeof Snapshot>;

/** A record that continues from a snapshot, or starts empty. Errors: `MESSAGE_MALFORMED` for a snapshot of another form. */
export function createReconcileRecord({ multiplierOf, snapshot }: ReconcileRecordDeps): ReconcileRecord {
  const start = snapshot === undefined ? undefined : decode(Snapshot, snapshot, 'the snapshot of reconciliation');
  return new LiveRecord(multiplierOf, start);
}

class LiveRecord implements ReconcileRecord {
  readonly settled: Map<string, string>;
  readonly #multiplierOf: (instrument: string) => Decimal;
  readonly #fills: Map<string, KnownFill>;
  readonly #names: Map<string, string>;
  #fillsSince: Instant;
  readonly #movements: Movement[];
  #movementsSince: Instant;
  #activity = 0;

  constructor(multiplierOf: (instrument: string) => Decimal, start: Snapshot | undefined) {
    this.#multiplierOf = multiplierOf;
    this.settled = new Map(start?.settled);
    this.#fills = new Map(start?.fills.map((one) => [one.body.fill, one]));
    this.#names = new Map(start?.names);
    this.#fillsSince = start?.fillsSince ?? BEGINNING;
    this.#movements = [...(start?.movements ?? [])];
    this.#movementsSince = start?.movementsSince ?? BEGINNING;
  }

  get fillsSince(): Instant {
    return this.#fillsSince;
  }

  get activity(): number {
    return this.#activity;
  }

  hasFill(fill: string): boolean {
    return this.#fills.has(fill);
  }

  fills(): readonly KnownFill[] {
    return [...this.#fills.values()];
  }

  movedAfter(account: string, at: Instant): ReadonlyMap<string, Decimal> | undefined {
    if (at < this.#movementsSince || at < this.#fillsSince) return undefined;
    const moved = new Map<string, Decimal>();
    const take = (key: string, delta: Decimal): void => void moved.set(key, add(moved.get(key) ?? ZERO, delta));
    for (const { body, isBusted } of this.#fills.values()) {
      if (body.account !== account || body.at <= at || isBusted) continue;
      for (const [key, delta] of movesOf(body, this.#multiplierOf(body.instrument))) take(key, delta);
    }
    for (const { fillAt, key, delta, ...one } of this.#movements) {
      // An execution of a later moment is told as it stands now, with its changes.
      const isOfEarlier = fillAt === undefined || fillAt <= at;
      if (one.account === account && one.at > at && isOfEarlier) take(key, delta);
    }
    return moved;
  }

  orderNamed(venueOrder: string): string | undefined {
    return this.#names.get(venueOrder);
  }

  fold(entry: EntryBody): void {
    if (entry.kind === 'order') {
      this.#activity += 1;
      const { venueOrder, order } = entry.body;
      if (venueOrder !== undefined) this.#name(venueOrder, order);
    } else if (entry.kind === 'fill') this.#fill(entry.body);
    else if (entry.kind === 'fill-change') this.#change(entry.body);
    else if (entry.kind === 'break') this.#step(entry.body);
    else if (entry.kind === 'adjustment') this.#adjust(entry.body);
    else if (entry.kind === 'cash') {
      const { at, account, currency, amount: delta } = entry.body;
      this.#move([{ at, account, key: `balance ${currency}`, delta }]);
    } else if (entry.kind === 'corporate-action') {
      // What it moves depends on what was held, so nothing before it can be told from what is held now.
      this.#movementsSince = later(this.#movementsSince, entry.body.at);
    }
  }

  snapshot(): JsonValue {
    const state: Snapshot = {
      fills: this.fills().map((one) => ({ ...one })),
      fillsSince: this.#fillsSince,
      movements: [...this.#movements],
      movementsSince: this.#movementsSince,
      names: [...this.#names],
      settled: [...this.settled],
    };
    return encode(Snapshot, state) as JsonValue;
  }

  #name(venueOrder: string, order: string): void {
    this.#names.set(venueOrder, order);
    dropOldest(this.#names, NAMES_MAX);
  }

  #fill(body: FillBody): void {
    this.#activity += 1;
    this.#fills.set(body.fill, { body, isBusted: false });
    for (const { body: dropped } of dropOldest(this.#fills, FILLS_MAX)) {
      this.#fillsSince = later(this.#fillsSince, instant(dropped.at + 1n));
    }
  }

  #change({ fill, change, after, at }: FillChangeBody): void {
    this.#activity += 1;
    const known = this.#fills.get(fill);
    if (known === undefined) {
      this.#movementsSince = later(this.#movementsSince, at);
      return;
    }
    const isBusted = change === 'bust';
    const changed = { body: after === undefined ? known.body : { ...known.body, ...after }, isBusted };
    this.#fills.set(fill, changed);
    const { account, instrument, at: fillAt } = known.body;
    const multiplier = this.#multiplierOf(instrument);
    const undone = known.isBusted
      ? []
      : movesOf(known.body, multiplier).map(([key, delta]) => [key, negate(delta)] as const);
    const again = isBusted ? [] : movesOf(changed.body, multiplier);
    this.#move([...undone, ...again].map(([key, delta]) => ({ at, account, key, delta, fillAt })));
  }

  #adjust({ account, change, at }: AdjustmentBody): void {
    if (change.kind === 'cash') {
      this.#move([{ at, account, key: `balance ${change.currency}`, delta: change.amount }]);
      return;
    }
    this.#move([{ at, account, key: `position ${change.instrument}`, delta: change.quantity }]);
  }

  #step(body: BreakBody): void {
    if (body.step !== 'resolved') this.settled.delete(body.id);
    if (body.step !== 'resolved' || body.subject !== 'fill') return;
    this.settled.set(body.id, gapOf(body));
    dropOldest(this.settled, SETTLED_MAX);
  }

  #move(movements: readonly Movement[]): void {
    this.#movements.push(...movements);
    if (this.#movements.length < 2 * MOVEMENTS_MAX) return;
    for (const { at } of this.#movements.splice(0, this.#movements.length - MOVEMENTS_MAX)) {
      this.#movementsSince = later(this.#movementsSince, at);
    }
  }
}

/** What an execution moves. Units: the position of the instrument, and balances in their currencies. */
function movesOf(body: FillBody, multiplier: Decimal): readonly (readonly [key: string, delta: Decimal])[] {
  const { instrument, side, quantity, price, currency, fee, feeCurrency = currency } = body;
  const signed = side === 'buy' ? quantity : negate(quantity);
  return [
    [`position ${instrument}`, signed],
    [`balance ${currency}`, negate(multiply(multiply(signed, price), multiplier))],
    [`balance ${feeCurrency}`, negate(fee)],
  ];
}

/** Drops the oldest in bulk, at twice the size, and says which. */
function dropOldest<Value>(memory: Map<string, Value>, countMax: number): readonly Value[] {
  if (memory.size < 2 * countMax) return [];
  const oldest = [...memory].slice(0, memory.size - countMax);
  for (const [key] of oldest) memory.delete(key);
  return oldest.map(([, value]) => value);
}

function later(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}
