import { quantity } from '@gatehouse/shared/values/amounts.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { anOrder, approve, hears, openSession } from './ccxt-session.ts';

test('a market order is accepted before it fills, with the exchange’s own figures', async () => {
  const session = await openSession();
  await session.submit(anOrder('O-1', { quantity: quantity('0.50') }));
  await hears(session, 'O-1 accepted', 'O-1 filled 0.5 at 101 last');
  const answer = await session.venue.query('O-1');
  expect(answer.state).toBe('filled');
  const [event] = session.events.filter(({ kind }) => kind === 'filled');
  expect(event?.kind === 'filled' ? [event.fill] : []).toEqual(answer.fills);
  // 0.1 % of what was bought, in the asset that was bought.
  expect(answer.fills.map(({ fee, feeCurrency }) => `${toText(fee)} ${feeCurrency}`)).toEqual(['0.00050000 BTC']);
});

test('an order that the gate did not make never reaches the exchange', async () => {
  const session = await openSession();
  const copy = { ...approve(anOrder('O-1')) } as never;
  await expect(async () => session.venue.submit(copy)).rejects.toThrow(/did not approve/);
  expect(session.placed('O-1')).toBe(0);
});
