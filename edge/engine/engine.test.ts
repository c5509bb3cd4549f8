import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { bodySchemas } from '@gatehouse/shared/schema/bodies.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import { add, compare, equal, isZero, subtract, sum, toText } from '@gatehouse/shared/values/decimal.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { syntheticMinuteBars } from '../backtest/synthetic-bars.ts';
import { loadSp500, SP500_INDEX } from '../feeds/sp500.ts';
import { STRATEGIES } from '../strategies/index.ts';
import { DEMO_DEPOSIT, DEMO_IDENTITY } from './demo-account.ts';
import {
  emptyBook,
  entriesOf,
  foldEntries,
  type MemoryEdge,
  runToEnd,
  startMemoryEdge,
  switchOf,
} from './engine-fixture.ts';
import { fromWireBody, toWireBody } from './entry-wire.ts';

const { bars: sp500 } = await loadSp500();
const few = syntheticMinuteBars({
  instrument: SP500_INDEX.id,
  count: 200,
  seed: 11,
  from: parseInstant('2020-03-02T14:30:00Z'),
});
const { account } = DEMO_IDENTITY;

async function runAll(bars = sp500): Promise<MemoryEdge> {
  const edge = await startMemoryEdge({ bars });
  runToEnd(edge);
  return edge;
}

function bodiesOf(entries: readonly SealedEntry[], kind: string): readonly Record<string, unknown>[] {
  return entries.filter(({ header }) => header.kind === kind).map(({ bodyText }) => JSON.parse(bodyText));
}

function idsOf(entries: readonly SealedEntry[]): readonly string[] {
  return bodiesOf(entries, 'intent').map((body) => (body['order'] as { readonly id: string }).id);
}

/** Every order that was intended is decided once, and fills at most once. */
function expectNothingDoubled(entries: readonly SealedEntry[]): void {
  const ids = idsOf(entries);
  expect(new Set(ids).size).toBe(ids.length);
  const decided = bodiesOf(entries, 'decision').map((body) => body['order']);
  expect(decided).toEqual(ids);
  const filled = bodiesOf(entries, 'fill').map((body) => body['order']);
  expect(new Set(filled).size).toBe(filled.length);
}

function expectCashIdentity({ book }: MemoryEdge): void {
  const positions = book.positions(account).map(({ position }) => position);
  const realised = sum(positions.map((position) => position.realised));
  const outflow = add(sum(positions.map((position) => position.fees)), sum(positions.map((position) => position.cost)));
  expect(equal(book.cash(account), subtract(add(DEMO_DEPOSIT, realised), outflow))).toBe(true);
}

test('twenty years of the index trade, are refused for several reasons, and add up to the last digit', async () => {
  const edge = await runAll();
  const { tally } = edge.book;
  expect(tally['fills']).toBeGreaterThan(500);
  expect(tally['refused:max-order-value']).toBeGreaterThan(0);
  expect(tally['refused:position-limit']).toBeGreaterThan(0);
  expect(tally['refused:price-collar']).toBeGreaterThan(0);
  expect(tally['orders']).toBe((tally['approved'] ?? 0) + (tally['refused'] ?? 0));
  expectNothingDoubled(await entriesOf(edge.journal));
  expectCashIdentity(edge);
});

test('I9 the book of the moment equals the fold of all entries, and the one that continues from a snapshot', async () => {
  const edge = await runAll();
  const entries = await entriesOf(edge.journal);
  const live = canonicalJson(edge.book.snapshot());
  expect(canonicalJson(foldEntries(emptyBook(), entries).snapshot())).toBe(live);

  const half = Math.floor(entries.length / 2);
  const before = foldEntries(emptyBook(), entries.slice(0, half)).snapshot();
  expect(canonicalJson(foldEntries(emptyBook(before), entries.slice(half)).snapshot())).toBe(live);
});

test('the hand-written text of every body equals what its schema encodes', async () => {
  const edge = await runAll();
  const seen = new Set<string>();
  for (const { header, bodyText } of await entriesOf(edge.journal)) {
    const entry = fromWireBody(header.kind, bodyText);
    if (entry === undefined) continue;
    seen.add(entry.kind);
    const schema = bodySchemas[entry.kind];
    expect(toWireBody(entry).body).toBe(canonicalJson(encode(schema as never, entry.body as never) as JsonValue));
    expect(toWireBody(entry).body).toBe(bodyText);
  }
  for (const kind of ['intent', 'decision', 'order', 'fill', 'valuation', 'cash', 'session'])
    expect(seen).toContain(kind);
});

test('I6 an intent and its decision stand before every state of the order', async () => {
  const edge = await runAll(few);
  const decided = new Set<unknown>();
  for (const { header, bodyText } of await entriesOf(edge.journal)) {
    const body = JSON.parse(bodyText);
    if (header.kind === 'decision') decided.add(body.order);
    if (header.kind === 'order' || header.kind === 'fill') expect(decided).toContain(body.order);
  }
});

test('I8 no order fills at or before the time it was decided', async () => {
  const edge = await runAll();
  const entries = await entriesOf(edge.journal);
  const decidedAt = new Map(
    bodiesOf(entries, 'intent').map(({ order }) => {
      const { id, decidedAt: at } = order as { readonly id: string; readonly decidedAt: string };
      return [id, at];
    }),
  );
  for (const fill of bodiesOf(entries, 'fill')) {
    expect(String(fill['at']) > String(decidedAt.get(String(fill['order'])))).toBe(true);
  }
});

