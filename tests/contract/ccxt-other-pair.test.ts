import { ZERO } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { aRestingOrder, openSession } from './ccxt-session.ts';

test('an order of an earlier session on another pair is not called unknown, since the exchange finds orders by their pair', async () => {
  const order = aRestingOrder('O-elsewhere', { instrument: 'ETH-USDT' });
  const session = await openSession({ working: [{ order, filled: ZERO }] });
  await expect(session.venue.query('O-elsewhere')).rejects.toMatchObject({
    code: 'VENUE_SILENT',
    message: 'order O-elsewhere is of ETH-USDT, and this connection is for BTC-USDT',
  });
  expect(await session.venue.query('O-nobody')).toMatchObject({ state: 'not-found' });
});
