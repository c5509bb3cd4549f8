import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EntryBody, KillLevel } from '@gatehouse/shared/schema/bodies.ts';
import { expect, test } from 'vitest';
import { KILL_NAME } from './kill-file.ts';
import { type KillWorld, killWorld, temporaryFolder, type WorldOptions } from './kill-fixture.ts';
import type { KillRequest } from './kill-types.ts';

// A death at every step of a kill: whatever the process had done by then, the next start goes on from journal, file and venue.

/** What a death at one moment leaves. */
interface Remains {
  readonly past: readonly EntryBody[];
  readonly files: ReadonlyMap<string, string>;
  readonly working: readonly string[];
  readonly cancelled: readonly string[];
  readonly requests: number;
}

const ORDERS = ['O-1', 'O-2', 'O-3'];
const TURNS_AFTER = 40;

function remainsOf(world: KillWorld): Remains {
  const venue = world.venues.get('paper');
  const names = readdirSync(world.folder);
  return {
    past: world.durable(),
    files: new Map(names.flatMap((name) => filed(join(world.folder, name)).map((text) => [name, text]))),
    working: [...(venue?.working ?? [])],
    cancelled: [...(venue?.cancelled ?? [])],
    requests: venue?.requests.length ?? 0,
  };
}

/** The text of a file that may just be taking its place. */
function filed(path: string): readonly string[] {
  try {
    return [readFileSync(path, 'utf8')];
  } catch {
    return [];
  }
}

/** Everything that deaths in the course of a kill could leave, each once. */
async function allRemains(
  request: KillRequest,
  manner: NonNullable<WorldOptions['venues']>[string],
): Promise<readonly Remains[]> {
  const found = new Map<string, Remains>();
  let isWatching = false;
  const look = (): void => {
    if (!isWatching) return;
    const remains = remainsOf(world);
    const key = `${remains.past.length}|${[...remains.files].join()}|${remains.working.join()}|${remains.requests}`;
    found.set(key, remains);
  };
  const world: KillWorld = killWorld({ venues: { paper: manner }, onStep: () => look() });
  for (const id of ORDERS) world.enter({ id });
  isWatching = true;
  const running = world.killSwitch.kill(request);
  const over = Promise.all([running.ended, running.written]).then(() => 'over' as const);
  while ((await Promise.race([over, nextTurn()])) !== 'over') look();
  for (let turn = 0; turn < TURNS_AFTER; turn += 1) {
    await nextTurn();
    look();
  }
  isWatching = false;
  world.killSwitch.stop();
  return [...found.values()];
}

/** The next start, as far as every start goes before its kill switch: each open order is asked for at the venue. */
async function restart({ past, files, working, cancelled }: Remains): Promise<KillWorld> {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  const world = killWorld({ folder, past, isUnstarted: true });
  const venue = world.venues.get('paper');
  for (const id of working) venue?.working.add(id);
  for (const id of cancelled) venue?.cancelled.add(id);
  for (const { order } of world.own.openOrders()) {
    world.deps.settle(order.id, (await venue?.query(order.id)) ?? { state: 'not-found', fills: [] });
  }
  return world;
}

test.each<[string, KillLevel, NonNullable<WorldOptions['venues']>[string]]>([
  ['that a quick venue carries out at once', 'cancel', {}],
  ['that asks for each order and fails at first', 'cancel', { cannotCancelAll: true, failFirst: 2, ackMs: 3 }],
  ['that only pauses', 'pause', {}],
])(
  'after a death at any step of a kill %s, the next start knows the kill once and takes back what is left',
  async (_, level, manner) => {
    const request: KillRequest = { scopes: ['firm', 'desk:index'], level, by: 'P-1', reason: 'A test.' };
    const all = await allRemains(request, manner);
    let killed = 0;
    for (const remains of all) {
      const next = await restart(remains);
      const running = next.killSwitch.start();
      const isBegun = remains.past.some(({ kind }) => kind === 'kill') || remains.files.has(KILL_NAME);
      expect(remains.requests > 0 && !isBegun).toBe(false);
      expect(next.own.halts()).toHaveLength(isBegun ? 1 : 0);
      await Promise.all(running.map((one) => Promise.all([one.ended, one.written])));
      if (isBegun && level === 'cancel') expect(next.own.openOrders()).toEqual([]);
      expect(next.kinds('kill')).toHaveLength(isBegun ? 1 : 0);
      expect(next.killSwitch.maySend({ haltEpoch: 0 })).toBe(!isBegun);
      expect(readdirSync(next.folder).includes(KILL_NAME)).toBe(isBegun);
      killed += isBegun ? 1 : 0;
      next.killSwitch.stop();
    }
    process.stdout.write(`${all.length} deaths, ${killed} of them after the kill had begun to be written\n`);
    expect(killed).toBeGreaterThan(1);
    expect(all.length).toBeGreaterThan(killed);
  },
);
