import { KitError } from '@gatehouse/shared/errors.ts';
import { decimal, subtract, toText, trim } from '@gatehouse/shared/values/decimal.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BEGIN, type Bench, bench, memoryMark, PLACE, TRADED } from './reconcile-fixture.ts';
import type { RunReport } from './reconciler.ts';

const told = ({ differences }: RunReport) => differences.map(({ subject, key, cause }) => [subject, key, cause]);
const held = ({ book }: Bench) => toText(trim(book.position(PLACE.account, TRADED).quantity));
const steps = (one: Bench) => one.bodies('break').map(({ step, subject, key }) => [step, subject, key]);
const codes = (one: Bench) => one.bodies('incident').map(({ code }) => code);

test('books that agree make no difference, no entry and no second look', async () => {
  const one = bench();
  one.work('O-1');
  one.report('O-1', one.venue.trade({ id: 'F-1', order: 'O-1' }));
  const before = one.entries.length;
  const report = await one.run('start');
  expect(report).toMatchObject({ reason: 'start', fetched: 1, booked: 0, differences: [], waiting: [], steps: [] });
  expect(one.entries.length).toBe(before);
  expect(one.venue.asked).toHaveLength(1);
});

test('fills that were lost while nobody listened are fetched and booked once, however often they are fetched', async () => {
  const one = bench();
  one.work('O-1');
  one.venue.trade({ id: 'F-1', order: 'O-1', quantity: '4' });
  one.venue.trade({ id: 'F-2', order: 'O-1', quantity: '6', price: '101.25', afterMs: 5 });
  const report = await one.run('reconnect');
  expect([report.fetched, report.booked, told(report)]).toEqual([2, 2, []]);
  expect(held(one)).toBe('10');
  expect(one.book.ended('O-1')?.state).toBe('filled');
  for (let again = 0; again < 3; again += 1) expect((await one.run()).booked).toBe(0);
  expect(one.bodies('fill').map(({ fill }) => fill)).toEqual(['F-1', 'F-2']);
  expect(one.bodies('break')).toEqual([]);
});

test('a fill that arrives late after it was fetched is booked no second time', async () => {
  const one = bench();
  one.work('O-1');
  const fill = one.venue.trade({ id: 'F-1', order: 'O-1' });
  await one.run();
  one.report('O-1', fill);
  expect(one.bodies('fill')).toHaveLength(1);
  expect(told(await one.run())).toEqual([]);
});

test('a warm start with an open position leaves it as it is: no fill is made up, and no order goes out', async () => {
  const first = bench();
  first.work('O-1');
  first.report('O-1', first.venue.trade({ id: 'F-1', order: 'O-1' }));
  const second = bench({ past: first });
  const report = await second.run('start');
  expect(told(report)).toEqual([]);
  expect(held(second)).toBe('3');
  expect(second.bodies('fill')).toHaveLength(1);
  expect(second.entries).toHaveLength(first.entries.length);
});

test('a position that was held for longer than executions are looked back on needs none of them', async () => {
  const first = bench();
  first.work('O-1');
  first.report('O-1', first.venue.trade({ id: 'F-1', order: 'O-1', quantity: '10' }), true);
  await first.time.advance(40 * 86_400_000);
  first.venue.executed.length = 0;
  const second = bench({ past: first });
  const report = await second.run('start');
  expect([told(report), held(second)]).toEqual([[], '10']);
  expect(second.reconciler.blocks()).toEqual([]);
});

test('a working order stays when its fills do not make up the position, and the difference is a break', async () => {
  const one = bench();
  one.work('O-1');
  one.report('O-1', one.venue.trade({ id: 'F-1', order: 'O-1' }));
  one.venue.position = decimal('-7');
  const report = await one.run('start');
  expect(told(report)).toEqual([['position', TRADED, 'not-known']]);
  expect(one.book.order('O-1')?.state).toBe('part-filled');
  expect(held(one)).toBe('3');
  expect(one.bodies('adjustment')).toEqual([]);
  expect(one.reconciler.blocks()).toMatchObject([
    { scopes: [`account:${PLACE.account}`, `instrument:${TRADED}`], break: report.differences[0]?.id },
  ]);
});

