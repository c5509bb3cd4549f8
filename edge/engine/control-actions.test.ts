import { generateSigner } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { RELEASE_TYPE } from '@gatehouse/shared/schema/governance.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { killWorld } from '../kill/kill-fixture.ts';
import type { Releasing } from '../kill/release.ts';
import type { OrderedCommand } from '../sync/commands/command-desk.ts';
import { createControlActions } from './control-actions.ts';

const AT = parseInstant('2026-01-05T10:00:00Z');
const HEAD = { v: 1, edge: 'edge-1', seq: 1, issuedAt: AT, by: 'P-anna', reason: 'A test.' } as const;
const NO_RELEASE: Releasing = () => Promise.reject(new Error('nothing is to be released here'));

function actionsOf(world: ReturnType<typeof killWorld>, released: readonly string[] = [], releasing = NO_RELEASE) {
  const told: string[] = [];
  const actions = createControlActions({
    killSwitch: world.killSwitch,
    kills: { isReleased: (id) => released.includes(id) },
    releasing,
    refetch: () => told.push('refetch'),
    notice: (message) => told.push(message),
  });
  return { actions, told };
}

function releaseOf(kill: string, document: string): OrderedCommand {
  return { ...HEAD, id: 'R-1', kind: 'release', notAfter: AT, kill, document };
}

test('a stop is in force before anything is waited for, under the id of its command, and its answer says what was told', async () => {
  const world = killWorld();
  world.enter({ id: 'O-1' });
  const { actions } = actionsOf(world);
  const answer = actions.stop({ ...HEAD, id: 'K-far', kind: 'kill', scopes: ['firm'], level: 'cancel' });
  expect(world.own.halts()).toMatchObject([{ id: 'K-far', level: 'cancel', scopes: ['firm'] }]);
  expect(await answer).toMatchObject({
    kind: 'applied',
    says: expect.stringMatching(/K-far: cancel in force, journal durable/),
  });
});

test('pause and reduce keep out new risk alone', async () => {
  for (const kind of ['pause', 'reduce'] as const) {
    const world = killWorld();
    await actionsOf(world).actions.stop({ ...HEAD, id: 'K-soft', kind, scopes: ['firm'], notAfter: AT });
    expect(world.own.halts()).toMatchObject([{ id: 'K-soft', level: 'pause' }]);
  }
});

test('a kill that was released meanwhile is not carried out once more', async () => {
  const world = killWorld();
  const { actions } = actionsOf(world, ['K-far']);
  const answer = await actions.stop({ ...HEAD, id: 'K-far', kind: 'kill', scopes: ['firm'], level: 'cancel' });
  expect(answer.kind).toBe('applied');
  expect(world.own.halts()).toEqual([]);
});

test('a release that names another kill than its document is refused, and nobody is asked to release', async () => {
  const document = signDocument(generateSigner('P-1'), RELEASE_TYPE, {
    ...{ v: 1, id: 'RL-1', kill: 'K-1', edge: 'edge-1', reason: 'Looked into.' },
    ...{ from: '2026-01-05T09:00:00.000000000Z', to: '2026-01-06T09:00:00.000000000Z' },
  });
  const { actions } = actionsOf(killWorld());
  expect(await actions.apply(releaseOf('K-2', document))).toMatchObject({ kind: 'refused' });
  const agreeing = actionsOf(killWorld(), [], async () => ({ kind: 'released', kill: 'K-1', by: ['P-1', 'P-2'] }));
  expect(await agreeing.actions.apply(releaseOf('K-1', document))).toEqual({
    kind: 'applied',
    says: 'Kill K-1 is released by P-1 and P-2.',
  });
});

test('a release that was carried out and not written down counts as carried out', async () => {
  const { actions } = actionsOf(killWorld(), ['K-1']);
  expect((await actions.apply(releaseOf('K-1', 'x'))).kind).toBe('applied');
});

test('what an edge cannot do it refuses with a reason', async () => {
  const { actions, told } = actionsOf(killWorld());
  const rest = { ...HEAD, notAfter: AT };
  expect(await actions.apply({ ...rest, id: 'C-1', kind: 'rotate-keys', which: 'access' })).toMatchObject({
    kind: 'refused',
  });
  expect((await actions.apply({ ...rest, id: 'C-2', kind: 'refetch', what: 'control' })).kind).toBe('applied');
  expect((await actions.apply({ ...rest, id: 'C-3', kind: 'upgrade-notice', release: '2.0.0' })).kind).toBe('applied');
  expect(told).toEqual(['refetch', 'the firm asks for release 2.0.0: A test.']);
});
