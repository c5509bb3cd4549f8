import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { COMMAND_TYPE, signCommand } from '@gatehouse/shared/schema/control.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { STRANGE_AN_HOUR_MAX } from './command-desk.ts';
import {
  commandOf,
  deskWorld,
  hubSigner,
  killNote,
  noticeNote,
  releaseNote,
  strangerSigner,
} from './command-fixture.ts';
import { createCommandMemory } from './command-memory.ts';

test('a kill counts before the call that brought it returns, although numbers before it are missing', () => {
  const world = deskWorld();
  world.desk.take(killNote(7), 'mqtt');
  expect([...world.halts]).toEqual([['K-7', 'cancel']]);
});

test('a command by two ways is carried out once, and each step of it is on record', async () => {
  const world = deskWorld();
  world.desk.take(killNote(1), 'mqtt');
  world.desk.take(killNote(1), 'shape');
  await world.desk.idle();
  world.desk.take(killNote(1), 'shape');
  await world.desk.idle();
  expect(world.done).toEqual(['K-1']);
  expect(world.bodies().map(({ state, via, id, seq }) => [state, via, id, seq])).toEqual([
    ['received', 'mqtt', 'K-1', 1],
    ['applied', 'mqtt', 'K-1', 1],
  ]);
});

test('a release waits until every command before it has come', async () => {
  const world = deskWorld();
  world.desk.take(releaseNote(3, 'K-1'), 'shape');
  world.desk.take(killNote(1), 'shape');
  await world.desk.idle();
  expect(world.halts.size).toBe(1);
  expect(world.desk.waiting).toBe(1);
  world.desk.take(noticeNote(2), 'shape');
  await world.desk.idle();
  expect(world.done).toEqual(['K-1', 'N-2', 'R-3']);
  expect(world.halts.size).toBe(0);
});

test('after a restart a kill that was carried out is not carried out again, and a release that waited is offered anew', async () => {
  for (const fromSnapshot of [true, false]) {
    const world = deskWorld();
    world.desk.take(killNote(1), 'shape');
    world.desk.take(releaseNote(3, 'K-1'), 'shape');
    await world.desk.idle();
    world.restart(fromSnapshot);
    for (const note of [killNote(1), noticeNote(2), releaseNote(3, 'K-1')]) world.desk.take(note, 'shape');
    await world.desk.idle();
    expect(world.done).toEqual(['K-1', 'N-2', 'R-3']);
    expect(world.bodies().filter(({ id, state }) => id === 'R-3' && state === 'received')).toHaveLength(1);
  }
});

test('a kill that was received and whose end nobody wrote down is carried out with the next offer', async () => {
  const world = deskWorld();
  world.desk.take(killNote(1), 'shape');
  await world.desk.idle();
  world.entries.splice(1);
  world.restart();
  world.desk.take(killNote(1), 'shape');
  await world.desk.idle();
  expect(world.bodies().map(({ state }) => state)).toEqual(['received', 'applied']);
});

test('what the hub did not sign, and what is for another edge, is refused once, on record and as an incident', async () => {
  const world = deskWorld();
  const forged = signCommand(
    strangerSigner,
    commandOf({ id: 'K-1', seq: 1, kind: 'kill', scopes: ['firm'], level: 'cancel' }),
  );
  const elsewhere = killNote(1, { edge: 'edge-2' });
  for (const note of [forged, forged, elsewhere, 'no note at all', '']) world.desk.take(note, 'mqtt');
  await world.desk.idle();
  expect(world.done).toEqual([]);
  expect(world.bodies().map(({ state, id, seq }) => [state, id, seq])).toEqual(
    Array.from({ length: 4 }, () => ['refused', undefined, undefined]),
  );
  expect(world.incidents()).toEqual(Array.from({ length: 4 }, () => 'COMMAND_STRANGE'));
  expect(world.memory.through).toBe(0);
});

test('a copy of a kill that somebody spoilt on the way keeps no true copy out', () => {
  const world = deskWorld();
  const note = killNote(1);
  world.desk.take(note.replace(/— .*\n$/, '— hub.test AAAAAAAA\n'), 'mqtt');
  world.desk.take(note, 'shape');
  expect(world.halts.size).toBe(1);
});

test('a flood of strange notes does not become a flood of records', () => {
  const world = deskWorld();
  for (let index = 0; index < STRANGE_AN_HOUR_MAX + 50; index += 1) world.desk.take(`strange ${index}`, 'mqtt');
  expect(world.bodies()).toHaveLength(STRANGE_AN_HOUR_MAX);
  world.ms = 3_600_000;
  world.desk.take('strange again', 'mqtt');
  expect(world.bodies()).toHaveLength(STRANGE_AN_HOUR_MAX + 1);
});

