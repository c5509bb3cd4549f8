import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exampleOrder, type OrderOverrides } from '@gatehouse/compliance/examples/base.ts';
import type { ActiveHalt, OpenOrder } from '@gatehouse/compliance/own-facts.ts';
import { scopesOf } from '@gatehouse/compliance/scopes.ts';
import { isTerminal, nextState, type OrderEvent } from '@gatehouse/shared/accounts/order-life.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { EntryBody, IncidentBody } from '@gatehouse/shared/schema/bodies.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { type Clock, manualClock } from '@gatehouse/shared/values/clock.ts';
import { add, type Decimal, negate, sum, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { onTestFinished } from 'vitest';
import { toWireBody, type WireBody } from '../engine/entry-wire.ts';
import type { Journal } from '../journal/journal-types.ts';
import { openMemoryJournal } from '../journal/memory-journal.ts';
import type { VenueOrder } from '../venues/venue.ts';
import { createKillFile } from './kill-file.ts';
import { createKillMemory, type KillMemory } from './kill-memory.ts';
import { createKillSwitch, type KillSwitch } from './kill-switch.ts';
import type { ClosingDesk, HeldPosition, KillDeps, KillRecords, KillVenue } from './kill-types.ts';

/** What the entries of a test add up to, as far as a kill asks. */
export class SimpleRecords implements KillRecords {
  haltEpoch = 0;
  readonly #halts = new Map<string, ActiveHalt>();
  readonly #open = new Map<string, OpenOrder>();
  readonly #held = new Map<string, { readonly order: OpenOrder['order']; readonly quantity: Decimal }>();

  fold(entry: EntryBody): void {
    if (entry.kind === 'kill') {
      const { id, scopes, level, haltEpoch } = entry.body;
      this.haltEpoch = haltEpoch;
      this.#halts.set(id, { id, scopes, level });
    }
    if (entry.kind === 'release') {
      this.haltEpoch = entry.body.haltEpoch;
      this.#halts.delete(entry.body.kill);
    }
    if (entry.kind === 'intent')
      this.#open.set(entry.body.order.id, { order: entry.body.order, state: 'intended', filled: ZERO });
    if (entry.kind === 'order') this.#move(entry.body);
    if (entry.kind === 'fill') {
      const known = this.#open.get(entry.body.order);
      if (known === undefined) return;
      const signed = entry.body.side === 'buy' ? entry.body.quantity : negate(entry.body.quantity);
      const key = known.order.id.includes('-c')
        ? `${known.order.account}|${known.order.instrument}|closing`
        : known.order.id;
      const before = this.#held.get(key)?.quantity ?? ZERO;
      this.#held.set(key, { order: known.order, quantity: add(before, signed) });
      this.#open.set(known.order.id, { ...known, filled: add(known.filled, entry.body.quantity) });
    }
  }

  halts(): readonly ActiveHalt[] {
    return [...this.#halts.values()];
  }

  openOrders(): readonly OpenOrder[] {
    return [...this.#open.values()];
  }

  openOrder(id: string): OpenOrder | undefined {
    return this.#open.get(id);
  }

  /** What is held by account and instrument; what a kill closed is closed for the one algorithm that a test stops. */
  positions(scopes: readonly ScopeText[]): readonly HeldPosition[] {
    const sums = new Map<string, HeldPosition>();
    const all = [...this.#held.values()];
    for (const { order, quantity } of all) {
      const isClosing = order.algorithm.id === 'kill-flatten';
      const isIn = (scope: ScopeText): boolean =>
        scopesOf(order).includes(scope) || (isClosing && scope.startsWith('algorithm:'));
      if (!scopes.every(isIn)) continue;
      const ofAccount = sum(
        all.flatMap((one) =>
          one.order.account === order.account && one.order.instrument === order.instrument ? [one.quantity] : [],
        ),
      );
      const { account, instrument, venue } = order;
      const key = `${account}|${instrument}`;
      sums.set(key, {
        account,
        instrument,
        venue,
        quantity: add(sums.get(key)?.quantity ?? ZERO, quantity),
        ofAccount,
      });
    }
    return [...sums.values()];
  }

  #move({ order, state }: Extract<EntryBody, { kind: 'order' }>['body']): void {
    const known = this.#open.get(order);
    if (known === undefined) return;
    if (isTerminal(state)) this.#open.delete(order);
    else this.#open.set(order, { ...known, state });
  }
}

/** How a venue of a test behaves. Units: `ackMs` until a cancel is acknowledged. */
export interface VenueManner {
  readonly ackMs?: number;
  readonly failFirst?: number;
  readonly cannotCancelAll?: boolean;
  readonly onRequest?: (() => void) | undefined;
}

/** A small venue with a book of its own, whose line can fail. */
export class LooseVenue implements KillVenue {
  readonly working = new Set<string>();
  readonly cancelled = new Set<string>();
  readonly requests: string[] = [];
  isReachable = true;
  readonly #manner: VenueManner;
  readonly #onCancelled: (order: string) => void;
  #failures: number;

  constructor(manner: VenueManner, onCancelled: (order: string) => void) {
    this.#manner = manner;
    this.#onCancelled = onCancelled;
    this.#failures = manner.failFirst ?? 0;
  }

  async cancel(order: string): Promise<void> {
    this.#request(`cancel ${order}`);
    this.#end([order]);
  }

  async cancelAll(): Promise<void> {
    this.#request('cancelAll');
    if (this.#manner.cannotCancelAll === true) throw new Error('this venue has no such request');
    this.#end([...this.working]);
  }

  async query(order: string): Promise<VenueOrder> {
    this.#request(`query ${order}`);
    if (this.cancelled.has(order)) return { state: 'cancelled', fills: [] };
    return { state: this.working.has(order) ? 'working' : 'not-found', fills: [] };
  }

  #request(what: string): void {
    this.#manner.onRequest?.();
    this.requests.push(what);
    if (!this.isReachable) throw new KitError('VENUE_UNREACHABLE', 'the line is down');
    if (this.#failures === 0 || what.startsWith('query')) return;
    this.#failures -= 1;
    throw new KitError('VENUE_UNREACHABLE', 'the venue refused the request');
  }

  #end(orders: readonly string[]): void {
    const ended = orders.filter((order) => this.working.delete(order));
    for (const order of ended) this.cancelled.add(order);
    setTimeout(() => {
      for (const order of ended) this.#onCancelled(order);
    }, this.#manner.ackMs ?? 0);
  }
}

/** Everything that a kill reaches, around a journal. */
export interface KillWorld {
  readonly folder: string;
  readonly own: SimpleRecords;
  readonly memory: KillMemory;
  readonly journal: Pick<Journal, 'append' | 'durable' | 'head'>;
  readonly venues: ReadonlyMap<string, LooseVenue>;
  readonly incidents: readonly IncidentBody[];
  readonly entries: readonly EntryBody[];
  /** What the journal took so far: all that a crash would leave. */
  durable(): readonly EntryBody[];
  readonly killSwitch: KillSwitch;
  readonly deps: KillDeps;
  readonly clock: Clock;
  /** Enters an order that is working at its venue, or that nobody knows about. */
  enter(order: OrderOverrides & { readonly id: string }, state?: OpenOrder['state']): void;
  record(entry: EntryBody): void;
  kinds(kind: EntryBody['kind']): readonly EntryBody[];
}

/** What differs from a world with one quick venue and a journal in memory. */
export interface WorldOptions {
  readonly folder?: string;
  readonly venues?: Readonly<Record<string, VenueManner>>;
  readonly journal?: Pick<Journal, 'append' | 'durable' | 'head'>;
  /** Entries of the past that are folded before the switch starts. */
  readonly past?: readonly EntryBody[];
  /** Runs before each request to a venue, each entry and each handing over to the journal. */
  readonly onStep?: () => void;
  /** Runs before each entry counts. */
  readonly beforeStage?: (entry: EntryBody) => void;
  readonly closing?: (world: KillWorld) => ClosingDesk;
  readonly isUnstarted?: boolean;
}

export const NOW = parseInstant('2026-01-05T09:00:00.000000000Z');

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-kill-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 }));
  return folder;
}

