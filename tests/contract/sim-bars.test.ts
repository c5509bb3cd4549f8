import type { ApprovedOrder } from '@gatehouse/compliance/gate.ts';
import { SP500_INDEX } from '@gatehouse/edge/feeds/sp500.ts';
import type { WorkingOrder } from '@gatehouse/edge/venues/define-connector.ts';
import { sim } from '@gatehouse/edge/venues/sim.ts';
import type { Venue, VenueOrderEvent } from '@gatehouse/edge/venues/venue.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import { seriesOfRows } from '@gatehouse/shared/market/bar-series.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { decimal, toText, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { approve, orderFor } from './approved-orders.ts';

// What the simulator does with bars, to the cent; the cases that it shares with every connector are in venue.test.ts.

const DECIDED_AT = parseInstant('2020-03-02T21:00:00Z');
const HOUR_NS = 3_600_000_000_000n;

/** Bars of one hour each, two to a day, the first of them while the order was decided. */
function bars(
  ...prices: readonly (readonly [open: string, high: string, low: string, close: string])[]
): readonly Bar[] {
  const rows = prices.map(([open, high, low, close], index) => {
    const closeAt = instant(DECIDED_AT + BigInt(index) * HOUR_NS);
    const day = `2020-03-0${2 + Math.floor((index + 1) / 2)}`;
    return {
      openAt: instant(closeAt - HOUR_NS + 1n),
      closeAt,
      day,
      open: decimal(open),
      high: decimal(high),
      low: decimal(low),
      close: decimal(close),
    };
  });
  const series = seriesOfRows(SP500_INDEX.id, rows);
  return rows.map((_, index) => series.bar(index));
}

const AT_DECISION = ['1000.00', '1010.00', '990.00', '1000.00'] as const;

function order(changes: Partial<Order> = {}): Order {
  const plain = { id: 'O-1', timeInForce: 'day', quantity: quantity('10'), decidedAt: DECIDED_AT } as const;
  return orderFor(SP500_INDEX, { ...plain, ...changes });
}

interface Session {
  readonly venue: Venue;
  readonly events: readonly VenueOrderEvent[];
}

function open(working: readonly WorkingOrder[] = []): Session {
  const events: VenueOrderEvent[] = [];
  const venue = sim.connect({
    instrument: SP500_INDEX,
    feeBps: decimal('0.5'),
    working,
    listener: (event) => {
      if (event.kind !== 'link' && event.kind !== 'foreign') events.push(event);
    },
  });
  return { venue, events };
}

async function submitAll({ venue }: Session, ...orders: readonly Order[]): Promise<void> {
  for (const one of orders) await venue.submit(approve(one));
}

function show({ venue }: Session, shown: readonly Bar[]): void {
  for (const bar of shown) venue.onBar?.(bar);
}

function kinds({ events }: Session): readonly string[] {
  return events.map(({ kind }) => kind);
}

function fills({ events }: Session): readonly string[] {
  return events.flatMap((event) => (event.kind === 'filled' ? [toText(event.fill.price)] : []));
}

test('takes only approved orders', async () => {
  const session = open();
  const genuine = approve(order());
  const copy = { ...genuine } as ApprovedOrder;
  await expect(async () => session.venue.submit(copy)).rejects.toThrow(/did not approve/);
  expect(await session.venue.query('O-1')).toMatchObject({ state: 'not-found' });
  await session.venue.submit(genuine);
  expect(await session.venue.query('O-1')).toMatchObject({ state: 'working' });
});

test('accepts before it fills', async () => {
  const session = open();
  await submitAll(session, order());
  show(session, bars(AT_DECISION, ['1001.00', '1002.00', '999.00', '1000.00']));
  expect(kinds(session)).toEqual(['accepted', 'filled']);
});

test('fills market orders only on later prices', async () => {
  const session = open();
  await submitAll(session, order(), order({ id: 'O-2', side: 'sell' }));
  const [atDecision, later] = bars(AT_DECISION, ['1001.005', '1002.00', '999.00', '1000.00']);
  show(session, atDecision === undefined ? [] : [atDecision]);
  expect(fills(session)).toEqual([]);
  show(session, later === undefined ? [] : [later]);
  // The open lies between two ticks: each side gets the one that is worse for it.
  expect(fills(session)).toEqual(['1001.01', '1001.00']);
  for (const { at, kind } of session.events) if (kind === 'filled') expect(at).toBeGreaterThan(DECIDED_AT);
});

test('fills limit orders never worse than their limit', async () => {
  const cents = [
    ['990.00', '990.00'],
    ['989.99', undefined],
    ['1005.00', '1001.00'],
  ] as const;
  for (const [limit, expected] of cents) {
    const session = open();
    await submitAll(session, order({ limitPrice: price(limit) }));
    show(session, bars(AT_DECISION, ['1001.00', '1002.00', '990.00', '1000.00']));
    expect(fills(session)).toEqual(expected === undefined ? [] : [expected]);
  }
  const sale = open();
  await submitAll(sale, order({ side: 'sell', limitPrice: price('1002.00') }));
  show(sale, bars(AT_DECISION, ['1001.00', '1002.00', '990.00', '1000.00']));
  expect(fills(sale)).toEqual(['1002.00']);
});

test('makes one order of one id', async () => {
  const session = open();
  await submitAll(session, order(), order());
  show(session, bars(AT_DECISION, ['1001.00', '1002.00', '999.00', '1000.00']));
  await submitAll(session, order());
  show(session, bars(AT_DECISION, AT_DECISION, ['1001.00', '1002.00', '999.00', '1000.00']).slice(2));
  expect(kinds(session)).toEqual(['accepted', 'filled']);
});

test('cancels one and then never fills it', async () => {
  const session = open();
  await submitAll(session, order(), order({ id: 'O-2' }));
  await session.venue.cancel('O-1');
  show(session, bars(AT_DECISION, ['1001.00', '1002.00', '999.00', '1000.00']));
  expect(session.events.map(({ order: id, kind }) => `${id} ${kind}`)).toEqual([
    'O-1 accepted',
    'O-2 accepted',
    'O-1 cancelled',
    'O-2 filled',
  ]);
});

test('cancels all', async () => {
  const session = open();
  await submitAll(session, order(), order({ id: 'O-2', limitPrice: price('990.00') }));
  await session.venue.cancelAll();
  show(session, bars(AT_DECISION, ['1001.00', '1002.00', '980.00', '1000.00']));
  expect(kinds(session)).toEqual(['accepted', 'accepted', 'cancelled', 'cancelled']);
});

test('expires day orders', async () => {
  const session = open();
  await submitAll(
    session,
    order({ limitPrice: price('985.00') }),
    order({ id: 'O-2', limitPrice: price('985.00'), timeInForce: 'gtc' }),
  );
  const quiet = ['1001.00', '1002.00', '999.00', '1000.00'] as const;
  const shown = bars(AT_DECISION, quiet, quiet, quiet);
  show(session, shown.slice(0, 2));
  expect(kinds(session)).toEqual(['accepted', 'accepted']);
  show(session, shown.slice(2));
  expect(session.events.filter(({ kind }) => kind === 'expired').map(({ order: id, at }) => [id, at])).toEqual([
    ['O-1', shown[2]?.closeAt],
  ]);
});

test('answers queries with fills', async () => {
  const session = open();
  await submitAll(session, order());
  show(session, bars(AT_DECISION, ['1001.00', '1002.00', '999.00', '1000.00']));
  const answer = await session.venue.query('O-1');
  expect(answer.state).toBe('filled');
  const [event] = session.events.filter(({ kind }) => kind === 'filled');
  expect(event?.kind === 'filled' ? [event.fill] : []).toEqual(answer.fills);
  // 10 x 1,001.00 at half a basis point, rounded up to a cent.
  expect(answer.fills.map(({ fee }) => toText(fee))).toEqual(['0.51']);
});

test('knows nothing of foreign ids', async () => {
  const { venue } = open();
  expect(await venue.query('O-none')).toEqual({ state: 'not-found', fills: [] });
});

test('takes back its working orders', async () => {
  const session = open([{ order: order(), filled: ZERO }]);
  expect(await session.venue.query('O-1')).toMatchObject({ state: 'working' });
  await submitAll(session, order());
  show(session, bars(AT_DECISION, ['1001.00', '1002.00', '999.00', '1000.00']));
  expect(kinds(session)).toEqual(['filled']);
});

test('refuses everything once closed', async () => {
  const session = open();
  await session.venue.close();
  await expect(async () => session.venue.submit(approve(order()))).rejects.toThrow(/closed/);
  await expect(async () => session.venue.cancelAll()).not.toThrow();
  await expect(async () => session.venue.query('O-1')).rejects.toThrow(/closed/);
});
