import { KitError } from '@gatehouse/shared/errors.ts';
import { expect, test } from 'vitest';
import { createKillCommands, type KillCommands, progressJson } from './kill-commands.ts';
import { type KillWorld, killWorld, NOW } from './kill-fixture.ts';
import type { KillRequest } from './kill-types.ts';
import type { Releasing } from './release.ts';

const KILL: KillRequest & { readonly id: string } = {
  id: 'K-asked',
  scopes: ['firm'],
  level: 'cancel',
  by: 'P-1',
  reason: 'A test.',
};
const REFUSING: Releasing = async () => ({
  kind: 'refused',
  error: new KitError('RELEASE_REFUSED', 'it does not fit'),
});

function commandsOf(world: KillWorld, releasing = REFUSING): KillCommands {
  return createKillCommands({ ...world.deps, killSwitch: world.killSwitch, releasing });
}

test('a kill that is asked for is answered with what every venue was told, and the command is on record', async () => {
  const world = killWorld();
  world.enter({ id: 'O-1' });
  const commands = commandsOf(world);
  const progress = await commands.kill(KILL);
  expect(progress).toMatchObject({ id: 'K-asked', journal: 'durable', file: 'durable', venues: [{ sent: 1 }] });
  expect(world.kinds('command').map(({ body }) => body)).toMatchObject([
    { name: 'kill', by: 'P-1', result: 'applied' },
  ]);
  expect(commands.status().map(({ id }) => id)).toEqual(['K-asked']);
  expect(progressJson(progress)).toMatchObject({ id: 'K-asked', level: 'cancel' });
});

test('the same kill by two ways is one kill', async () => {
  const world = killWorld();
  const commands = commandsOf(world);
  await Promise.all([commands.kill(KILL), commands.kill(KILL)]);
  expect(world.kinds('kill')).toHaveLength(1);
});

test('a venue and a disk that hang keep nobody waiting for the answer', async () => {
  const world = killWorld({ venues: { paper: {} } });
  world.enter({ id: 'O-1' });
  const venue = world.venues.get('paper');
  if (venue !== undefined) venue.cancelAll = () => new Promise(() => {});
  const progress = await commandsOf(world).kill(KILL);
  expect(progress).toMatchObject({ isDone: false });
  expect(world.own.halts()).toHaveLength(1);
});

test('a release is answered with who signed it, and a refused one with the reason', async () => {
  const world = killWorld();
  const commands = commandsOf(world, async () => ({ kind: 'released', kill: 'K-1', by: ['P-1', 'P-2'] }));
  expect(await commands.release('x')).toEqual({ kill: 'K-1', by: ['P-1', 'P-2'] });
  expect(world.kinds('command').map(({ body }) => body)).toMatchObject([{ name: 'release', by: 'P-1' }]);
  await expect(commandsOf(world).release('x')).rejects.toThrow('it does not fit');
});

test('a journal that takes nothing stops no answer', async () => {
  const world = killWorld({
    beforeStage: ({ kind }) => {
      if (kind === 'command') throw new Error('it takes nothing');
    },
  });
  expect(await commandsOf(world).kill({ ...KILL, at: NOW })).toMatchObject({ isDone: true });
});
