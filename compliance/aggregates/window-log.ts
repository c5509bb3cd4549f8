import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { Window } from '../own-facts.ts';
import type { Place } from './place.ts';

/** Something that counts, where and when. */
export interface Logged {
  readonly at: Instant;
  readonly place: Place;
  readonly weight: number;
}

/** What a log remembers. Shape: nothing at or before `knownFrom` is known; without it all is. */
export interface LoggedPast {
  readonly knownFrom: Instant | undefined;
  readonly entries: readonly Logged[];
}

/** The most that a log remembers, and for how long. */
export interface LogBounds {
  readonly entriesMax: number;
  readonly retainedMs: number;
}

/**
 * How much happened in a period that ends now, by key.
 *
 * Shape:  time does not go back: what is said to be earlier than the newest entry counts as being of its time, so that it is
 *         counted for longer and never for less. An entry exactly as old as the period counts, and so does one of the future.
 *         A period that reaches back to what is forgotten has no answer.
 * Units:  market time.
 */
export interface WindowLog {
  add(entry: Logged): void;
  count(key: string, window: Window): number | undefined;
  /** Forgets what is under a key. */
  forget(key: string): void;
  /** Forgets all; nothing at or before `knownFrom` is known. */
  restart(knownFrom: Instant | undefined): void;
  past(): LoggedPast;
}

/** What a log is made of. Shape: `keysOf` says under which keys an entry is counted. */
export interface WindowLogDeps {
  readonly bounds: LogBounds;
  readonly keysOf: (place: Place) => readonly string[];
  readonly past?: LoggedPast | undefined;
}

/** A log that goes on from a past. */
export function createWindowLog(deps: WindowLogDeps): WindowLog {
  return new LiveLog(deps);
}

const NANOS_PER_MS = 1_000_000n;
const NEVER: LoggedPast = { knownFrom: undefined, entries: [] };

class LiveLog implements WindowLog {
  readonly #bounds: LogBounds;
  readonly #retained: bigint;
  readonly #keysOf: (place: Place) => readonly string[];
  readonly #series = new Map<string, Series>();
  /** The series of a place, so that a place is looked up and not each of its keys. */
  readonly #places = new Map<string, readonly Series[]>();
  #entries: Logged[] = [];
  #first = 0;
  #knownFrom: Instant | undefined;

  constructor({ bounds, keysOf, past = NEVER }: WindowLogDeps) {
    this.#bounds = bounds;
    this.#retained = BigInt(bounds.retainedMs) * NANOS_PER_MS;
    this.#keysOf = keysOf;
    this.#knownFrom = past.knownFrom;
    for (const entry of past.entries) this.add(entry);
  }

