import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { compare, decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import { expect } from 'vitest';
import { approve } from '../approved-orders.ts';
import { refusalOf, type StageSession, soon, total, wireOf } from '../venue-stage.ts';
import type { CaseBody } from './case-body.ts';

const LIMIT_90 = { limitPrice: price('90.00') };
const THREE = quantity('3');

/** An order for three at 90, of which one has executed. */
async function partFilled(session: StageSession): Promise<void> {
  await session.submit(session.order('O-1', { ...LIMIT_90, quantity: THREE }));
  session.show('100');
  session.show('89.50', '1');
  await session.hears('O-1 accepted', 'O-1 filled 1');
}

/** Stops, changes, cancels, brackets, parts, refusals, and what stands on the account. */
export const LIFE_CASES = {
  'waits-for-its-stop': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1', { type: 'stop', stopPrice: price('105.00') }));
    session.show('104');
    await session.quiet();
    expect(session.told()).toEqual(['O-1 accepted']);
    session.show('106');
    await session.hears('O-1 accepted', 'O-1 filled 2 last');
    for (const fill of session.fills('O-1')) expect(compare(fill.price, decimal('105'))).toBeGreaterThanOrEqual(0);
  },
  'keeps-the-limit-of-a-stop': async (stage) => {
    const session = await stage.open();
    const stop = { type: 'stop-limit', stopPrice: price('105.00'), limitPrice: price('105.50') } as const;
    await session.submit(session.order('O-1', stop));
    session.show('104');
    session.show('106');
    await session.quiet();
    expect(session.told()).toEqual(['O-1 accepted']);
    session.show('105.20');
    await session.hears('O-1 accepted', 'O-1 filled 2 last');
    for (const fill of session.fills('O-1')) expect(compare(fill.price, decimal('105.50'))).toBeLessThanOrEqual(0);
  },
  'waits-for-its-profit': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1', { side: 'sell', type: 'take-profit', stopPrice: price('110.00') }));
    session.show('109');
    await session.quiet();
    expect(session.told()).toEqual(['O-1 accepted']);
    session.show('111');
    await session.hears('O-1 accepted', 'O-1 filled 2 last');
  },
  'follows-the-best-price': async (stage) => {
    const session = await stage.open();
    const trailing = { by: 'price', distance: decimal('5') } as const;
    await session.submit(session.order('O-1', { side: 'sell', type: 'trailing-stop', trailing }));
    session.show('100');
    session.show('110');
    session.show('106');
    await session.quiet();
    expect(session.told()).toEqual(['O-1 accepted']);
    session.show('104');
    await session.hears('O-1 accepted', 'O-1 filled 2 last');
  },
  'changes-an-order-in-one-step': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1', LIMIT_90));
    session.show('100');
    await session.venue.amend?.(approve(session.order('O-2', { replaces: 'O-1', limitPrice: price('95.00') })));
    await session.hears('O-1 accepted', 'O-1 replaced', 'O-2 accepted');
    session.show('94.50');
    session.show('80');
    await session.quiet();
    expect(session.told().slice(3)).toEqual(['O-2 filled 2 last']);
    expect(await session.venue.query('O-1')).toMatchObject({ state: 'replaced', fills: [] });
  },
  'keeps-the-order-where-a-change-is-refused': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1', LIMIT_90));
    session.show('100');
    // A price between two ticks.
    const beside = session.order('O-2', { replaces: 'O-1', limitPrice: price('95.001') });
    await Promise.resolve(session.venue.amend?.(approve(beside))).catch(({ code }) =>
      expect(code).toBe('VENUE_REFUSED'),
    );
    await soon(() => expect(session.told()).toContain('O-1 kept'));
    session.show('94.50');
    await session.quiet();
    expect([...session.fills('O-1'), ...session.fills('O-2')]).toEqual([]);
    session.show('89.50');
    await soon(() => expect(total(session.fills('O-1'))).toBe(2));
    expect(session.fills('O-2')).toEqual([]);
  },
  'cancels-one-and-then-never-fills-it': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1', LIMIT_90));
    await session.submit(session.order('O-2', LIMIT_90));
    session.show('100');
    await session.venue.cancel('O-1');
    await session.hears('O-1 accepted', 'O-2 accepted', 'O-1 cancelled');
    session.show('80');
    await session.hears('O-1 accepted', 'O-2 accepted', 'O-1 cancelled', 'O-2 filled 2 last');
    await session.quiet();
    expect(session.told()).toHaveLength(4);
    expect(await session.venue.query('O-1')).toMatchObject({ state: 'cancelled', fills: [] });
  },
  'cancels-all': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1', LIMIT_90));
    await session.submit(session.order('O-2', { limitPrice: price('91.00') }));
    await session.venue.cancelAll();
    await soon(() => expect(session.told().filter((line) => line.endsWith('cancelled'))).toHaveLength(2));
    await session.venue.cancelAll();
    session.show('80');
    await session.quiet();
    expect(session.told()).toHaveLength(4);
    expect((await session.venue.account()).orders).toEqual([]);
  },
  'cancels-too-late-without-harm': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1'));
    session.show('100');
    await session.hears('O-1 accepted', 'O-1 filled 2 last');
    await Promise.resolve(session.venue.cancel('O-1')).catch(({ code }) => expect(code).toBe('VENUE_REFUSED'));
    await session.quiet();
    expect(session.told().filter((line) => line !== 'O-1 kept')).toEqual(['O-1 accepted', 'O-1 filled 2 last']);
    expect(await session.venue.query('O-1')).toMatchObject({ state: 'filled' });
  },
  'ends-the-other-exit-of-a-bracket': async (stage) => {
    const session = await stage.open();
    const group = { id: 'G-1', kind: 'bracket' } as const;
    const profit = { side: 'sell', limitPrice: price('110.00'), group: { ...group, role: 'take-profit' } } as const;
    const loss = { type: 'stop', side: 'sell', stopPrice: price('90.00') } as const;
    await session.submit(session.order('O-1', { group: { ...group, role: 'entry' } }));
    await session.submit(session.order('O-2', profit));
    await session.submit(session.order('O-3', { ...loss, group: { ...group, role: 'stop-loss' } }));
    session.show('100');
    await soon(() => expect(total(session.fills('O-1'))).toBe(2));
    session.show('111');
    await soon(() => expect(total(session.fills('O-2'))).toBe(2));
    await soon(() => expect(session.told()).toContain('O-3 cancelled'));
    session.show('80');
    await session.quiet();
    expect(session.fills('O-3')).toEqual([]);
  },
  'refuses-groups-that-it-cannot-keep': async (stage) => {
    const session = await stage.open();
    const group = { id: 'G-1', kind: 'oco', role: 'take-profit' } as const;
    expect(await refusalOf(session, session.order('O-1', { ...LIMIT_90, group }))).not.toBe('');
    expect((await session.venue.account()).orders).toEqual([]);
  },
  'fills-in-parts': async (stage) => {
    const session = await stage.open();
    await partFilled(session);
    const part = await session.venue.query('O-1');
    expect([part.state, part.filled === undefined ? 'nothing' : Number(toText(part.filled))]).toEqual([
      'part-filled',
      1,
    ]);
    session.show('88', '50');
    await session.hears('O-1 accepted', 'O-1 filled 1', 'O-1 filled 2 last');
    const whole = await session.venue.query('O-1');
    expect([whole.state, total(whole.fills)]).toEqual(['filled', 3]);
    for (const fill of session.fills('O-1')) expect(compare(fill.price, decimal('90'))).toBeLessThanOrEqual(0);
  },
  'cancels-the-rest-of-a-part-filled-order': async (stage) => {
    const session = await stage.open();
    await partFilled(session);
    await session.venue.cancel('O-1');
    await session.hears('O-1 accepted', 'O-1 filled 1', 'O-1 cancelled');
    session.show('80');
    await session.quiet();
    expect(session.told()).toHaveLength(3);
    const answer = await session.venue.query('O-1');
    expect([answer.state, total(answer.fills)]).toEqual(['cancelled', 1]);
  },
  'tells-a-refusal-with-its-reason': async (stage) => {
    const session = await stage.open({ refuses: true });
    expect(await refusalOf(session, session.order('O-1', LIMIT_90))).not.toBe('');
    expect(['rejected', 'not-found']).toContain((await session.venue.query('O-1')).state);
    expect((await session.venue.account()).orders).toEqual([]);
    session.show('80');
    await session.quiet();
    expect(session.fills('O-1')).toEqual([]);
  },
  'refuses-another-instrument': async (stage) => {
    const session = await stage.open();
    const order = session.order('O-1', { ...LIMIT_90, instrument: 'SOMETHING-ELSE' });
    expect(await refusalOf(session, order)).toContain('SOMETHING-ELSE');
    expect((await session.venue.account()).orders).toEqual([]);
  },
  'takes-back-its-working-orders': async (stage) => {
    const before = await stage.open();
    const order = before.order('O-1', LIMIT_90);
    await before.submit(order);
    await before.hears('O-1 accepted');
    await before.venue.close();
    const session = await stage.open({ after: before, working: [{ order, filled: decimal('0') }] });
    expect(await session.venue.query('O-1')).toMatchObject({ state: 'working' });
    await session.submit(order);
    await session.quiet();
    expect(session.told()).toEqual([]);
    session.show('89.50');
    await session.hears('O-1 filled 2 last');
  },
  'shows-what-stands-on-the-account': async (stage) => {
    const session = await stage.open();
    await partFilled(session);
    const { orders, balances } = await session.venue.account();
    const shown = orders.map(({ order, instrument, side, quantity: size, filled }) => {
      return [order, instrument, side, Number(toText(size)), Number(toText(filled))];
    });
    expect(shown).toEqual([['O-1', session.instrument.id, 'buy', 3, 1]]);
    // Two are left, at 90 each.
    expect(balances.map(({ inOrders }) => Number(toText(inOrders)))).toContain(180);
  },
  'lists-executions-once': async (stage) => {
    const session = await stage.open();
    const since = session.now();
    for (const id of ['O-1', 'O-2']) {
      await session.submit(session.order(id));
      session.show('100');
      await soon(() => expect(session.told().at(-1)).toBe(`${id} filled 2 last`));
    }
    const all = await session.venue.executions(since);
    expect(all.map(({ order }) => order)).toEqual(['O-1', 'O-2']);
    expect(all.map(({ fill }) => fill)).toEqual([...session.fills('O-1'), ...session.fills('O-2')]);
    const last = all.at(-1)?.fill.at ?? since;
    expect((await session.venue.executions(addMs(last, 1))).map(({ order }) => order)).toEqual([]);
  },
  'tells-of-orders-that-are-not-ours': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1', LIMIT_90));
    wireOf(session).orderByHand();
    await session.hears('O-1 accepted', 'foreign');
    expect((await session.venue.account()).orders.map(({ order }) => order)).toEqual(['O-1', undefined]);
  },
  'tells-what-the-venue-ends': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1', LIMIT_90));
    await session.submit(session.order('O-2', LIMIT_90));
    const wire = wireOf(session);
    wire.endByVenue('O-1');
    wire.cancelByHand('O-2');
    await session.hears('O-1 accepted', 'O-2 accepted', 'O-1 expired', 'O-2 cancelled');
  },
} satisfies Readonly<Record<string, CaseBody>>;
