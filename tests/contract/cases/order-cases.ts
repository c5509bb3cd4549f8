import type { ApprovedOrder } from '@gatehouse/compliance/gate.ts';
import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { absolute, compare, decimal, subtract } from '@gatehouse/shared/values/decimal.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import { expect } from 'vitest';
import { approve } from '../approved-orders.ts';
import { codeOf, refusalOf, type StageSession, soon, total } from '../venue-stage.ts';
import type { CaseBody } from './case-body.ts';

const SPREAD = decimal('0.01');
const FILLED = ['O-1 accepted', 'O-1 filled 2 last'] as const;
const LIMIT_90 = { limitPrice: price('90.00') };

function isNear(session: StageSession, order: string, ...prices: readonly string[]): void {
  for (const fill of session.fills(order)) {
    const distances = prices.map((text) => absolute(subtract(fill.price, decimal(text))));
    expect(distances.some((distance) => compare(distance, SPREAD) <= 0)).toBe(true);
  }
}

/** Orders as such, market orders, and limit orders. */
export const ORDER_CASES = {
  'takes-only-approved-orders': async (stage) => {
    const session = await stage.open();
    const genuine = approve(session.order('O-1', LIMIT_90));
    const copy = { ...genuine } as ApprovedOrder;
    await expect(async () => session.venue.submit(copy)).rejects.toThrow(/did not approve/);
    expect(await session.venue.query('O-1')).toMatchObject({ state: 'not-found' });
    await session.venue.submit(genuine);
    expect(await session.venue.query('O-1')).toMatchObject({ state: 'working' });
  },
  'makes-one-order-of-one-id': async (stage) => {
    const session = await stage.open();
    const since = session.now();
    const order = session.order('O-1');
    await session.submit(order);
    await session.submit(order);
    session.show('101');
    await session.hears(...FILLED);
    await session.submit(order);
    session.show('102');
    await session.quiet();
    expect(session.told()).toEqual(FILLED);
    expect((await session.venue.executions(since)).map((one) => one.order)).toEqual(['O-1']);
    expect((await session.venue.account()).orders).toEqual([]);
    if (session.wire !== undefined) expect([session.wire.asked('O-1'), session.wire.made('O-1')]).toEqual([1, 1]);
  },
  'answers-queries-with-fills': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1'));
    session.show('101');
    await session.hears(...FILLED);
    const answer = await session.venue.query('O-1');
    expect(answer.state).toBe('filled');
    expect(answer.fills).toEqual(session.fills('O-1'));
    await session.submit(session.order('O-2', LIMIT_90));
    expect(await session.venue.query('O-2')).toMatchObject({ state: 'working', fills: [] });
  },
  'knows-nothing-of-foreign-ids': async (stage) => {
    const { venue } = await stage.open();
    expect(await venue.query('O-none')).toEqual({ state: 'not-found', fills: [] });
  },
  'refuses-everything-once-closed': async (stage) => {
    const session = await stage.open();
    const { venue } = session;
    await venue.close();
    expect(await codeOf(session, session.order('O-1'))).toBe('VENUE_UNREACHABLE');
    await venue.cancelAll();
    await expect(async () => venue.query('O-1')).rejects.toMatchObject({ code: 'VENUE_UNREACHABLE' });
    expect(session.told()).toEqual([]);
  },
  'accepts-before-it-fills': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1'));
    session.show('101');
    await session.hears(...FILLED);
  },
  'fills-market-orders-only-on-later-prices': async (stage) => {
    const session = await stage.open();
    session.show('105');
    session.show('100');
    const decidedAt = session.now();
    await session.submit(session.order('O-1'));
    await session.submit(session.order('O-2', { side: 'sell' }));
    await session.quiet();
    if (stage.takes === 'later') expect([...session.fills('O-1'), ...session.fills('O-2')]).toEqual([]);
    session.show('103');
    await soon(() => expect(session.told().filter((line) => line.endsWith('last'))).toHaveLength(2));
    for (const id of ['O-1', 'O-2']) {
      isNear(session, id, ...(stage.takes === 'later' ? ['103'] : ['100', '103']));
      for (const { at } of session.fills(id))
        expect(stage.takes === 'later' ? at > decidedAt : at >= decidedAt).toBe(true);
    }
  },
  'fills-limit-orders-never-worse-than-their-limit': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1', LIMIT_90));
    await session.submit(session.order('O-2', { side: 'sell', limitPrice: price('110.00') }));
    session.show('90.50');
    session.show('109.50');
    await session.quiet();
    expect([...session.fills('O-1'), ...session.fills('O-2')]).toEqual([]);
    session.show('89.50');
    await soon(() => expect(total(session.fills('O-1'))).toBe(2));
    session.show('110.50');
    await soon(() => expect(total(session.fills('O-2'))).toBe(2));
    for (const fill of session.fills('O-1')) expect(compare(fill.price, decimal('90'))).toBeLessThanOrEqual(0);
    for (const fill of session.fills('O-2')) expect(compare(fill.price, decimal('110'))).toBeGreaterThanOrEqual(0);
  },
  'gives-the-better-price': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1', { limitPrice: price('120.00') }));
    session.show('100');
    await session.hears(...FILLED);
    isNear(session, 'O-1', '100');
  },
  'ends-immediate-orders-at-once': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1', { ...LIMIT_90, timeInForce: 'ioc' }));
    session.show('100', '1');
    await session.hears('O-1 accepted', 'O-1 expired');
    await session.submit(session.order('O-2', { limitPrice: price('101.00'), timeInForce: 'ioc' }));
    session.show('100', '1');
    await session.hears('O-1 accepted', 'O-1 expired', 'O-2 accepted', 'O-2 filled 1', 'O-2 expired');
    session.show('80');
    await session.quiet();
    expect(session.told()).toHaveLength(5);
    expect(await session.venue.query('O-2')).toMatchObject({ state: 'expired' });
  },
  'fills-all-or-nothing': async (stage) => {
    const session = await stage.open();
    const all = { limitPrice: price('101.00'), timeInForce: 'fok' } as const;
    session.show('100', '1');
    await session.submit(session.order('O-1', all));
    session.show('100', '1');
    await session.hears('O-1 accepted', 'O-1 expired');
    session.show('100');
    await session.submit(session.order('O-2', all));
    session.show('100');
    await session.hears('O-1 accepted', 'O-1 expired', 'O-2 accepted', 'O-2 filled 2 last');
  },
  'expires-day-orders': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1', { ...LIMIT_90, timeInForce: 'day' }));
    await session.submit(session.order('O-2', LIMIT_90));
    session.show('100');
    await session.hears('O-1 accepted', 'O-2 accepted');
    expect(session.endDay).toBeDefined();
    session.endDay?.();
    await session.hears('O-1 accepted', 'O-2 accepted', 'O-1 expired');
    expect(await session.venue.query('O-2')).toMatchObject({ state: 'working' });
  },
  'ends-dated-orders-on-their-date': async (stage) => {
    const session = await stage.open();
    const expiresAt = addMs(session.now(), 90_000);
    await session.submit(session.order('O-1', { ...LIMIT_90, timeInForce: 'gtd', expiresAt }));
    await session.pass(60_000);
    await session.hears('O-1 accepted');
    await session.pass(60_000);
    await session.hears('O-1 accepted', 'O-1 expired');
    session.show('80');
    await session.quiet();
    expect(session.fills('O-1')).toEqual([]);
  },
  'never-takes-with-post-only': async (stage) => {
    const session = await stage.open();
    const taker = session.order('O-1', { limitPrice: price('101.00'), postOnly: true });
    expect(await refusalOf(session, taker)).not.toBe('');
    await session.submit(session.order('O-2', { ...LIMIT_90, postOnly: true }));
    session.show('100');
    session.show('89.50');
    await soon(() => expect(total(session.fills('O-2'))).toBe(2));
    expect(session.fills('O-1')).toEqual([]);
    for (const { liquidity } of session.fills('O-2')) expect(liquidity).toBe('maker');
  },
  'fills-an-iceberg-whole': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1', { ...LIMIT_90, displayQuantity: quantity('1') }));
    session.show('100');
    session.show('89.50');
    await soon(() => expect(session.told().at(-1)).toMatch(/^O-1 filled .* last$/));
    session.show('80');
    await session.quiet();
    expect(total(session.fills('O-1'))).toBe(2);
  },
  'only-reduces': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1'));
    session.show('100');
    await session.hears(...FILLED);
    await session.submit(session.order('O-2', { side: 'sell', quantity: quantity('4'), reduceOnly: true }));
    session.show('100');
    session.show('101');
    await soon(() => expect(total(session.fills('O-2'))).toBe(2));
    await session.quiet();
    expect(total(session.fills('O-2'))).toBe(2);
  },
} satisfies Readonly<Record<string, CaseBody>>;