test('I7 a process that dies after any group of entries loses no order and doubles none, with a venue that dies too', async () => {
  const { journal, groupEnds } = await runAll(few);
  const whole = await entriesOf(journal);
  expect(idsOf(whole).length).toBeGreaterThan(10);
  expect(groupEnds.length).toBeGreaterThan(30);
  for (const count of groupEnds) {
    const past = whole.slice(0, count);
    const edge = await startMemoryEdge({ bars: few, past });
    runToEnd(edge);
    const entries = await entriesOf(edge.journal);
    expectNothingDoubled(entries);
    expect(idsOf(entries).slice(0, idsOf(past).length)).toEqual(idsOf(past));
    const stuck = edge.book
      .orders()
      .filter(({ state }) => state === 'approved' || state === 'intended' || state === 'sent');
    expect(stuck).toEqual([]);
    expectCashIdentity(edge);
    const live = canonicalJson(edge.book.snapshot());
    expect(canonicalJson(foldEntries(emptyBook(), entries).snapshot())).toBe(live);
  }
}, 60_000);

test('a process that dies after any group of entries finds its orders at a venue that lives on', async () => {
  const { journal, groupEnds } = await runAll(few);
  const whole = await entriesOf(journal);
  for (const count of groupEnds) {
    const past = whole.slice(0, count);
    // The venue of a process that ran on until the bar that it died in.
    const before = await startMemoryEdge({ bars: few });
    const reached = foldEntries(emptyBook(), past).progress.run?.progressAt;
    const until = Array.from({ length: few.length }, (_, index) => index).find(
      (index) => reached === undefined || few.bar(index).closeAt >= reached,
    );
    runToEnd(before, (until ?? 0) + 1);
    const edge = await startMemoryEdge({ bars: few, past, outlived: () => before.venue });
    const entries = await entriesOf(edge.journal);
    expectNothingDoubled(entries);
    for (const id of idsOf(past)) {
      const answer = await before.venue.query(id);
      const known = edge.book.order(id);
      if (answer.state === 'working') expect(known?.state).toBe('working');
      if (answer.state === 'filled') expect(bodiesOf(entries, 'fill').map((body) => body['order'])).toContain(id);
    }
  }
}, 60_000);

const asked = { by: 'P-test', reason: 'A test.' } as const;

test('I12 a halt refuses everything after it, takes back what is working, and is there after a restart', async () => {
  const edge = await startMemoryEdge({ bars: few });
  runToEnd(edge, 100);
  const before = edge.book.tally['approved'] ?? 0;
  await switchOf(edge).kill({ ...asked, scopes: ['firm'], level: 'cancel' }).ended;
  expect(edge.book.openCount).toBe(0);
  runToEnd(edge, 150);
  expect(edge.book.tally['approved']).toBe(before);

  const again = await startMemoryEdge({ bars: few, past: await entriesOf(edge.journal) });
  expect(again.book.own.halts()).toMatchObject([{ scopes: ['firm'], level: 'cancel' }]);
  runToEnd(again);
  expect(again.book.tally['approved']).toBe(before);
  expect(again.book.tally['refused:trading-state']).toBeGreaterThan(0);
});

test('a halt of one algorithm leaves the other one trading', async () => {
  const edge = await startMemoryEdge({ bars: few });
  await switchOf(edge).kill({ ...asked, scopes: ['algorithm:ema-cross'], level: 'cancel' }).ended;
  runToEnd(edge);
  const orders = bodiesOf(await entriesOf(edge.journal), 'fill').map((body) => String(body['order']));
  expect(orders.length).toBeGreaterThan(0);
  expect(orders.filter((id) => id.includes('ema-cross'))).toEqual([]);
});

test('a later pause never loosens an earlier halt', async () => {
  const edge = await startMemoryEdge({ bars: few });
  const killSwitch = switchOf(edge);
  await killSwitch.kill({ ...asked, scopes: ['firm'], level: 'cancel' }).ended;
  await killSwitch.kill({ ...asked, by: 'P-other', scopes: ['firm'], level: 'pause' }).ended;
  runToEnd(edge, 150);
  expect(edge.book.tally['approved'] ?? 0).toBe(0);
});

test('a flatten closes what is held through the gate, and nothing else trades', async () => {
  const edge = await startMemoryEdge({ bars: few });
  runToEnd(edge, 100);
  const held = edge.book.positions(DEMO_IDENTITY.account).filter(({ position }) => !isZero(position.quantity));
  expect(held).toHaveLength(1);
  const kill = switchOf(edge).kill({ ...asked, scopes: ['firm'], level: 'flatten' });
  await kill.told;
  for (let bar = 101; bar < 120; bar += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    runToEnd(edge, bar);
  }
  expect(edge.book.positions(DEMO_IDENTITY.account).every(({ position }) => isZero(position.quantity))).toBe(true);
  const closing = bodiesOf(await entriesOf(edge.journal), 'intent')
    .map(({ order }) => order as { readonly algorithm: { readonly id: string } })
    .filter(({ algorithm }) => algorithm.id === 'kill-flatten');
  expect(closing).toHaveLength(1);
  // Whoever trades on after the release must not leave a position a second time.
  const instrument = held[0]?.instrument ?? '';
  for (const { id } of STRATEGIES) expect(toText(edge.book.held(id, instrument))).toBe('0');
  expect(toText(edge.book.held('kill-flatten', instrument))).toBe('0');
});

test('the day of a valuation is valued once', async () => {
  const edge = await runAll();
  const days = bodiesOf(await entriesOf(edge.journal), 'valuation').map((body) => body['day']);
  expect(days.length).toBe(5_105);
  expect(new Set(days).size).toBe(days.length);
  expect(compare(edge.book.valuation?.equity ?? DEMO_DEPOSIT, DEMO_DEPOSIT)).not.toBe(0);
});