test('an expired release is refused, a kill never expires, and nothing waits for the refused one', async () => {
  const world = deskWorld();
  world.now = parseInstant('2036-01-05T12:00:00Z');
  for (const note of [killNote(1), releaseNote(2, 'K-1')]) world.desk.take(note, 'shape');
  await world.desk.idle();
  expect([...world.halts.keys()]).toEqual(['K-1']);
  expect(world.bodies().at(-1)).toMatchObject({ id: 'R-2', state: 'refused' });
  expect(world.memory.through).toBe(2);
  world.now = parseInstant('2026-01-05T11:59:59.999999999Z');
  world.desk.take(releaseNote(3, 'K-1'), 'shape');
  await world.desk.idle();
  expect(world.halts.size).toBe(0);
});

test('a release counts up to the moment before its end, and not at it', async () => {
  for (const [now, left] of [
    ['2026-01-05T11:59:59.999999999Z', 0],
    ['2026-01-05T12:00:00Z', 1],
  ] as const) {
    const world = deskWorld();
    world.now = parseInstant(now);
    for (const note of [killNote(1), releaseNote(2, 'K-1')]) world.desk.take(note, 'shape');
    await world.desk.idle();
    expect(world.halts.size).toBe(left);
  }
});

/** What every command says, as it travels. */
const PLAIN = {
  v: 1,
  edge: 'edge-1',
  seq: 1,
  issuedAt: '2026-01-05T09:00:00.000000000Z',
  by: 'P-anna',
  reason: 'A test.',
};

test('a kind of a newer release is refused, and what stands behind it goes on', async () => {
  const world = deskWorld();
  world.desk.take(signDocument(hubSigner, COMMAND_TYPE, { ...PLAIN, id: 'X-1', kind: 'dance' }), 'shape');
  world.desk.take(noticeNote(2), 'shape');
  await world.desk.idle();
  expect(world.bodies().filter(({ state }) => state !== 'received')).toMatchObject([
    { id: 'X-1', state: 'refused' },
    { id: 'N-2', state: 'applied' },
  ]);
});

test('a stop with keys of a newer release still stops', () => {
  const world = deskWorld();
  const value = { ...PLAIN, id: 'K-1', kind: 'kill', scopes: ['firm'], level: 'flatten', colour: 'red' };
  world.desk.take(signDocument(hubSigner, COMMAND_TYPE, value), 'shape');
  expect([...world.halts]).toEqual([['K-1', 'flatten']]);
});

test('a hub that was set back can still stop and cannot loosen under a number that was used', async () => {
  const world = deskWorld();
  for (const note of [killNote(1), noticeNote(2), noticeNote(3)]) world.desk.take(note, 'shape');
  await world.desk.idle();
  world.desk.take(releaseNote(2, 'K-1'), 'shape');
  world.desk.take(killNote(2), 'shape');
  await world.desk.idle();
  expect([...world.halts.keys()]).toEqual(['K-1', 'K-2']);
  expect(world.incidents()).toEqual(['COMMAND_REPLAYED', 'COMMAND_NUMBER_REUSED']);
});

test('another text under a known id is refused, and the first one stands', async () => {
  const world = deskWorld();
  world.desk.take(killNote(1), 'shape');
  await world.desk.idle();
  world.desk.take(killNote(1, { level: 'flatten' }), 'shape');
  world.desk.take(killNote(1, { level: 'flatten' }), 'shape');
  await world.desk.idle();
  expect([...world.halts]).toEqual([['K-1', 'cancel']]);
  expect(world.incidents()).toContain('COMMAND_REPLAYED');
});

test('what could not be carried out is carried out with the next offer, and holds back what stands behind it', async () => {
  const world = deskWorld();
  world.fails = true;
  for (const note of [killNote(1), releaseNote(2, 'K-1'), noticeNote(3)]) world.desk.take(note, 'shape');
  await world.desk.idle();
  expect(world.done).toEqual(['K-1']);
  world.fails = false;
  world.desk.take(releaseNote(2, 'K-1'), 'shape');
  await world.desk.idle();
  expect(world.done).toEqual(['K-1', 'R-2', 'N-3']);
});

test('I18 a command that is remembered no more is neither carried out again nor told of with each offer', async () => {
  const world = deskWorld();
  world.memory = createCommandMemory({ through: 3, ahead: [], known: [], strange: [] });
  world.restart(true);
  for (const note of [killNote(1), releaseNote(2, 'K-1'), noticeNote(3)]) world.desk.take(note, 'shape');
  await world.desk.idle();
  expect(world.done).toEqual([]);
  expect(world.entries).toEqual([]);
});

test('I18 a stop that was given just now is carried out under any number', async () => {
  const world = deskWorld();
  world.memory = createCommandMemory({ through: 3, ahead: [], known: [], strange: [] });
  world.restart(true);
  world.desk.take(killNote(1, { issuedAt: '2026-01-05T09:00:00.001000000Z' }), 'shape');
  await world.desk.idle();
  expect(world.done).toEqual(['K-1']);
});
