import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Aggregates, createAggregates } from '@gatehouse/compliance/aggregates/aggregates.ts';
import { exampleFacts, exampleOrder } from '@gatehouse/compliance/examples/base.ts';
import { createRecorder } from '@gatehouse/edge/engine/recorder.ts';
import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import { SP500_INDEX } from '@gatehouse/edge/feeds/sp500.ts';
import { openJournal } from '@gatehouse/edge/journal/journal.ts';
import type { Journal } from '@gatehouse/edge/journal/journal-types.ts';
import { createKillFile } from '@gatehouse/edge/kill/kill-file.ts';
import { createKillMemory } from '@gatehouse/edge/kill/kill-memory.ts';
import { createKillSwitch, type KillSwitch } from '@gatehouse/edge/kill/kill-switch.ts';
import { sim } from '@gatehouse/edge/venues/sim.ts';
import type { Venue, VenueOrderEvent } from '@gatehouse/edge/venues/venue.ts';
import { assert } from '@gatehouse/shared/errors.ts';
import { generateSigner } from '@gatehouse/shared/journal/note.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import type { Measurement } from './figure.ts';

const ORDERS = 5_000;
const VENUES = ['first', 'second', 'third'];
const HASH = '0'.repeat(64);

/**
 * A kill of a desk at the edge itself: five thousand open orders on three simulated venues, each cancelled by its own request, with
 * the journal on disk, against a bare loop over the same cancels.
 *
 * Units: `kill.local_ms` ends when the last venue was told, `kill.zero_ms` when nothing remains and the kill is on disk.
 */
export const kill: Measurement = {
  figures: [
    { name: 'kill.local_ms', unit: 'ms', digits: 0, bar: '≤ 500 with the way from the console' },
    { name: 'kill.zero_ms', unit: 'ms', digits: 0, bar: 'told, and durable' },
  ],
  async measure(folder) {
    const baseline = bareMs();
    const { journal } = await openJournal({
      folder: join(folder, 'journal'),
      edge: 'edge-1',
      signer: generateSigner('edge-1'),
      clock: systemClock(),
      random: randomBytes,
      emptyState: {},
      onNotice: () => {},
    });
    const { killSwitch, own } = stocked(folder, journal);
    await journal.durable(journal.head.seq);
    const from = performance.now();
    const running = killSwitch.kill({
      scopes: ['desk:index'],
      level: 'cancel',
      by: 'P-bench',
      reason: 'A measurement.',
    });
    await running.told;
    const toldMs = performance.now() - from;
    await Promise.all([running.ended, running.written]);
    const zeroMs = performance.now() - from;
    assert(own.openOrders().length === 0, 'nothing remains');
    killSwitch.stop();
    await journal.close();
    const baselineName = 'the same cancels in a bare loop, no record';
    return {
      'kill.local_ms': { value: toldMs, baseline, baselineName, n: ORDERS },
      'kill.zero_ms': { value: zeroMs, baseline, baselineName, n: ORDERS },
    };
  },
};

function stocked(folder: string, journal: Journal): { readonly killSwitch: KillSwitch; readonly own: Aggregates } {
  const own = createAggregates();
  const memory = createKillMemory();
  const clock = systemClock();
  const fold = (entry: EntryBody, at: ReturnType<typeof clock.now>): void => {
    own.fold(entry);
    memory.fold(entry, at);
  };
  const recorder = createRecorder({ book: { fold }, journal, clock });
  for (let number = 0; number < ORDERS; number += 1) {
    for (const entry of enteredOrder(number)) recorder.stage(entry);
    recorder.flush();
  }
  const hear = ({ order, at }: VenueOrderEvent): void => {
    recorder.stage({ kind: 'order', body: { v: 1, order, state: 'cancelled', at } });
    recorder.flush();
  };
  const killSwitch = createKillSwitch({
    own,
    memory,
    recorder,
    journal,
    venues: venuesWith(own, hear),
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
  return { killSwitch, own };
}

function venuesWith(own: Aggregates, listener: (event: VenueOrderEvent) => void): ReadonlyMap<string, Venue> {
  const venue = (id: string): Venue =>
    sim.connect({
      instrument: SP500_INDEX,
      feeBps: decimal('0'),
      working: own.openOrders().filter(({ order }) => order.venue === id),
      listener: (event) => {
        if (event.kind !== 'link' && event.kind !== 'foreign') listener(event);
      },
    });
  return new Map(VENUES.map((id) => [id, venue(id)]));
}

function enteredOrder(number: number): readonly EntryBody[] {
  const order = exampleOrder({ id: `O-${number}`, venue: VENUES[number % VENUES.length] ?? 'first' });
  const rows = [{ control: 'sheet', version: 1, scope: 'firm', verdict: 'pass' }] as const;
  const names = { order: order.id, sheet: HASH, controls: HASH, haltEpoch: 0 };
  return [
    { kind: 'intent', body: { v: 1, order } },
    { kind: 'decision', body: { v: 2, outcome: 'approved', ...names, facts: exampleFacts(), rows: [...rows] } },
    { kind: 'order', body: { v: 1, order: order.id, state: 'sent', at: order.decidedAt } },
    { kind: 'order', body: { v: 1, order: order.id, state: 'working', at: order.decidedAt } },
  ];
}

/** What the venues themselves take for the same requests. Units: milliseconds. */
function bareMs(): number {
  const own = createAggregates();
  for (let number = 0; number < ORDERS; number += 1) for (const entry of enteredOrder(number)) own.fold(entry);
  const venues = venuesWith(own, () => {});
  const orders = own.openOrders();
  const from = performance.now();
  for (const { order } of orders) void venues.get(order.venue)?.cancel(order.id);
  return performance.now() - from;
}
