import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asPrice, asQuantity } from '@gatehouse/shared/values/amounts.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal, toText, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { parseFiled } from './filed-kill.ts';
import { fileKill, KILL_NAME, KILL_POLL_MS } from './kill-file.ts';
import { type KillWorld, killWorld, memoryJournal, NOW, temporaryFolder, until } from './kill-fixture.ts';
import { closingOrderId } from './kill-memory.ts';
import type { ClosingDesk, ClosingOrder, KillRequest } from './kill-types.ts';

const FIRM: KillRequest = { scopes: ['firm'], level: 'cancel', by: 'P-1', reason: 'A test.' };

function remaining(world: KillWorld): readonly string[] {
  return world.own.openOrders().map(({ order }) => order.id);
}

test('a kill of the firm takes back every order, halts in memory before it returns, and is in journal and file', async () => {
  const world = killWorld();
  world.enter({ id: 'O-1' });
  world.enter({ id: 'O-2', desk: 'other' });
  const approval = { haltEpoch: world.own.haltEpoch };
  expect(world.killSwitch.maySend(approval)).toBe(true);
  const running = world.killSwitch.kill(FIRM);
  expect(world.own.halts().map(({ id }) => id)).toEqual([running.id]);
  expect(world.killSwitch.maySend(approval)).toBe(false);
  await running.ended;
  await running.written;
  expect(remaining(world)).toEqual([]);
  expect(running.progress()).toMatchObject({
    journal: 'durable',
    file: 'durable',
    isDone: true,
    venues: [{ venue: 'paper', sent: 2, acknowledged: 2, remaining: 0, unknown: 0, failed: 0, isDone: true }],
  });
  const filed = parseFiled(readFileSync(join(world.folder, KILL_NAME), 'utf8'), KILL_NAME);
  expect(filed.map(({ id, reason }) => ({ id, reason }))).toEqual([{ id: running.id, reason: 'A test.' }]);
  const reports = world.kinds('kill-report').map(({ body }) => body);
  expect(reports.at(-1)).toMatchObject({ kill: running.id, venue: 'paper', remaining: 0, isDone: true });
});

test('a combination of scopes takes back what lies in all of them and nothing else', async () => {
  const world = killWorld({ venues: { paper: {}, other: {} } });
  world.enter({ id: 'O-1' });
  world.enter({ id: 'O-2', instrument: 'another' });
  world.enter({ id: 'O-3', algorithm: { id: 'other', version: '1.0.0' } });
  world.enter({ id: 'O-4', venue: 'other' });
  await world.killSwitch.kill({ ...FIRM, scopes: ['algorithm:ema-cross', 'instrument:demo-index'] }).ended;
  expect(remaining(world)).toEqual(['O-2', 'O-3']);
  await world.killSwitch.kill({ ...FIRM, scopes: ['desk:index', 'instrument:another'] }).ended;
  expect(remaining(world)).toEqual(['O-3']);
  expect([...world.venues.values()].flatMap(({ requests }) => requests)).not.toContain('cancelAll');
});

test('a pause takes nothing back', async () => {
  const world = killWorld();
  world.enter({ id: 'O-1' });
  const running = world.killSwitch.kill({ ...FIRM, level: 'pause' });
  await running.ended;
  expect(remaining(world)).toEqual(['O-1']);
  expect(world.venues.get('paper')?.requests).toEqual([]);
  expect(running.progress().isDone).toBe(true);
});

test('a venue that fails the first cancels is asked again until nothing remains', async () => {
  const world = killWorld({ venues: { paper: { failFirst: 5, cannotCancelAll: true } } });
  for (const id of ['O-1', 'O-2', 'O-3']) world.enter({ id });
  const running = world.killSwitch.kill({ ...FIRM, scopes: ['desk:index'] });
  await running.told;
  expect(remaining(world).length).toBeGreaterThan(0);
  await running.ended;
  expect(remaining(world)).toEqual([]);
  expect(running.progress().venues[0]?.failed).toBe(5);
});

test('a venue without a request for everything is asked for each order', async () => {
  const world = killWorld({ venues: { paper: { cannotCancelAll: true } } });
  world.enter({ id: 'O-1' });
  const running = world.killSwitch.kill(FIRM);
  await running.told;
  expect(await until(() => remaining(world).length === 0)).toBe(true);
  expect(running.progress()).toMatchObject({ isDone: false, venues: [{ remaining: 0, isDone: false }] });
});

