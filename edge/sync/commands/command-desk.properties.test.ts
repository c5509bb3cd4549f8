import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DeskWorld, deskWorld, killNote, noticeNote, releaseNote } from './command-fixture.ts';

/** A history as a hub gives it: kills, notices, and releases of kills given before. */
const histories = fc
  .array(fc.tuple(fc.constantFrom('kill', 'notice', 'release'), fc.nat()), { minLength: 1, maxLength: 12 })
  .map((steps) => {
    const open: string[] = [];
    return steps.map(([kind, pick], index) => {
      const seq = index + 1;
      if (kind === 'release' && open.length > 0) {
        const [kill = ''] = open.splice(pick % open.length, 1);
        return releaseNote(seq, kill);
      }
      if (kind !== 'kill') return noticeNote(seq);
      open.push(`K-${seq}`);
      return killNote(seq);
    });
  });

/** A delivery of a history: any order, some of it more than once, and restarts in between. */
interface Delivery {
  readonly history: readonly string[];
  readonly order: readonly number[];
  readonly restarts: readonly number[];
}

const deliveries: fc.Arbitrary<Delivery> = histories.chain((history) =>
  fc.record({
    history: fc.constant(history),
    order: fc
      .tuple(
        fc.shuffledSubarray(
          history.map((_, index) => index),
          { minLength: history.length, maxLength: history.length },
        ),
        fc.array(fc.nat(history.length - 1), { maxLength: 12 }),
      )
      .chain(([all, repeats]) => fc.shuffledSubarray([...all, ...repeats], { minLength: all.length + repeats.length })),
    restarts: fc.array(fc.nat(24), { maxLength: 3 }),
  }),
);

async function deliver({ history, order, restarts }: Delivery): Promise<DeskWorld> {
  const world = deskWorld();
  for (const [step, index] of order.entries()) {
    world.desk.take(history[index] ?? '', step % 2 === 0 ? 'shape' : 'mqtt');
    if (step % 3 === 0) await world.desk.idle();
    if (restarts.includes(step)) {
      await world.desk.idle();
      world.restart(step % 2 === 0);
      // A shape brings again what it brought before.
      for (const earlier of order.slice(0, step + 1)) world.desk.take(history[earlier] ?? '', 'shape');
    }
  }
  await world.desk.idle();
  return world;
}

test('I18 any order, any repetition and any restart lead to the same halts, each command carried out once', async () => {
  await fc.assert(
    fc.asyncProperty(deliveries, async (delivery) => {
      const { history } = delivery;
      const straight = await deliver({ history, order: history.map((_, index) => index), restarts: [] });
      const world = await deliver(delivery);
      expect([...world.halts.keys()].sort()).toEqual([...straight.halts.keys()].sort());
      expect([...world.done].sort()).toEqual([...straight.done].sort());
      expect(world.memory.through).toBe(history.length);
      expect(new Set(world.done).size).toBe(world.done.length);
    }),
    { numRuns: 60 },
  );
});

test('nothing loosens before everything with a lower number has come', async () => {
  await fc.assert(
    fc.asyncProperty(deliveries, fc.nat(24), async (delivery, cut) => {
      const world = await deliver({ ...delivery, order: delivery.order.slice(0, cut) });
      const come = new Set(delivery.order.slice(0, cut).map((index) => index + 1));
      for (const { seq = 0, id = '', state } of world.bodies()) {
        if (!id.startsWith('R-') || state !== 'applied') continue;
        for (let before = 1; before < seq; before += 1) expect(come.has(before)).toBe(true);
      }
      // A stop that came is in force or was released by a release that was carried out.
      const released = world.bodies().filter(({ id, state }) => id?.startsWith('R-') && state === 'applied').length;
      const kills = world.done.filter((id) => id.startsWith('K-')).length;
      expect(world.halts.size).toBe(kills - released);
    }),
    { numRuns: 60 },
  );
});
