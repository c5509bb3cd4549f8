import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Aggregates, createAggregates } from '@gatehouse/compliance/aggregates/aggregates.ts';
import { exampleFacts } from '@gatehouse/compliance/examples/base.ts';
import { createRecorder, type Recorder } from '@gatehouse/edge/engine/recorder.ts';
import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import { SP500_INDEX } from '@gatehouse/edge/feeds/sp500.ts';
import type { Journal } from '@gatehouse/edge/journal/journal-types.ts';
import { createKillFile } from '@gatehouse/edge/kill/kill-file.ts';
import { createKillMemory, type KillMemory } from '@gatehouse/edge/kill/kill-memory.ts';
import { createKillSwitch, type KillSwitch } from '@gatehouse/edge/kill/kill-switch.ts';
import { sim } from '@gatehouse/edge/venues/sim.ts';
import type { Venue, VenueOrderEvent } from '@gatehouse/edge/venues/venue.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';

/** An edge as far as a kill needs it: its records, its venues with open orders, and its switch. */
export interface Killable {
  readonly killSwitch: KillSwitch;
  readonly own: Aggregates;
  readonly memory: KillMemory;
  readonly recorder: Recorder;
}

/** What such an edge is made of. Shape: `hear` is told of each entry that it records. */
export interface KillableRequest {
  readonly folder: string;
  readonly journal: Journal;
  readonly orders: readonly Order[];
  readonly hear?: (entry: EntryBody) => void;
}

const HASH = '0'.repeat(64);

/** Opens it with its orders on record and working at the simulated venues that they name. */
export function openKillable({ folder, journal, orders, hear = () => {} }: KillableRequest): Killable {
  const own = createAggregates();
  const memory = createKillMemory();
  const clock = systemClock();
  const fold = (entry: EntryBody, at: Instant): void => {
    own.fold(entry);
    memory.fold(entry, at);
    hear(entry);
  };
  const recorder = createRecorder({ book: { fold }, journal, clock });
  for (const order of orders) {
    for (const entry of enteredOrder(order)) recorder.stage(entry);
    recorder.flush();
  }
  const settled = ({ order, at }: VenueOrderEvent): void => {
    recorder.stage({ kind: 'order', body: { v: 1, order, state: 'cancelled', at } });
    recorder.flush();
  };
  const killSwitch = createKillSwitch({
    own,
    memory,
    recorder,
    journal,
    venues: venuesWith(own, settled),
    killFile: createKillFile(folder),
    closing: undefined,
    settle: () => {},
    clock,
    monotonicMs: () => performance.now(),
    sleep: (ms, signal) => delay(ms, undefined, { signal, ref: false }).catch(() => {}),
    newId: (prefix) => `${prefix}${randomBytes(6).toString('hex')}`,
    onAlarm: () => {},
  });
  killSwitch.start();
  return { killSwitch, own, memory, recorder };
}

/** Simulated venues that hold the orders that are open on record. */
export function venuesWith(own: Aggregates, listener: (event: VenueOrderEvent) => void): ReadonlyMap<string, Venue> {
  const orders = own.openOrders();
  const venue = (id: string): Venue =>
    sim.connect({
      instrument: SP500_INDEX,
      feeBps: decimal('0'),
      working: orders.filter(({ order }) => order.venue === id),
      listener: (event) => {
        if (event.kind !== 'link' && event.kind !== 'foreign') listener(event);
      },
    });
  return new Map([...new Set(orders.map(({ order }) => order.venue))].map((id) => [id, venue(id)]));
}

/** The records of an order that is working at its venue. */
export function enteredOrder(order: Order): readonly EntryBody[] {
  const rows = [{ control: 'sheet', version: 1, scope: 'firm', verdict: 'pass' }] as const;
  const names = { order: order.id, sheet: HASH, controls: HASH, haltEpoch: 0 };
  return [
    { kind: 'intent', body: { v: 1, order } },
    { kind: 'decision', body: { v: 2, outcome: 'approved', ...names, facts: exampleFacts(), rows: [...rows] } },
    { kind: 'order', body: { v: 1, order: order.id, state: 'sent', at: order.decidedAt } },
    { kind: 'order', body: { v: 1, order: order.id, state: 'working', at: order.decidedAt } },
  ];
}