test('what somebody trades by hand is found as such, told once, and nothing is booked for it', async () => {
  const one = bench();
  one.venue.trade({ id: 'H-1', side: 'sell', quantity: '2', fee: '0' });
  one.venue.place(undefined, 'V-hand');
  const report = await one.run();
  expect(told(report)).toEqual([
    ['order', 'V-hand', 'foreign-order'],
    ['fill', 'H-1', 'manual-trade'],
    ['position', TRADED, 'manual-trade'],
    ['balance', 'USD', 'manual-trade'],
  ]);
  expect(one.bodies('fill')).toEqual([]);
  const entries = one.entries.length;
  await one.run();
  await one.run('timer');
  expect(one.entries).toHaveLength(entries);
  expect(codes(one)).toEqual(['BREAK_FOUND', 'BREAK_FOUND', 'BREAK_FOUND', 'BREAK_FOUND']);
});

test('a break that was found is the same one after a restart, and ends by itself once the records agree', async () => {
  const first = bench();
  first.venue.position = decimal('5');
  await first.run();
  const second = bench({ past: first });
  await second.run('start');
  expect(steps(second)).toEqual([['found', 'position', TRADED]]);
  second.venue.position = decimal('0');
  await second.run();
  expect(second.bodies('break').at(-1)).toMatchObject({ step: 'resolved', cause: 'late-report' });
  expect(second.book.breaks.all).toEqual([]);
  expect(second.reconciler.blocks()).toEqual([]);
});

test('an order of ours that the venue does not list, and one that it lists though it ended here, are breaks', async () => {
  const one = bench();
  one.work('O-1');
  one.work('O-2');
  one.venue.orders.clear();
  one.venue.place('O-9', 'V-9');
  one.recorder.stage({ kind: 'order', body: { v: 1, order: 'O-2', state: 'cancelled', at: one.now() } });
  one.recorder.flush();
  one.venue.place('O-2', 'V-O-2');
  expect(told(await one.run())).toEqual([
    ['order', 'O-1', 'late-report'],
    ['order', 'O-2', 'unknown-order'],
    ['order', 'O-9', 'foreign-order'],
  ]);
  expect(one.book.order('O-1')?.state).toBe('working');
});

test('an order that somebody took back at the venue while nobody listened ends as the venue says, and is no break', async () => {
  const one = bench();
  one.work('O-1');
  one.venue.orders.clear();
  one.venue.ended.set('O-1', { state: 'cancelled', venueOrder: 'V-O-1', fills: [] });
  const report = await one.run('reconnect');
  expect([told(report), one.book.ended('O-1')?.state]).toEqual([[], 'cancelled']);
  expect(one.bodies('break')).toEqual([]);
});

test('that the venue does not know an order any more ends nothing here; who sends orders decides what to believe', async () => {
  const settled: string[] = [];
  const one = bench({ deps: { settle: (id) => void settled.push(id) } });
  one.work('O-1');
  one.venue.orders.clear();
  expect(told(await one.run())).toEqual([['order', 'O-1', 'late-report']]);
  expect(settled).toEqual([]);
  one.venue.ended.set('O-1', { state: 'expired', fills: [] });
  await one.run();
  expect(settled).toEqual(['O-1']);
});

test('an execution that names only the venue’s order is ours where the journal knows that name', async () => {
  const one = bench();
  one.work('O-1');
  one.venue.trade({ id: 'F-1', order: 'O-1' });
  const [execution] = one.venue.executed.splice(0);
  if (execution === undefined) throw new Error('nothing was executed');
  one.venue.executed.push({ ...execution, order: undefined });
  const report = await one.run();
  expect([report.booked, told(report)]).toEqual([1, []]);
});