test('a venue that cannot be reached holds up no other, is an alarm, and is done once it is back', async () => {
  const world = killWorld({ venues: { paper: {}, far: {} } });
  world.enter({ id: 'O-1' });
  world.enter({ id: 'O-2', venue: 'far' });
  const far = world.venues.get('far');
  if (far !== undefined) far.isReachable = false;
  const running = world.killSwitch.kill(FIRM);
  await running.told;
  expect(await until(() => remaining(world).join() === 'O-2')).toBe(true);
  expect(await until(() => world.incidents.some(({ code }) => code === 'KILL_INCOMPLETE'))).toBe(true);
  if (far !== undefined) far.isReachable = true;
  await running.ended;
  expect(remaining(world)).toEqual([]);
  expect(running.progress().isDone).toBe(true);
});

test('an unknown order counts as remaining, and is resolved by asking the venue', async () => {
  const world = killWorld();
  world.enter({ id: 'O-gone' }, 'unknown');
  world.enter({ id: 'O-there' }, 'unknown');
  world.venues.get('paper')?.working.add('O-there');
  const running = world.killSwitch.kill({ ...FIRM, scopes: ['desk:index'] });
  expect(world.own.openOrders().length).toBe(2);
  await running.ended;
  expect(remaining(world)).toEqual([]);
  const [first] = world.kinds('kill-report');
  expect(first?.body).toMatchObject({ venue: 'paper' });
  expect(world.venues.get('paper')?.requests).toEqual(
    expect.arrayContaining(['query O-gone', 'query O-there', 'cancel O-there']),
  );
  expect(world.venues.get('paper')?.requests).not.toContain('cancel O-gone');
});

test('an order at a venue that no connector leads to remains and is counted', async () => {
  const world = killWorld();
  world.enter({ id: 'O-1', venue: 'nowhere' });
  const running = world.killSwitch.kill({ ...FIRM, scopes: ['desk:index'] });
  await running.told;
  expect(running.progress().venues).toMatchObject([{ venue: 'nowhere', remaining: 1, failed: 1, isDone: false }]);
});

test('I16 a journal that refuses everything delays no cancel, and the halt stands in memory and in the file', async () => {
  const journal = memoryJournal({
    now: () => NOW,
    reading: () => ({ at: NOW, source: 'm', offsetNs: 0n, uncertaintyNs: 0n }),
  });
  const world = killWorld({ journal });
  world.enter({ id: 'O-1' });
  await journal.close();
  const running = world.killSwitch.kill(FIRM);
  await running.ended;
  await running.written;
  expect(world.venues.get('paper')?.working.size).toBe(0);
  expect(running.progress()).toMatchObject({ journal: 'failed', file: 'durable', isDone: true });
  expect(world.own.halts().length).toBe(1);
  expect(world.incidents.map(({ code }) => code)).toContain('HALT_WRITE_FAILED');
});

test('a slow disk delays no cancel and is an incident', async () => {
  const clock = { now: () => NOW, reading: () => ({ at: NOW, source: 'm', offsetNs: 0n, uncertaintyNs: 0n }) };
  const journal = memoryJournal(clock);
  const slow = Promise.withResolvers<void>();
  const world = killWorld({
    journal: { append: (drafts) => journal.append(drafts), durable: () => slow.promise, head: journal.head },
  });
  world.enter({ id: 'O-1' });
  const running = world.killSwitch.kill(FIRM);
  await running.ended;
  expect(remaining(world)).toEqual([]);
  expect(running.progress()).toMatchObject({ journal: 'under-way', isDone: true });
  expect(await until(() => world.incidents.some(({ code }) => code === 'HALT_WRITE_SLOW'))).toBe(true);
  slow.resolve();
  expect(await until(() => running.progress().journal === 'durable')).toBe(true);
});

test('I16 an exception inside the recorder halts everything, asks for everything back, and the next start knows the kill', async () => {
  const folder = temporaryFolder();
  const world = killWorld({
    folder,
    beforeStage: ({ kind }) => {
      if (kind === 'kill') throw new Error('a fold that fails');
    },
  });
  world.enter({ id: 'O-1' });
  const running = world.killSwitch.kill({ ...FIRM, scopes: ['desk:elsewhere'] });
  expect(world.killSwitch.isHalted).toBe(true);
  expect(world.killSwitch.maySend({ haltEpoch: world.own.haltEpoch })).toBe(false);
  await running.ended;
  expect(await until(() => remaining(world).length === 0)).toBe(true);
  expect(world.incidents.map(({ code }) => code)).toContain('HALTED_IN_MEMORY');
  const next = killWorld({ folder });
  expect(next.own.halts()).toMatchObject([{ scopes: ['desk:elsewhere'], level: 'cancel' }]);
});

