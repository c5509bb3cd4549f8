import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { expect, test } from 'vitest';
import { openJournal } from '../journal/journal.ts';
import { flipBit } from '../journal/journal-fixture.ts';
import { KILL_NAME } from './kill-file.ts';
import { killWorld, temporaryFolder } from './kill-fixture.ts';
import { KILL_WRITE_MS_MAX } from './kill-recording.ts';
import { openOfflineEdge } from './offline-edge.ts';
import { deadEdge, entriesOf, firmKill, journalOptions, killFolder, offlineDeps } from './offline-fixture.ts';
import { killOffline } from './offline-kill.ts';

async function edgeFolder(orders = 3): Promise<string> {
  const root = temporaryFolder();
  await deadEdge(root, orders);
  return root;
}

/** The last entry that the kill itself makes: that a disk was slow is told whenever it is found out. */
function lastWord(entries: readonly EntryBody[]): EntryBody | undefined {
  return entries.findLast((entry) => entry.kind !== 'incident' || entry.body.code !== 'HALT_WRITE_SLOW');
}

test('with no edge running, a kill is on record, takes orders back and stands for the next start', async () => {
  const root = await edgeFolder();
  const outcome = await killFolder(offlineDeps(root), firmKill());
  expect(outcome).toMatchObject({ file: 'written', journal: 'recorded', failures: [] });
  expect(outcome.progress).toMatchObject({
    isDone: true,
    venues: [{ venue: 'SIM', sent: 3, acknowledged: 3, remaining: 0 }],
  });
  const entries = await entriesOf(root);
  expect(entries.filter(({ kind }) => kind === 'kill')).toHaveLength(1);
  const ended = entries.flatMap((entry) =>
    entry.kind === 'order' && entry.body.state === 'cancelled' ? [entry.body.order] : [],
  );
  expect(ended).toEqual(['O-1', 'O-2', 'O-3']);
  expect(lastWord(entries)).toMatchObject({ kind: 'kill-report', body: { venue: 'SIM', isDone: true } });
  expect(readdirSync(root).filter((name) => name.startsWith(KILL_NAME))).toEqual([KILL_NAME]);
  const next = await openOfflineEdge(offlineDeps(root));
  expect(next.killSwitch.start().map(({ id }) => id)).toEqual(['K-offline']);
  expect(next.killSwitch.maySend({ haltEpoch: 0 })).toBe(false);
  await next.close();
});

test('a kill whose record is slow to be written says so and ends like any other', async () => {
  const root = await edgeFolder();
  const prompt = offlineDeps(root);
  // No thread answers before this one's turn is over, so that every write is late.
  const sleep: typeof prompt.sleep = (ms, signal) =>
    ms === KILL_WRITE_MS_MAX ? Promise.resolve() : prompt.sleep(ms, signal);
  const deps = { ...prompt, sleep };
  const outcome = await killFolder(deps, firmKill());
  expect(outcome).toMatchObject({ journal: 'recorded', progress: { isDone: true, venues: [{ remaining: 0 }] } });
  expect(deps.incidents.map(({ code }) => code)).toContain('HALT_WRITE_SLOW');
  expect(lastWord(await entriesOf(root))).toMatchObject({ kind: 'kill-report', body: { isDone: true } });
});

test('a kill of one algorithm leaves the orders of others', async () => {
  const root = await edgeFolder();
  const outcome = await killFolder(offlineDeps(root), firmKill({ scopes: ['algorithm:another'] }));
  expect(outcome.journal).toBe('recorded');
  const entries = await entriesOf(root);
  expect(entries.filter((entry) => entry.kind === 'order' && entry.body.state === 'cancelled')).toEqual([]);
});

test('a flatten without a running edge takes back and says that positions stay', async () => {
  const root = await edgeFolder();
  const outcome = await killFolder(offlineDeps(root), firmKill({ level: 'flatten' }));
  expect(outcome.failures).toEqual([expect.stringContaining('Positions stay open')]);
  expect(outcome.progress?.isDone).toBe(false);
  const last = lastWord(await entriesOf(root));
  expect(last).toMatchObject({ kind: 'kill-report', body: { remaining: 0, isDone: false } });
});

test('a damaged journal leaves the file of the kill, and says so', async () => {
  const root = await edgeFolder();
  flipBit(join(root, 'journal', 'segment-000001.db'), 8 * 3_000);
  const outcome = await killFolder(offlineDeps(root), firmKill());
  expect(outcome).toMatchObject({ file: 'written', journal: 'failed', progress: undefined });
  expect(outcome.failures).toEqual([expect.stringMatching(/^The journal cannot be used/)]);
  expect(existsSync(join(root, `${KILL_NAME}.K-offline`))).toBe(true);
});

test('without a journal, venues are asked for everything where the kill is for everything, and for nothing otherwise', async () => {
  const root = temporaryFolder();
  const world = killWorld({ venues: { near: {}, far: {} } });
  const far = world.venues.get('far');
  if (far !== undefined) far.isReachable = false;
  world.enter({ id: 'O-1', venue: 'near' });
  const deps = {
    root,
    open: () => openOfflineEdge(offlineDeps(root)),
    venues: () => world.venues,
    sleep: (ms: number) => world.deps.sleep(ms, new AbortController().signal),
    monotonicMs: () => performance.now(),
  };
  const scoped = await killOffline(deps, firmKill({ scopes: ['desk:index'] }));
  expect(scoped.failures).toEqual([
    expect.stringMatching(/there is no journal/),
    expect.stringMatching(/Orders at near stay/),
    expect.stringMatching(/Orders at far stay/),
  ]);
  const whole = await killOffline(deps, firmKill());
  expect(whole).toMatchObject({ file: 'written', journal: 'failed' });
  expect(whole.failures.at(-1)).toMatch(/^Venue far was not told/);
  expect(world.venues.get('near')?.working.size).toBe(0);
  const paused = await killOffline(deps, firmKill({ level: 'pause' }));
  expect(paused.failures).toHaveLength(1);
});

test('where the file cannot be written, the journal has the kill and orders are taken back all the same', async () => {
  const root = await edgeFolder();
  const blocked = join(temporaryFolder(), 'blocked');
  writeFileSync(blocked, 'a file where a folder belongs');
  const outcome = await killFolder(offlineDeps(root), firmKill(), blocked);
  expect(outcome.journal).toBe('recorded');
  expect(outcome.progress).toMatchObject({ isDone: true });
  expect(outcome.failures).toEqual([expect.stringMatching(/^The file of the kill could not be written/)]);
});

test('an edge that runs and hangs is said to hold the journal, and one that finds the file to have taken it over', async () => {
  const root = await edgeFolder();
  const running = await openJournal(await journalOptions(root));
  const hung = await killFolder(offlineDeps(root), firmKill());
  expect(hung).toMatchObject({ file: 'written', journal: 'held' });
  const world = killWorld({ folder: root });
  const found = await killFolder(offlineDeps(root), firmKill({ id: 'K-second' }));
  expect(found).toMatchObject({ file: 'written', journal: 'taken-over', failures: [] });
  expect(
    world.own
      .halts()
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(['K-offline', 'K-second']);
  await running.journal.close();
});

test('a folder without an edge is not made one', async () => {
  const root = temporaryFolder();
  mkdirSync(join(root, 'sub'));
  await expect(openOfflineEdge(offlineDeps(join(root, 'sub')))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(readdirSync(join(root, 'sub'))).toEqual([]);
});