test('another fee, a rest below a cent and an execution that does not stand any more have causes of their own', async () => {
  const one = bench();
  one.work('O-1');
  const fill = one.venue.trade({ id: 'F-1', order: 'O-1', fee: '0.5' });
  one.report('O-1', { ...fill, fee: decimal('0.3') });
  expect(told(await one.run())).toEqual([
    ['fill', 'F-1', 'fee'],
    ['balance', 'USD', 'fee'],
  ]);
  expect(one.reconciler.blocks()).toEqual([]);

  const two = bench();
  two.venue.cash = subtract(two.venue.cash, decimal('0.0001'));
  expect(told(await two.run())).toEqual([['balance', 'USD', 'rounding']]);

  const three = bench();
  three.work('O-1');
  three.report('O-1', three.venue.trade({ id: 'F-1', order: 'O-1' }));
  three.venue.executed.length = 0;
  three.venue.position = decimal('0');
  expect(told(await three.run()).slice(1, 2)).toEqual([['position', TRADED, 'late-report']]);
});

test('at a spot exchange what is held counts as a balance of its asset, and a difference stops what delivers it', async () => {
  const one = bench({ deps: { instrumentsOf: (asset) => (asset === 'IDX' ? [TRADED] : []) } });
  one.venue.isSpot = true;
  one.work('O-1');
  one.report('O-1', one.venue.trade({ id: 'F-1', order: 'O-1' }));
  expect(told(await one.run())).toEqual([]);
  one.venue.position = decimal('2.9');
  expect(told(await one.run())).toEqual([['balance', 'IDX', 'not-known']]);
  expect(one.reconciler.blocks()).toMatchObject([{ scopes: [`account:${PLACE.account}`, `instrument:${TRADED}`] }]);
});

test('messages that cross while an order stands are no break; what stands for the tolerance is one', async () => {
  const one = bench();
  one.work('O-1');
  await one.run('start');
  one.venue.position = decimal('3');
  const running = one.reconciler.run('timer');
  await one.time.advance(4_000);
  one.venue.position = decimal('0');
  await one.time.advance(4_000);
  expect(told(await running)).toEqual([]);
  expect(one.bodies('break')).toEqual([]);

  one.venue.position = decimal('3');
  const again = one.reconciler.run('timer');
  await one.time.advance(9_900);
  expect(one.bodies('break')).toEqual([]);
  await one.time.advance(2_100);
  await again;
  expect(steps(one)).toEqual([['found', 'position', TRADED]]);
});

test('with nothing open and nothing moving a difference needs only a second look', async () => {
  const one = bench();
  await one.run('start');
  one.venue.position = decimal('3');
  const running = one.reconciler.run('timer');
  await one.time.advance(1_900);
  expect(one.bodies('break')).toEqual([]);
  await one.time.advance(200);
  await running;
  expect(steps(one)).toEqual([['found', 'position', TRADED]]);
});

test('nothing may be traded until the books were compared, after a start and after each reconnect', async () => {
  const one = bench();
  const blocked = [{ scopes: [`venue:${PLACE.venue}`, `account:${PLACE.account}`] }];
  expect(one.reconciler.blocks()).toMatchObject(blocked);
  await one.run('start');
  expect(one.reconciler.blocks()).toEqual([]);
  one.reconciler.linkChanged(false);
  await one.time.advance(1_000);
  expect(one.reconciler.blocks()).toMatchObject(blocked);
  one.reconciler.linkChanged(true);
  expect(one.reconciler.blocks()).toMatchObject(blocked);
  await one.time.advance(1_000);
  expect(one.reconciler.blocks()).toEqual([]);
  expect(one.reconciler.last?.reason).toBe('reconnect');
});

test('a link that goes down during a run leaves the books in doubt', async () => {
  const one = bench();
  const running = one.reconciler.run('start');
  one.reconciler.linkChanged(false);
  await one.time.settle();
  await running;
  expect(one.reconciler.blocks()).toHaveLength(1);
});

test.each([
  ['silence' as const, /no answer about executions within 15000 ms/],
  [new KitError('VENUE_UNREACHABLE', 'the line is dead'), /the line is dead/],
  [new TypeError('not what was expected'), /no usable answer about executions: not what was expected/],
])('a venue that answers with %s is asked again, blocks trading and is told of once', async (answers, words) => {
  const one = bench();
  one.venue.answers = answers;
  const report = await one.run('start');
  expect(report.failure).toMatch(words);
  await one.run();
  expect(codes(one)).toEqual(['RECONCILE_FAILED']);
  expect(one.reconciler.blocks()).toHaveLength(1);
  one.venue.answers = 'books';
  await one.run();
  expect(one.reconciler.blocks()).toEqual([]);
  one.venue.answers = answers;
  await one.run();
  expect(codes(one)).toEqual(['RECONCILE_FAILED', 'RECONCILE_FAILED']);
  expect(one.failures).toEqual([]);
});