test('an exception inside a report halts everything', async () => {
  const world = killWorld({
    beforeStage: ({ kind }) => {
      if (kind === 'kill-report') throw new Error('a report that fails');
    },
  });
  world.enter({ id: 'O-1', desk: 'other' });
  await world.killSwitch.kill({ ...FIRM, scopes: ['desk:index', 'venue:paper'] }).ended;
  expect(world.killSwitch.isHalted).toBe(false);
  await world.killSwitch.kill({ ...FIRM, scopes: ['desk:other'] }).ended;
  expect(world.killSwitch.isHalted).toBe(true);
  expect(world.incidents.map(({ code }) => code)).toContain('KILL_FAILED');
});

test('a file that another process writes is a kill within two polls, and is taken over once', async () => {
  const world = killWorld();
  world.enter({ id: 'O-1' });
  const kill = {
    v: 2,
    id: 'K-other',
    scopes: ['firm'],
    level: 'cancel',
    by: 'P-2',
    reason: 'By file.',
    at: NOW,
  } as const;
  const from = performance.now();
  await fileKill(world.folder, { ...kill, scopes: [...kill.scopes] });
  expect(await until(() => world.own.halts().length === 1)).toBe(true);
  process.stdout.write(`kill by file: ${Math.round(performance.now() - from)} ms, poll ${KILL_POLL_MS} ms\n`);
  expect(world.own.halts()[0]?.id).toBe('K-other');
  expect(await until(() => remaining(world).length === 0)).toBe(true);
  expect(await until(() => !existsSync(join(world.folder, `${KILL_NAME}.K-other`)))).toBe(true);
  expect(parseFiled(readFileSync(join(world.folder, KILL_NAME), 'utf8'), KILL_NAME)).toHaveLength(1);
  expect(world.kinds('kill')).toHaveLength(1);
});

test('an empty or unreadable file of kills halts everything', async () => {
  for (const [name, text] of [
    ['KILL', ''],
    ['KILL', 'stop!\n'],
    ['KILL.txt', ''],
  ] as const) {
    const world = killWorld();
    world.enter({ id: 'O-1' });
    writeFileSync(join(world.folder, name), text);
    expect(await until(() => remaining(world).length === 0)).toBe(true);
    expect(world.own.halts()).toMatchObject([{ scopes: ['firm'], level: 'cancel' }]);
    expect(world.incidents.map(({ code }) => code)).toContain('KILL_FILE_UNREADABLE');
    const next = killWorld({ folder: world.folder });
    expect(next.own.halts().length).toBeGreaterThan(0);
  }
});

test('nothing may go out before the switch has started', () => {
  const world = killWorld({ isUnstarted: true });
  expect(world.killSwitch.maySend({ haltEpoch: 0 })).toBe(false);
  world.killSwitch.start();
  expect(world.killSwitch.maySend({ haltEpoch: 0 })).toBe(true);
});

test('a restart goes on taking back what a kill left, and journals what stands only in the file', async () => {
  const world = killWorld();
  world.killSwitch.kill(FIRM);
  world.killSwitch.stop();
  const [kill] = world.kinds('kill');
  const next = killWorld({ folder: world.folder, past: kill === undefined ? [] : [kill], isUnstarted: true });
  next.enter({ id: 'O-1' });
  const [resumed] = next.killSwitch.start();
  await resumed?.ended;
  expect(remaining(next)).toEqual([]);
  expect(next.kinds('kill')).toHaveLength(1);
  expect(next.killSwitch.maySend({ haltEpoch: 0 })).toBe(false);
});

test('the same kill by the same person again is that kill, by another person it is one of its own', () => {
  const world = killWorld();
  const first = world.killSwitch.kill(FIRM);
  expect(world.killSwitch.kill(FIRM).id).toBe(first.id);
  expect(world.killSwitch.kill({ ...FIRM, level: 'pause' }).id).toBe(first.id);
  expect(world.killSwitch.kill({ ...FIRM, level: 'flatten' }).id).not.toBe(first.id);
  expect(world.killSwitch.kill({ ...FIRM, by: 'P-2' }).id).not.toBe(first.id);
  expect(world.own.halts()).toHaveLength(3);
});

/** Closes at once and whole, as a market order does. */
function closingDesk(
  world: KillWorld,
  proposed: ClosingOrder[],
  isLetThrough: () => boolean = () => true,
): ClosingDesk {
  return {
    positions: (scopes) => world.own.positions(scopes),
    propose: (order) => {
      proposed.push(order);
      if (!isLetThrough()) return false;
      const id = closingOrderId(order.kill, proposed.length);
      const { account, instrument, venue, side } = order;
      const quantity = asQuantity(order.quantity);
      const terms = { side, shortSaleMark: side === 'buy' ? 'not-a-sale' : 'long' } as const;
      world.enter({ id, account, instrument, venue, ...terms, algorithm: { id: 'kill-flatten', version: '1.0.0' } });
      fill(world, { id, side, quantity: order.quantity });
      world.record({ kind: 'order', body: { v: 1, order: id, state: 'filled', at: NOW } });
      return quantity.units > 0n;
    },
  };
}

