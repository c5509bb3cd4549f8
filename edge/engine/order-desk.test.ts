import { addMs, instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { syntheticMinuteBars } from '../backtest/synthetic-bars.ts';
import { SP500_INDEX } from '../feeds/sp500.ts';
import type { Venue } from '../venues/venue.ts';
import { entriesOf, type MemoryEdge, runToEnd, startMemoryEdge } from './engine-fixture.ts';

const bars = syntheticMinuteBars({
  instrument: SP500_INDEX.id,
  count: 200,
  seed: 11,
  from: parseInstant('2020-03-02T14:30:00Z'),
});

/** A venue that took orders and, after a restart, knows none of them. */
const forgetful: Venue = {
  submit: () => {},
  cancel: () => {},
  cancelAll: () => {},
  query: () => ({ state: 'not-found', fills: [] }),
  account: () => ({ at: instant(0n), orders: [], balances: [] }),
  executions: () => [],
  close: () => {},
};

async function restarted(before: MemoryEdge): Promise<MemoryEdge> {
  return startMemoryEdge({ bars, past: await entriesOf(before.journal), outlived: () => forgetful });
}

async function untilOneWorks(): Promise<MemoryEdge> {
  const edge = await startMemoryEdge({ bars });
  for (let count = 1; edge.book.openCount === 0; count += 1) runToEnd(edge, count);
  return edge;
}

test('an order that the venue had taken and forgot stays open as unknown, after any number of restarts', async () => {
  const first = await untilOneWorks();
  const ids = first.book.orders().map(({ order }) => order.id);
  const second = await restarted(first);
  const third = await restarted(second);
  for (const { book } of [second, third]) {
    expect(book.orders().map(({ order, state }) => [order.id, state])).toEqual(ids.map((id) => [id, 'unknown']));
    expect(book.tally['unsent']).toBeUndefined();
  }
  const incidents = (await entriesOf(third.journal)).filter(({ header }) => header.kind === 'incident');
  expect(incidents).toHaveLength(2 * ids.length);
});

test('an order whose handing over failed without an answer is unknown, and unsent once the venue says that it never came', async () => {
  const edge = await startMemoryEdge({
    bars,
    outlived: () => ({
      ...forgetful,
      submit: () => {
        throw new Error('the line went dead');
      },
    }),
  });
  for (let count = 1; edge.book.openCount === 0; count += 1) runToEnd(edge, count);
  expect(edge.book.orders().map(({ state }) => state)).toEqual(['unknown']);
  await edge.engine.settle();
  expect(edge.book.openCount).toBe(0);
  expect(edge.book.tally['unsent']).toBe(1);
});

test('a halt between the decision and the wire keeps the order from leaving', async () => {
  let sent = 0;
  const edge = await startMemoryEdge({
    bars,
    outlived: () => ({
      ...forgetful,
      submit: () => {
        sent += 1;
      },
    }),
  });
  const late = edge.journal.onDurable(() => {
    if (edge.book.orders().length === 0 || edge.book.own.haltEpoch > 0) return;
    // The decision has just become durable and nothing was sent yet.
    edge.engine.recorder.stage({
      kind: 'kill',
      body: {
        v: 2,
        id: 'K-1',
        scopes: ['desk:another'],
        level: 'cancel',
        haltEpoch: 1,
        by: 'P-test',
        reason: 'A test.',
        at: addMs(bars.bar(0).openAt, 0),
      },
    });
  });
  for (let count = 1; (edge.book.tally['approved'] ?? 0) === 0; count += 1) runToEnd(edge, count);
  late();
  expect(sent).toBe(0);
  expect(edge.book.tally['unsent']).toBe(edge.book.tally['approved']);
});
