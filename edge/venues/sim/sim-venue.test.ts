import { createAggregates } from '@gatehouse/compliance/aggregates/aggregates.ts';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { exampleLine, exampleSheet } from '@gatehouse/compliance/examples/sheet.ts';
import { NO_FILES } from '@gatehouse/compliance/fact-files.ts';
import { type ApprovedOrder, decide } from '@gatehouse/compliance/gate.ts';
import { compileRules } from '@gatehouse/compliance/rule-set.ts';
import { seriesOfRows } from '@gatehouse/shared/market/bar-series.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { addMs, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { DEMO_IDENTITY } from '../../engine/demo-account.ts';
import { SP500_INDEX } from '../../feeds/sp500.ts';
import type { VenueEvent } from '../venue.ts';
import { simFillRules } from './fill-rules.ts';
import { openSimVenue } from './sim-venue.ts';

const MINUTE_MS = 60_000;
const DECIDED_AT = parseInstant('2020-03-02T15:00:00Z');
const registry = controls.filter(({ id }) => id === 'max-order-quantity');
const sheet = exampleSheet({
  legalEntity: DEMO_IDENTITY.legalEntity,
  accounts: [DEMO_IDENTITY.account],
  controls: [exampleLine('max-order-quantity', { quantityMax: '200' }, 'firm')],
});
const rules = compileRules({ controls: registry, sheet, sheetHash: '0'.repeat(64) });
const own = createAggregates();

function approved(changes: Partial<Order> = {}): ApprovedOrder {
  const order: Order = {
    id: 'O-1',
    ...DEMO_IDENTITY,
    algorithm: { id: 'ema-cross', version: '1.0.0' },
    instrument: SP500_INDEX.id,
    venue: SP500_INDEX.venue,
    side: 'buy',
    shortSaleMark: 'not-a-sale',
    type: changes.limitPrice === undefined ? 'market' : 'limit',
    timeInForce: 'gtc',
    quantity: quantity('10'),
    currency: SP500_INDEX.currency,
    decidedAt: DECIDED_AT,
    clock: { source: 'bars', offsetNs: '0', uncertaintyNs: '0' },
    ...changes,
  };
  const facts = { now: DECIDED_AT, wallAt: DECIDED_AT, day: '2020-01-06', files: NO_FILES.hash };
  const { approval } = decide({ order, rules, files: NO_FILES, own, facts });
  if (approval === undefined) throw new Error('the gate refused the order of a test');
  return approval;
}

/** A venue with settings, and minutes of one price each, with a volume where one is named. */
function venueWith(settings: unknown) {
  const events: VenueEvent[] = [];
  const listener = (event: VenueEvent): void => void events.push(event);
  const venue = openSimVenue({ instrument: SP500_INDEX, feeBps: decimal('1'), working: [], listener, settings });
  let minutes = 0;
  const show = (at: string, volume?: string): void => {
    minutes += 1;
    const each = decimal(at);
    const openAt = addMs(DECIDED_AT, (minutes - 1) * MINUTE_MS + 1);
    const row = { openAt, closeAt: addMs(DECIDED_AT, minutes * MINUTE_MS), day: '2020-03-02' };
    const bar = seriesOfRows(SP500_INDEX.id, [{ ...row, open: each, high: each, low: each, close: each }]).bar(0);
    const { instrument, open, high, low, close } = bar;
    const words = { ...row, instrument, endsDay: false, index: minutes, open, high, low, close };
    venue.onBar(volume === undefined ? words : { ...words, volume: decimal(volume) });
  };
  return { venue, events, show };
}

function kinds(events: readonly VenueEvent[]): readonly string[] {
  return events.map((event) => (event.kind === 'link' ? event.state : event.kind));
}

test('a share of the volume is executed a bar, and the rest waits for the next', () => {
  const { venue, events, show } = venueWith({ participation: '0.1' });
  venue.submit(approved());
  show('100', '65');
  expect(venue.query('O-1')).toMatchObject({ state: 'part-filled', filled: { units: 6n } });
  show('101', '40');
  expect(kinds(events)).toEqual(['accepted', 'filled', 'filled']);
  const filled = events.flatMap((event) => (event.kind === 'filled' ? [toText(event.fill.quantity)] : []));
  expect(filled).toEqual(['6', '4']);
});

test('an order that arrives late meets only bars that open after its arrival', () => {
  const { venue, events, show } = venueWith({ latencyMs: { least: 20, most: 20 } });
  venue.submit(approved());
  expect(events[0]?.at).toBe(addMs(DECIDED_AT, 20));
  show('100');
  expect(kinds(events)).toEqual(['accepted']);
  show('101');
  expect(kinds(events)).toEqual(['accepted', 'filled']);
});