/** The records of a world and the ways to add to them. */
interface WorldRecords extends Pick<KillWorld, 'own' | 'memory' | 'journal' | 'entries' | 'record' | 'durable'> {
  flush(): number;
  /** Moves an order that is not over, where the event can follow. */
  move(order: string, event: OrderEvent): void;
}

function worldRecords(options: WorldOptions, clock: Clock): WorldRecords {
  const own = new SimpleRecords();
  const memory = createKillMemory();
  const entries: EntryBody[] = [...(options.past ?? [])];
  for (const entry of entries) for (const part of [own, memory]) part.fold(entry, NOW);
  const journal = options.journal ?? memoryJournal(clock);
  let staged: WireBody[] = [];
  let taken = entries.length;
  const record = (entry: EntryBody): void => {
    options.onStep?.();
    options.beforeStage?.(entry);
    own.fold(entry);
    memory.fold(entry, clock.now());
    entries.push(entry);
    staged.push(toWireBody(entry));
  };
  const flush = (): number => {
    options.onStep?.();
    if (staged.length > 0) journal.append(staged);
    staged = [];
    taken = entries.length;
    return journal.head.seq;
  };
  const move = (order: string, event: OrderEvent): void => {
    const known = own.openOrder(order);
    const state = known === undefined ? 'impossible' : nextState(known.state, event);
    if (known === undefined || state === 'impossible') return;
    record({ kind: 'order', body: { v: 1, order, state, at: NOW } });
    try {
      flush();
    } catch {
      // A journal that takes nothing stops no venue in the middle of its cancels.
    }
  };
  return { own, memory, journal, entries, record, flush, move, durable: () => entries.slice(0, taken) };
}

