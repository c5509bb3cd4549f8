import { seriesOfRows } from '@gatehouse/shared/market/bar-series.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { quantity } from '@gatehouse/shared/values/amounts.ts';
import { decimal, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { DEMO_IDENTITY } from '../engine/demo-account.ts';
import { SP500_INDEX } from '../feeds/sp500.ts';
import { sim } from './sim.ts';
import type { VenueEvent } from './venue.ts';

const price = decimal('100');
const row = {
  openAt: parseInstant('2020-03-03T14:30:00Z'),
  closeAt: parseInstant('2020-03-03T21:00:00Z'),
  day: '2020-03-03',
  open: price,
  high: price,
  low: price,
  close: price,
};

const left: Order = {
  id: 'O-1',
  ...DEMO_IDENTITY,
  algorithm: { id: 'ema-cross', version: '1.0.0' },
  instrument: SP500_INDEX.id,
  venue: SP500_INDEX.venue,
  side: 'buy',
  shortSaleMark: 'not-a-sale',
  type: 'market',
  timeInForce: 'day',
  quantity: quantity('10'),
  currency: SP500_INDEX.currency,
  decidedAt: parseInstant('2020-03-02T21:00:00Z'),
  clock: { source: 'bars', offsetNs: '0', uncertaintyNs: '0' },
};

test.each([
  ['another instrument neither fill nor end', 'CSV-00000000', []],
  ['its own instrument fill', SP500_INDEX.id, ['filled']],
])('an order that an earlier run left working: bars of %s it', (_, instrument, kinds) => {
  const events: VenueEvent[] = [];
  const venue = sim.connect({
    instrument: { ...SP500_INDEX, id: instrument },
    feeBps: ZERO,
    working: [{ order: left, filled: ZERO }],
    listener: (event) => events.push(event),
  });
  venue.onBar?.(seriesOfRows(instrument, [row]).bar(0));
  expect(events.map(({ kind }) => kind)).toEqual(kinds);
  expect(venue.query(left.id)).toMatchObject({ state: kinds.length === 0 ? 'working' : 'filled' });
});