function fill(
  world: KillWorld,
  { id, side, quantity }: { id: string; side: 'buy' | 'sell'; quantity: ReturnType<typeof decimal> },
): void {
  const place = { account: 'main', instrument: 'demo-index', venue: 'paper', currency: currency('USD') };
  const body = { v: 1, fill: `${id}-f`, order: id, ...place, side, fee: ZERO, at: NOW } as const;
  world.record({ kind: 'fill', body: { ...body, quantity: asQuantity(quantity), price: asPrice(decimal('1000.00')) } });
}

test.each([
  ['the firm', ['firm']],
  ['an algorithm', ['algorithm:ema-cross']],
] as const)(
  'a flatten of %s takes back, then closes what is held with one order, and says when nothing is held',
  async (_, scopes) => {
    const proposed: ClosingOrder[] = [];
    const isOpen = { value: false };
    const world: KillWorld = killWorld({ closing: (one) => closingDesk(one, proposed, () => isOpen.value) });
    world.enter({ id: 'O-1' });
    fill(world, { id: 'O-1', side: 'buy', quantity: decimal('30') });
    const running = world.killSwitch.kill({ ...FIRM, scopes: [...scopes], level: 'flatten' });
    await running.told;
    expect(await until(() => remaining(world).length === 0 && proposed.length > 0)).toBe(true);
    expect(running.progress()).toMatchObject({ isDone: false, venues: [{ positions: 1 }] });
    isOpen.value = true;
    await running.ended;
    expect(running.progress()).toMatchObject({ isDone: true, venues: [{ positions: 0, remaining: 0 }] });
    expect(proposed.at(-1)).toMatchObject({ side: 'sell', instrument: 'demo-index', quantity: decimal('30') });
    expect(world.kinds('fill')).toHaveLength(2);
    expect(world.kinds('kill-report').at(-1)?.body).toMatchObject({ positions: 0, isDone: true });
  },
);

test('a flatten of an algorithm closes no more than the account holds, and nothing where others hold the other side', async () => {
  for (const [others, closed] of [
    ['10', '20'],
    ['40', undefined],
  ] as const) {
    const proposed: ClosingOrder[] = [];
    const world: KillWorld = killWorld({ closing: (one) => closingDesk(one, proposed) });
    world.enter({ id: 'O-1' });
    fill(world, { id: 'O-1', side: 'buy', quantity: decimal('30') });
    const terms = { side: 'sell', shortSaleMark: 'short', algorithm: { id: 'other', version: '1.0.0' } } as const;
    world.enter({ id: 'O-2', ...terms });
    fill(world, { id: 'O-2', side: 'sell', quantity: decimal(others) });
    await world.killSwitch.kill({ ...FIRM, scopes: ['algorithm:ema-cross'], level: 'flatten' }).ended;
    expect(proposed.map(({ side, quantity }) => `${side} ${toText(quantity)}`)).toEqual(
      closed === undefined ? [] : [`sell ${closed}`],
    );
  }
});

test('an order that closes for a kill and has nothing left to close is taken back', async () => {
  const world: KillWorld = killWorld({ closing: (one) => closingDesk(one, []) });
  const running = world.killSwitch.kill({ ...FIRM, scopes: ['account:main'], level: 'flatten' });
  await running.ended;
  world.enter({ id: closingOrderId(running.id, 1), algorithm: { id: 'kill-flatten', version: '1.0.0' } });
  const again = world.killSwitch.kill({ ...FIRM, scopes: ['account:main'], level: 'flatten' });
  expect(again.id).toBe(running.id);
  await again.ended;
  expect(remaining(world)).toEqual([]);
});

test('an order that turns up after a kill was done is taken back as well, until the kill is forgotten', async () => {
  const world = killWorld();
  const running = world.killSwitch.kill({ ...FIRM, scopes: ['desk:index'] });
  await running.ended;
  world.enter({ id: 'O-late' });
  expect(await until(() => remaining(world).length === 0)).toBe(true);
  world.killSwitch.forget(running.id);
  world.enter({ id: 'O-after' });
  const other = world.killSwitch.kill({ ...FIRM, scopes: ['desk:other'] });
  await other.ended;
  expect(remaining(world)).toEqual(['O-after']);
});