test('a share of orders is refused, the same ones for the same seed', () => {
  const refused = (rejectShare: string, seed: number): readonly string[] => {
    const { venue, events } = venueWith({ rejectShare, seed });
    for (let index = 0; index < 100; index += 1) venue.submit(approved({ id: `O-${index}` }));
    return events.flatMap((event) => (event.kind === 'rejected' ? [event.order] : []));
  };
  expect(refused('0', 1)).toEqual([]);
  expect(refused('1', 1).length).toBe(100);
  expect(refused('0.3', 1).length).toBeGreaterThan(15);
  expect(refused('0.3', 1).length).toBeLessThan(45);
  expect(refused('0.3', 1)).toEqual(refused('0.3', 1));
  expect(refused('0.3', 1)).not.toEqual(refused('0.3', 2));
});

test('while the line is cut no request arrives and no report comes; what was executed is there to be asked for, once', async () => {
  const cut = { from: '2020-03-02T15:00:30Z', until: '2020-03-02T15:01:30Z' };
  const { venue, events, show } = venueWith({ disconnects: [cut] });
  venue.submit(approved());
  show('100');
  expect(kinds(events)).toEqual(['accepted', 'down']);
  expect(() => venue.submit(approved({ id: 'O-2' }))).toThrow(/cut|down/);
  expect(() => venue.account()).toThrow(/down/);
  show('101');
  show('102');
  expect(kinds(events)).toEqual(['accepted', 'down', 'up']);
  expect((await venue.query('O-1')).state).toBe('filled');
  expect((await venue.executions(DECIDED_AT)).map(({ fill }) => toText(fill.price))).toEqual(['100.00']);
  expect((await venue.query('O-2')).state).toBe('not-found');
});

test('a bar that a halt touches executes nothing', () => {
  const halt = { from: '2020-03-02T15:00:30Z', until: '2020-03-02T15:00:40Z' };
  const { venue, events, show } = venueWith({ halts: [halt] });
  venue.submit(approved());
  show('100');
  expect(kinds(events)).toEqual(['accepted']);
  show('101');
  expect(kinds(events)).toEqual(['accepted', 'filled']);
});

test('cash and positions are what was there before and what was executed since', async () => {
  const opening = { cash: '5000.00', positions: [{ instrument: SP500_INDEX.id, quantity: '-3' }] };
  const { venue, show } = venueWith({ opening, takerFeeBps: '10' });
  venue.submit(approved());
  venue.submit(approved({ id: 'O-2', limitPrice: price('90.00'), quantity: quantity('2') }));
  show('100');
  const { balances, positions, orders } = await venue.account();
  // 5,000 less 10 x 100 and 10 bps of it; 2 x 90 are bound in the order that stands.
  expect(balances.map(({ total, inOrders }) => [toText(total), toText(inOrders)])).toEqual([['3999.00', '180.00']]);
  expect(positions?.map((held) => toText(held.quantity))).toEqual(['7']);
  expect(orders.map(({ order }) => order)).toEqual(['O-2']);
});

test('a change puts the new order in the place of the old one, or leaves the old one as it was', () => {
  const { venue, events, show } = venueWith({});
  venue.submit(approved({ limitPrice: price('90.00') }));
  venue.amend?.(approved({ id: 'O-2', replaces: 'O-1', limitPrice: price('90.001') }));
  venue.amend?.(approved({ id: 'O-3', replaces: 'O-1', limitPrice: price('95.00') }));
  venue.amend?.(approved({ id: 'O-4', replaces: 'O-1', limitPrice: price('96.00') }));
  show('94');
  expect(events.map((event) => ('order' in event ? `${event.order} ${event.kind}` : event.kind))).toEqual([
    'O-1 accepted',
    'O-1 kept',
    'O-2 rejected',
    'O-1 replaced',
    'O-3 accepted',
    'O-1 kept',
    'O-4 rejected',
    'O-3 filled',
  ]);
});

test('settings that cannot be used are refused with every problem, and rules say what is in use', () => {
  expect(() => venueWith({ participation: '0', rejectShare: '1.1', speed: 1 })).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', problems: expect.arrayContaining([expect.any(String)]) }),
  );
  const of = (settings: unknown): string =>
    simFillRules({ instrument: SP500_INDEX, feeBps: decimal('1'), settings }).join('\n');
  expect(of(undefined)).toContain('Volume is not looked at');
  const all = of({
    participation: '0.1',
    makerFeeBps: '0',
    latencyMs: { least: 5, most: 9 },
    rejectShare: '0.01',
    seed: 8,
  });
  expect(all).toContain('at most 0.1 of it');
  expect(all).toContain('0 bps for the maker and 1 bps for the taker');
  expect(all).toContain('5 to 9 ms');
  expect(all).toContain('A share of 0.01 of all orders is refused, by seed 8.');
});
