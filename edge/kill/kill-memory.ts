import { crashLoop } from '@gatehouse/compliance/breakers/crash-loop.ts';
import { assert } from '@gatehouse/shared/errors.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { type EntryBody, KillBody, type SessionBody } from '@gatehouse/shared/schema/bodies.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { Identifier, InstantText } from '@gatehouse/shared/schema/fields.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';

/**
 * What the journal says about kills beyond the halts themselves: who made them, what tripped them, and how the process came and
 * went.
 *
 * Shape: a projection like any other: fold every entry, also those of the past; a snapshot continues it.
 */
export interface KillMemory {
  /** Units: `at` is the wall time of the entry. */
  fold(entry: EntryBody, at: Instant): void;
  snapshot(): JsonValue;
  /** The kills that are not released. */
  active(): readonly KillBody[];
  isReleased(kill: string): boolean;
  /** Starts of the process that no clean end came before, since the last release of a crash loop; the latest last. */
  readonly crashes: readonly Instant[];
}

/** So many released kills are remembered, the oldest forgotten first. */
const RELEASED_MAX = 1_000;
/** So many starts are remembered; a loop of more within its window has tripped long before. */
const CRASHES_MAX = 200;
/** The order ids of a kill: its own id, and the number of the order behind it. */
const CLOSING_ID = /^(.+)-c\d+$/;

const Snapshot = z.strictObject({
  active: z.array(KillBody),
  released: z.array(Identifier),
  crashes: z.array(InstantText),
  isRunning: z.boolean(),
});
type Snapshot = z.output<typeof Snapshot>;

/** A memory that continues from a snapshot, or starts empty. Errors: `MESSAGE_MALFORMED` for a snapshot of another form. */
export function createKillMemory(snapshot?: JsonValue): KillMemory {
  return new LiveKillMemory(snapshot === undefined ? undefined : decode(Snapshot, snapshot, 'the snapshot of kills'));
}

/** The id of the so manieth order by which a kill closes. Errors: `INVARIANT_BROKEN` where it is too long for a venue. */
export function closingOrderId(kill: string, number: number): string {
  const id = `${kill}-c${number}`;
  assert(id.length <= 36, `the order id ${id} is longer than a venue takes`);
  return id;
}

const ALGORITHM_SCOPE = 'algorithm:';

/** The one algorithm whose position an order closes; undefined where its kill is for more than one, or is over. */
export function algorithmClosedBy(order: string, active: readonly KillBody[]): string | undefined {
  const [, id] = CLOSING_ID.exec(order) ?? [];
  const scope = active.find((kill) => kill.id === id)?.scopes.find((one) => one.startsWith(ALGORITHM_SCOPE));
  return scope?.slice(ALGORITHM_SCOPE.length);
}

class LiveKillMemory implements KillMemory {
  readonly #active: Map<string, KillBody>;
  readonly #released: Set<string>;
  #crashes: readonly Instant[];
  #isRunning: boolean;

  constructor(start: Snapshot | undefined) {
    this.#active = new Map(start?.active.map((kill) => [kill.id, kill]));
    this.#released = new Set(start?.released);
    this.#crashes = start?.crashes ?? [];
    this.#isRunning = start?.isRunning ?? false;
  }

  get crashes(): readonly Instant[] {
    return this.#crashes;
  }

  fold(entry: EntryBody, at: Instant): void {
    if (entry.kind === 'kill') this.#active.set(entry.body.id, entry.body);
    else if (entry.kind === 'release') this.#release(entry.body.kill);
    else if (entry.kind === 'session') this.#note(entry.body, at);
  }

  snapshot(): JsonValue {
    const state = {
      active: sorted([...this.#active.values()], ({ id }) => id),
      released: [...this.#released],
      crashes: [...this.#crashes],
      isRunning: this.#isRunning,
    };
    return encode(Snapshot, state) as JsonValue;
  }

  active(): readonly KillBody[] {
    return [...this.#active.values()];
  }

  isReleased(kill: string): boolean {
    return this.#released.has(kill);
  }

  #release(kill: string): void {
    if (this.#active.get(kill)?.trigger?.breaker === crashLoop.id) this.#crashes = [];
    this.#active.delete(kill);
    this.#released.add(kill);
    const [oldest] = this.#released;
    if (this.#released.size > RELEASED_MAX && oldest !== undefined) this.#released.delete(oldest);
  }

  /** A start while the records say that the edge runs means that it died. */
  #note({ event }: SessionBody, at: Instant): void {
    if (event === 'edge-started') {
      if (this.#isRunning) this.#crashes = [...this.#crashes, at].slice(-CRASHES_MAX);
      this.#isRunning = true;
    }
    if (event === 'edge-stopped') this.#isRunning = false;
  }
}

function sorted<Value>(values: Value[], keyOfValue: (value: Value) => string): Value[] {
  return values.sort((a, b) => (keyOfValue(a) < keyOfValue(b) ? -1 : 1));
}
