import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createAggregates } from '@gatehouse/compliance/aggregates/aggregates.ts';
import { exampleOrder } from '@gatehouse/compliance/examples/base.ts';
import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import { openJournal } from '@gatehouse/edge/journal/journal.ts';
import { assert } from '@gatehouse/shared/errors.ts';
import { generateSigner } from '@gatehouse/shared/journal/note.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Measurement } from './figure.ts';
import { enteredOrder, openKillable, venuesWith } from './killable.ts';

const ORDERS = 5_000;
const VENUES = ['first', 'second', 'third'];

/**
 * A kill of a desk at the edge itself: five thousand open orders on three simulated venues, each cancelled by its own request, with
 * the journal on disk, against a bare loop over the same cancels.
 *
 * Units: `kill.local_ms` ends when the last venue was told, `kill.zero_ms` when nothing remains and the kill is on disk.
 */
export const kill: Measurement = {
  figures: [
    { name: 'kill.local_ms', unit: 'ms', digits: 0, bar: 'a part of kill.p99_ms' },
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
    const orders = Array.from({ length: ORDERS }, (_, number) => orderOf(number));
    const { killSwitch, own } = openKillable({ folder, journal, orders });
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

function orderOf(number: number): Order {
  return exampleOrder({ id: `O-${number}`, venue: VENUES[number % VENUES.length] ?? 'first' });
}

/** What the venues themselves take for the same requests. Units: milliseconds. */
function bareMs(): number {
  const own = createAggregates();
  for (let number = 0; number < ORDERS; number += 1) for (const entry of enteredOrder(orderOf(number))) own.fold(entry);
  const venues = venuesWith(own, () => {});
  const orders = own.openOrders();
  const from = performance.now();
  for (const { order } of orders) void venues.get(order.venue)?.cancel(order.id);
  return performance.now() - from;
}