const EVENT_OF_ANSWER: Partial<Record<VenueOrder['state'], OrderEvent>> = {
  'not-found': 'abandon',
  working: 'accept',
  cancelled: 'cancel',
};

/** A world whose switch has started, and stops with the test. */
export function killWorld(options: WorldOptions = {}): KillWorld {
  const clock = manualClock(NOW);
  const folder = options.folder ?? temporaryFolder();
  const records = worldRecords(options, clock);
  const { entries, record, flush, move } = records;
  const incidents: IncidentBody[] = [];
  const venues = new Map(
    Object.entries(options.venues ?? { paper: {} }).map(([id, manner]) => [
      id,
      new LooseVenue({ ...manner, onRequest: options.onStep }, (order) => move(order, 'cancel')),
    ]),
  );
  const deps: KillDeps = {
    ...records,
    recorder: { stage: record, flush },
    venues,
    killFile: createKillFile(folder),
    closing: {
      positions: (scopes) => options.closing?.(world).positions(scopes) ?? [],
      propose: (order) => options.closing?.(world).propose(order) ?? false,
    },
    settle: (order, { state }) => {
      const event = EVENT_OF_ANSWER[state];
      if (event !== undefined) move(order, event);
    },
    clock,
    monotonicMs: () => performance.now(),
    sleep: (ms, signal) => delay(ms, undefined, { signal, ref: false }).catch(() => {}),
    newId: (prefix) => `${prefix}${randomBytes(6).toString('hex')}`,
    onAlarm: (incident) => void incidents.push(incident),
  };
  const killSwitch = createKillSwitch(deps);
  onTestFinished(() => killSwitch.stop());
  const world: KillWorld = {
    ...records,
    folder,
    venues,
    incidents,
    killSwitch,
    deps,
    clock,
    kinds: (kind) => entries.filter((entry) => entry.kind === kind),
    enter: (order, state = 'working') => {
      record({ kind: 'intent', body: { v: 1, order: exampleOrder(order) } });
      record({ kind: 'order', body: { v: 1, order: order.id, state, at: NOW } });
      if (state === 'working') venues.get(order.venue ?? 'paper')?.working.add(order.id);
      flush();
    },
  };
  if (options.isUnstarted !== true) killSwitch.start();
  return world;
}

/** Waits for something to hold; false when the time is over first. */
export async function until(holds: () => boolean, msMax = 20_000): Promise<boolean> {
  const endsAt = performance.now() + msMax;
  while (!holds()) {
    if (performance.now() > endsAt) return false;
    await delay(5);
  }
  return true;
}

/** A journal in memory that keeps everything. */
export function memoryJournal(clock: Clock): Journal {
  return openMemoryJournal({
    edge: 'edge-1',
    clock,
    random: (bytes) => new Uint8Array(bytes),
    emptyState: {},
    onNotice: () => {},
    keep: 'all',
  }).journal;
}