test('one run at a time: who asks during one shares the next', async () => {
  const one = bench();
  const first = one.reconciler.run('start');
  const [second, third] = [one.reconciler.run('asked'), one.reconciler.run('timer')];
  expect(third).toBe(second);
  expect(second).not.toBe(first);
  await one.time.settle();
  expect([(await first).reason, (await second).reason]).toEqual(['start', 'asked']);
  expect(one.venue.asked).toHaveLength(2);
});

test('the timer runs until it is stopped, and leaves nothing behind', async () => {
  const one = bench();
  one.reconciler.start();
  await one.time.advance(180_500);
  expect(one.venue.asked.length).toBe(3);
  one.reconciler.stop();
  await one.time.advance(600_000);
  expect(one.venue.asked.length).toBe(3);
  expect(one.time.waiting).toBe(0);
});

test('a journal that takes nothing is told, and is no matter of the venue', async () => {
  const broken = new KitError('DISK_FULL', 'no room');
  const one = bench();
  const deps = {
    ...one.deps.recorder,
    stage: () => {},
    flush: () => {
      throw broken;
    },
  };
  const two = bench({ deps: { recorder: deps } });
  await expect(two.reconciler.run('start')).rejects.toBe(broken);
  two.reconciler.start();
  await two.time.advance(61_000);
  expect(two.failures).toEqual([broken]);
});

test('executions are asked for from the confirmed moment with an overlap, also after a restart', async () => {
  const mark = memoryMark();
  const one = bench({ mark });
  one.work('O-1');
  one.venue.trade({ id: 'F-1', order: 'O-1', afterMs: 3_600_000 });
  await one.time.advance(3_600_000);
  await one.run();
  expect(mark.read()).toBe(addMs(BEGIN, 3_600_000));
  await one.run();
  expect(one.venue.asked.at(-1)).toBe(addMs(BEGIN, 3_000_000));
  const lost = bench({ past: one });
  await lost.run('start');
  expect(lost.venue.asked.at(-1)).toBe(addMs(lost.now(), -7 * 86_400_000));
  const kept = bench({ past: one, mark });
  await kept.run('start');
  expect(kept.venue.asked.at(-1)).toBe(addMs(BEGIN, 3_000_000));
});

test('of more executions than one look takes, all are booked and none is called missing', async () => {
  const one = bench({ deps: { settings: { executionsMax: 3 } } });
  one.work('O-1');
  for (let index = 0; index < 10; index += 1) {
    one.venue.trade({ id: `F-${index}`, order: 'O-1', quantity: '1', afterMs: index });
  }
  const report = await one.run();
  expect([report.booked, told(report)]).toEqual([10, []]);
  expect(held(one)).toBe('10');
});

interface Told {
  readonly quantity: number;
  readonly isHeard: boolean;
}

test('whatever part of the fills was heard, in time or twice, the books agree after a run', async () => {
  const trades = fc.array(fc.record<Told>({ quantity: fc.integer({ min: 1, max: 5 }), isHeard: fc.boolean() }), {
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(trades, fc.boolean(), async (list, repeats) => {
      const one = bench();
      one.work('O-1');
      let left = 10;
      let sold = 0;
      for (const [index, { quantity, isHeard }] of list.entries()) {
        if (quantity > left) break;
        left -= quantity;
        sold += quantity;
        const size = `${quantity}`;
        const fill = one.venue.trade({
          id: `F-${index}`,
          order: 'O-1',
          quantity: size,
          price: `99.${index}1`,
          afterMs: index,
        });
        for (let times = 0; isHeard && times < (repeats ? 2 : 1); times += 1) one.report('O-1', fill, left === 0);
      }
      const report = await one.run();
      expect(told(report)).toEqual([]);
      expect(held(one)).toBe(`${sold}`);
      expect(toText(trim(one.book.cash(PLACE.account)))).toBe(toText(trim(one.venue.cash)));
    }),
    { numRuns: 40 },
  );
});
