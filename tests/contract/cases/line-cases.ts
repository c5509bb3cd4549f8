import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { expect } from 'vitest';
import { codeOf, type ReportTrouble, type StageSession, soon, total, wireOf } from '../venue-stage.ts';
import type { CaseBody } from './case-body.ts';

const LIMIT_90 = { limitPrice: price('90.00') };
const NS_PER_MS = 1_000_000n;
const HOUR_MS = 3_600_000;
/** A line that says nothing is found within this. */
const STALE_MS_MAX = 5_000;

async function isUp(session: StageSession): Promise<void> {
  await soon(() => expect(session.links().at(-1)).toBe('up'));
}

/** An order for three that executes in two parts, while something is wrong with the reports. */
async function inTwoParts(session: StageSession, trouble: ReportTrouble): Promise<void> {
  const wire = wireOf(session);
  wire.spoilReports(trouble);
  await session.submit(session.order('O-1', { ...LIMIT_90, quantity: quantity('3') }));
  session.show('89.50', '1');
  session.show('88', '50');
  await session.hears('O-1 accepted', 'O-1 filled 1', 'O-1 filled 2 last');
  await session.quiet();
  expect(session.told()).toHaveLength(3);
  expect(wire.struck()).toBeGreaterThan(0);
}

/** What goes wrong on the way to a venue, and with its clock and its limits. */
export const LINE_CASES = {
  'says-that-nothing-was-sent': async (stage) => {
    const session = await stage.open();
    await session.cut();
    expect(session.links().at(-1)).not.toBe('up');
    expect(await codeOf(session, session.order('O-1', LIMIT_90))).toBe('VENUE_UNREACHABLE');
    await session.mend();
    expect(session.links().at(-1)).toBe('up');
    expect(await session.venue.query('O-1')).toEqual({ state: 'not-found', fills: [] });
    expect((await session.venue.account()).orders).toEqual([]);
  },
  'tells-what-happened-meanwhile-once': async (stage) => {
    const session = await stage.open();
    const since = session.now();
    await session.submit(session.order('O-1', LIMIT_90));
    session.show('100');
    await session.hears('O-1 accepted');
    await session.cut();
    session.show('89.50');
    await session.mend();
    await session.quiet();
    const listed = (await session.venue.executions(since)).map(({ fill }) => fill);
    const told = session.fills('O-1');
    expect(total(listed)).toBe(2);
    expect(told.length).toBe(new Set(told.map(({ id }) => id)).size);
    expect(new Set([...told, ...listed].map(({ id }) => id)).size).toBe(listed.length);
    expect(await session.venue.query('O-1')).toMatchObject({ state: 'filled' });
  },
  'finds-a-silent-line': async (stage) => {
    const session = await stage.open();
    wireOf(session).mute();
    await session.submit(session.order('O-1', LIMIT_90));
    const mutedAt = performance.now();
    await soon(() => expect(session.links()).toContain('stale'));
    expect(performance.now() - mutedAt).toBeLessThan(STALE_MS_MAX);
    await isUp(session);
    await session.hears('O-1 accepted');
  },
  'leaves-an-unanswered-order-unknown': async (stage) => {
    const session = await stage.open();
    const wire = wireOf(session);
    wire.loseAnswer('order');
    expect(await codeOf(session, session.order('O-1', LIMIT_90))).toBe('VENUE_SILENT');
    expect(await session.venue.query('O-1')).toMatchObject({ state: 'working' });
    await session.hears('O-1 accepted');
    expect([wire.struck(), wire.asked('O-1'), wire.made('O-1')]).toEqual([1, 1, 1]);
  },
  'finds-that-a-lost-order-never-came': async (stage) => {
    const session = await stage.open();
    const wire = wireOf(session);
    const order = session.order('O-1', LIMIT_90);
    wire.loseOrder();
    expect(await codeOf(session, order)).toBe('VENUE_SILENT');
    expect(await session.venue.query('O-1')).toEqual({ state: 'not-found', fills: [] });
    await codeOf(session, order);
    expect([wire.struck(), wire.asked('O-1'), wire.made('O-1')]).toEqual([1, 1, 0]);
  },
  'leaves-an-unanswered-cancel-unknown': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1', LIMIT_90));
    const wire = wireOf(session);
    wire.loseAnswer('cancel');
    await expect(async () => session.venue.cancel('O-1')).rejects.toMatchObject({ code: 'VENUE_SILENT' });
    expect(wire.struck()).toBe(1);
    await session.hears('O-1 accepted', 'O-1 cancelled');
  },
  'tells-a-repeated-report-once': async (stage) => {
    await inTwoParts(await stage.open(), 'twice');
  },
  'tells-overtaken-reports-in-order': async (stage) => {
    await inTwoParts(await stage.open(), 'acceptance-last');
  },
  'finds-a-lost-report': async (stage) => {
    await inTwoParts(await stage.open(), 'lost');
  },
  'counts-a-fill-that-comes-after-the-end': async (stage) => {
    const session = await stage.open();
    await session.submit(session.order('O-1', { ...LIMIT_90, quantity: quantity('3') }));
    await session.hears('O-1 accepted');
    const wire = wireOf(session);
    wire.spoilReports('execution-late');
    session.show('89.50', '1');
    await session.venue.cancel('O-1');
    await soon(() => expect(session.told()).toContain('O-1 cancelled'));
    await session.quiet();
    expect([...session.told()].sort()).toEqual(['O-1 accepted', 'O-1 cancelled', 'O-1 filled 1']);
    expect(wire.struck()).toBe(1);
  },
  'measures-the-venue-clock': async (stage) => {
    const session = await stage.open({ clockOffMs: HOUR_MS });
    const reading = session.venue.clock?.();
    expect(reading).toBeDefined();
    const { offsetNs = 0n, uncertaintyNs = 0n } = reading ?? {};
    const off = offsetNs + BigInt(HOUR_MS) * NS_PER_MS;
    expect(off < 0n ? -off : off).toBeLessThanOrEqual(uncertaintyNs + NS_PER_MS);
    await session.submit(session.order('O-1'));
    session.show('100');
    await session.hears('O-1 accepted', 'O-1 filled 2 last');
  },
  'survives-a-clock-that-jumps': async (stage) => {
    const session = await stage.open();
    const wire = wireOf(session);
    wire.jumpClock(-20_000);
    const first = await codeOf(session, session.order('O-1', LIMIT_90));
    expect(['sent', 'VENUE_REFUSED']).toContain(first);
    expect(await codeOf(session, session.order('O-2', LIMIT_90))).toBe('sent');
    expect([wire.made('O-1'), wire.made('O-2')]).toEqual([first === 'sent' ? 1 : 0, 1]);
  },
  'waits-after-a-throttle': async (stage) => {
    const session = await stage.open({ isHasty: true });
    const wire = wireOf(session);
    wire.throttle(2);
    const throttledAt = performance.now();
    expect(await codeOf(session, session.order('O-1', LIMIT_90))).toBe('VENUE_REFUSED');
    expect(await codeOf(session, session.order('O-2', LIMIT_90))).toBe('VENUE_UNREACHABLE');
    expect(performance.now() - throttledAt).toBeLessThan(2_000);
    expect([wire.struck(), wire.asked('O-2'), wire.made('O-1')]).toEqual([1, 0, 0]);
    await soon(() => expect(performance.now() - throttledAt).toBeGreaterThan(2_050));
    await isUp(session);
    expect(await codeOf(session, session.order('O-3', LIMIT_90))).toBe('sent');
  },
  'keeps-within-the-limits': async (stage) => {
    const session = await stage.open({ isHasty: true, ordersMax: 10 });
    const wire = wireOf(session);
    const ids = Array.from({ length: 15 }, (_, count) => `O-${count}`);
    const codes = await Promise.all(ids.map((id) => codeOf(session, session.order(id, LIMIT_90))));
    expect(codes.filter((code) => code === 'sent').length).toBeGreaterThan(5);
    expect(codes.filter((code) => code !== 'sent' && code !== 'VENUE_UNREACHABLE')).toEqual([]);
    expect(wire.throttled()).toBe(0);
    expect(ids.map((id) => wire.made(id))).toEqual(codes.map((code) => (code === 'sent' ? 1 : 0)));
  },
} satisfies Readonly<Record<string, CaseBody>>;
