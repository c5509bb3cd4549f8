import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { cosign, generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { openDocument, signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { RELEASE_TYPE, Release } from '@gatehouse/shared/schema/governance.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { KILL_NAME } from './kill-file.ts';
import { type KillWorld, killWorld, NOW } from './kill-fixture.ts';
import { createReleasing, type Releasing } from './release.ts';

const first = generateSigner('P-1');
const second = generateSigner('P-2');
const stranger = generateSigner('P-3');
const verifiers = [first, second].map(({ verifierKey }) => parseVerifierKey(verifierKey));
const EDGE = 'edge-1';

function releasingOf(world: KillWorld): Releasing {
  return createReleasing({
    ...world.deps,
    edge: EDGE,
    killSwitch: world.killSwitch,
    verifyRelease: (document) => {
      const { value, signedBy } = openDocument(document, RELEASE_TYPE, verifiers);
      return { release: decode(Release, value, 'the release'), by: signedBy };
    },
  });
}

function document(kill: string, changes: Partial<Release> = {}): string {
  const term = { from: addMs(NOW, -60_000), to: addMs(NOW, 60_000) };
  const release: Release = { v: 1, id: 'R-1', kill, edge: EDGE, reason: 'The cause was found.', ...term, ...changes };
  return signDocument(first, RELEASE_TYPE, encode(Release, release) as JsonValue);
}

async function killed(world: KillWorld): Promise<string> {
  const running = world.killSwitch.kill({ scopes: ['firm'], level: 'cancel', by: 'P-1', reason: 'A test.' });
  await running.written;
  return running.id;
}

async function problemOf(releasing: Releasing, text: string): Promise<string> {
  const outcome = await releasing(text);
  return outcome.kind === 'refused' ? outcome.error.message : 'released';
}

test('two people release a kill: halt, file and memory let go, and the record names both', async () => {
  const world = killWorld();
  const kill = await killed(world);
  const releasing = releasingOf(world);
  const outcome = await releasing(cosign(document(kill), second));
  expect(outcome).toEqual({ kind: 'released', kill, by: ['P-1', 'P-2'] });
  expect(world.own.halts()).toEqual([]);
  expect(world.killSwitch.maySend({ haltEpoch: world.own.haltEpoch })).toBe(true);
  expect(existsSync(join(world.folder, KILL_NAME))).toBe(false);
  expect(world.kinds('release').map(({ body }) => body)).toMatchObject([{ kill, by: ['P-1', 'P-2'], haltEpoch: 2 }]);
  // A file that a crash left behind does not bring it back.
  const next = killWorld({ folder: world.folder, past: world.entries });
  expect(next.own.halts()).toEqual([]);
});

test('a kill under the id of one that was released gets an id of its own, and can be released', async () => {
  const world = killWorld();
  const kill = await killed(world);
  const releasing = releasingOf(world);
  expect(await problemOf(releasing, cosign(document(kill), second))).toBe('released');
  const request = { scopes: ['firm'], level: 'cancel', by: 'P-1', reason: 'A test.' } as const;
  const again = world.killSwitch.kill({ ...request, id: kill });
  await again.written;
  expect(again.id).not.toBe(kill);
  expect(world.own.halts()).toMatchObject([{ id: again.id }]);
  expect(await problemOf(releasing, cosign(document(again.id), second))).toBe('released');
  expect(world.own.halts()).toEqual([]);
});

test('a release that its entry has no room for leaves halt and file alone', async () => {
  const world = killWorld();
  const kill = await killed(world);
  const releasing = releasingOf(world);
  const signed = cosign(document(kill), second);
  const padding = `\u2014 stranger ${'A'.repeat(92)}\n`;
  const longest = signed + padding.repeat(Math.floor((20_000 - signed.length) / padding.length));
  expect(await problemOf(releasing, longest + padding)).toMatch(/more than 20000 characters/);
  expect(world.own.halts()).toHaveLength(1);
  expect(existsSync(join(world.folder, KILL_NAME))).toBe(true);
  expect(await problemOf(releasing, longest)).not.toMatch(/more than 20000 characters/);
});

test('I16 one signature, one person twice and a stranger beside one person release nothing', async () => {
  const world = killWorld();
  const kill = await killed(world);
  const releasing = releasingOf(world);
  const alone = document(kill);
  for (const text of [alone, cosign(alone, first), cosign(alone, stranger)]) {
    expect(await problemOf(releasing, text)).toMatch(/signed by P-1 alone/);
  }
  expect(world.own.halts()).toHaveLength(1);
  expect(existsSync(join(world.folder, KILL_NAME))).toBe(true);
  const refusals = world.kinds('incident').filter(({ body }) => 'code' in body && body.code === 'RELEASE_REFUSED');
  expect(refusals).toHaveLength(3);
});

test.each([
  ['of an unknown kill', { kill: 'K-unknown' }, /there is no kill K-unknown/],
  ['of another edge', { edge: 'edge-2' }, /it is for edge edge-2/],
  ['before its term', { from: addMs(NOW, 1) }, /its term begins/],
  ['at the end of its term', { to: NOW }, /its term ended/],
])('a release %s is refused', async (_, changes, words) => {
  const world = killWorld();
  const kill = await killed(world);
  expect(await problemOf(releasingOf(world), cosign(document(kill, changes), second))).toMatch(words);
  expect(world.own.halts()).toHaveLength(1);
});

test('a release at the first moment of its term holds, and the same again does not', async () => {
  const world = killWorld();
  const kill = await killed(world);
  const releasing = releasingOf(world);
  const text = cosign(document(kill, { from: NOW }), second);
  expect(await problemOf(releasing, text)).toBe('released');
  expect(await problemOf(releasing, text)).toMatch(/released already/);
});

test('a text that is no document, or whose signature does not fit, is refused', async () => {
  const world = killWorld();
  const kill = await killed(world);
  const releasing = releasingOf(world);
  const forged = cosign(document(kill), second).replace('The cause was found.', 'The cause was known.');
  expect(await problemOf(releasing, 'release it')).toMatch(/\w/);
  expect(await problemOf(releasing, forged)).toMatch(/does not fit/);
  expect(world.own.halts()).toHaveLength(1);
});

test('every reason is told at once', async () => {
  const world = killWorld();
  await killed(world);
  const problem = await problemOf(releasingOf(world), document('K-unknown', { edge: 'edge-2', to: NOW }));
  for (const words of ['alone', 'edge-2', 'ended', 'K-unknown']) expect(problem).toContain(words);
});

test('a release of one kill leaves the other', async () => {
  const world = killWorld();
  const kill = await killed(world);
  const other = world.killSwitch.kill({ scopes: ['desk:index'], level: 'pause', by: 'P-2', reason: 'Another.' }).id;
  expect(await problemOf(releasingOf(world), cosign(document(kill), second))).toBe('released');
  expect(world.own.halts().map(({ id }) => id)).toEqual([other]);
});

test('a kill whose file cannot be rewritten is not released', async () => {
  const world = killWorld();
  const kill = await killed(world);
  const stuck = { ...world.deps.killFile, remove: () => Promise.reject(new KitError('DISK_FULL', 'no room')) };
  const releasing = createReleasing({
    ...world.deps,
    killFile: { ...stuck, isFaulty: false },
    edge: EDGE,
    killSwitch: world.killSwitch,
    verifyRelease: () => ({
      release: { v: 1, id: 'R-1', kill, edge: EDGE, reason: 'x', from: NOW, to: addMs(NOW, 1) },
      by: ['P-1', 'P-2'],
    }),
  });
  expect(await releasing('x')).toMatchObject({ kind: 'refused', error: { code: 'DISK_FULL' } });
  expect(world.own.halts().map(({ id }) => id)).toEqual([kill]);
  expect(world.kinds('release')).toEqual([]);
});