  add({ at: said, place, weight }: Logged): void {
    const newest = this.#entries.at(-1);
    const at = newest !== undefined && said < newest.at ? newest.at : said;
    this.#entries.push({ at, place, weight });
    for (const series of this.#seriesAt(place)) series.push(at, weight);
    this.#drop(at);
  }

  count(key: string, { now, windowMs }: Window): number | undefined {
    const begin = now - BigInt(windowMs) * NANOS_PER_MS;
    if (this.#knownFrom !== undefined && begin <= this.#knownFrom) return undefined;
    const series = this.#series.get(key);
    return series === undefined ? 0 : series.since(begin, windowMs);
  }

  forget(key: string): void {
    if (!this.#series.has(key)) return;
    const { knownFrom, entries } = this.past();
    this.restart(knownFrom);
    for (const entry of entries) if (!this.#keysOf(entry.place).includes(key)) this.add(entry);
  }

  restart(knownFrom: Instant | undefined): void {
    this.#series.clear();
    this.#places.clear();
    this.#entries = [];
    this.#first = 0;
    this.#knownFrom = knownFrom;
  }

  past(): LoggedPast {
    return { knownFrom: this.#knownFrom, entries: this.#entries.slice(this.#first) };
  }

  #seriesAt(place: Place): readonly Series[] {
    const known = this.#places.get(place.key);
    if (known !== undefined) return known;
    const made = this.#keysOf(place).map((key) => {
      const series = this.#series.get(key) ?? new Series();
      this.#series.set(key, series);
      return series;
    });
    this.#places.set(place.key, made);
    return made;
  }

  #drop(now: Instant): void {
    const horizon = now - this.#retained;
    let oldest = this.#entries[this.#first];
    while (oldest !== undefined && this.#isTooMuch(oldest, horizon)) {
      this.#knownFrom = later(this.#knownFrom, oldest.at);
      this.#first += 1;
      oldest = this.#entries[this.#first];
    }
    if (this.#first < SLACK_MIN || this.#first * 2 < this.#entries.length) return;
    this.#sweep();
  }

  /** No question reaches back to what was dropped, so it is taken out in bulk, when it is as much as what is left. */
  #sweep(): void {
    const kept = this.#entries.slice(this.#first);
    const dropped = this.#knownFrom;
    this.#entries = kept;
    this.#first = 0;
    this.#places.clear();
    for (const [key, series] of this.#series) {
      if (dropped !== undefined && series.dropTo(dropped) === 'empty') this.#series.delete(key);
    }
  }

  #isTooMuch({ at }: Logged, horizon: bigint): boolean {
    return at < horizon || this.#entries.length - this.#first > this.#bounds.entriesMax;
  }
}

/** The least that is taken out at once. */
const SLACK_MIN = 64;
/** The most lengths of periods for which a key remembers where the last one began. */
const LENGTHS_MAX = 8;

/** The entries under one key, those of one moment as one. */
class Series {
  #times: Instant[] = [];
  /** The weight of everything up to each time, also of what is dropped. */
  #sums: number[] = [];
  /** The weight of what is dropped. */
  #dropped = 0;
  readonly #begins = new Map<number, number>();
  /** The length of the last period, and where it began. */
  #lastMs = 0;
  #lastBegin = 0;

  push(at: Instant, weight: number): void {
    const last = this.#times.length - 1;
    const sum = this.#sumTo(last) + weight;
    if (this.#times[last] === at) {
      this.#sums[last] = sum;
      return;
    }
    this.#times.push(at);
    this.#sums.push(sum);
  }

  /** The weight of what is not before a moment. */
  since(begin: bigint, windowMs: number): number {
    const times = this.#times;
    // A period of one length moves on with the time, so where the last one began is near.
    let index = this.#lastMs === windowMs ? this.#lastBegin : this.#recall(windowMs);
    while (isBefore(times[index], begin)) index += 1;
    while (index > 0 && !isBefore(times[index - 1], begin)) index -= 1;
    this.#lastBegin = index;
    return this.#sumTo(times.length - 1) - this.#sumTo(index - 1);
  }

  /** Where the last period of a length began; that of the one before is put by. */
  #recall(windowMs: number): number {
    if (!this.#begins.has(this.#lastMs) && this.#begins.size >= LENGTHS_MAX) this.#begins.clear();
    this.#begins.set(this.#lastMs, this.#lastBegin);
    this.#lastMs = windowMs;
    return this.#begins.get(windowMs) ?? 0;
  }

  /** Drops everything up to a moment. */
  dropTo(at: Instant): 'empty' | 'some' {
    let first = 0;
    while (isBefore(this.#times[first], at + 1n)) first += 1;
    this.#dropped = this.#sumTo(first - 1);
    this.#times = this.#times.slice(first);
    this.#sums = this.#sums.slice(first);
    this.#begins.clear();
    this.#lastBegin = 0;
    return this.#times.length === 0 ? 'empty' : 'some';
  }

  #sumTo(index: number): number {
    return this.#sums[index] ?? this.#dropped;
  }
}

/** The later of two times, where one may be absent. */
export function later(a: Instant | undefined, b: Instant): Instant {
  return a !== undefined && a > b ? a : b;
}

function isBefore(time: Instant | undefined, begin: bigint): boolean {
  return time !== undefined && time < begin;
}
