import { describeError } from '@gatehouse/shared/errors.ts';
import { type Database, inTransaction } from '../../store/database.ts';
import { bodiesToSeal, lockSealing, readOpenStored, storeSealed } from '../../store/sealing-rows.ts';
import type { BodySealer } from './body-sealer.ts';

/** How many leaves one transaction looks at. */
export const SEALING_CHUNK_LEAVES = 500;

/** What the sealing of old bodies needs. */
export interface SealingDeps {
  readonly database: Database;
  readonly bodies: BodySealer;
  readonly log: (line: string) => void;
  /** Ends it between two steps; the next start goes on where it stopped. */
  readonly stop: AbortSignal;
}

const LOGGED_EVERY = 200;

/**
 * Seals the bodies that an earlier release stored open, some at a time, beside everything else that the hub does.
 *
 * Shape: true where none is left; each step stands on its own, so that it goes on after any end.
 */
export async function sealStored({ database, bodies, log, stop }: SealingDeps): Promise<boolean> {
  const total = await bodiesToSeal(database);
  if (total === 0) return true;
  log(`${total} bodies of an earlier release are sealed from now on`);
  for (let step = 1; !stop.aborted; step += 1) {
    const left = await sealSome(database, bodies);
    if (left === 0) {
      log('every body is sealed');
      return true;
    }
    if (step % LOGGED_EVERY === 0) log(`${total - left} of ${total} bodies of an earlier release are sealed`);
  }
  return false;
}

/** Starts the sealing of old bodies beside everything else; gives back how to end it. Shape: after a failure the next start goes on. */
export function startSealing(deps: {
  readonly database: Database;
  readonly bodies: BodySealer | undefined;
  readonly log: (line: string) => void;
}): () => Promise<void> {
  const { database, bodies, log } = deps;
  const stop = new AbortController();
  const running =
    bodies === undefined
      ? Promise.resolve(true)
      : sealStored({ database, bodies, log, stop: stop.signal }).catch((error: unknown) => {
          log(
            `the sealing of bodies of an earlier release stopped and goes on at the next start: ${describeError(error)}`,
          );
          return false;
        });
  return async () => {
    stop.abort();
    await running;
  };
}

function sealSome(database: Database, bodies: BodySealer): Promise<number> {
  return inTransaction(database, async (tx) => {
    const { next, end, version } = await lockSealing(tx);
    const to = Math.min(next + SEALING_CHUNK_LEAVES, end);
    if (to <= next) return 0;
    const open = (await readOpenStored(tx, next, to)).map(({ leaf, kind, at, salt, body }) => {
      return { leaf, header: { kind, at }, salt, bodyText: body };
    });
    const seal = await bodies.prepare(tx, version, open);
    const sealed = seal(open).map((body, index) => ({ leaf: open[index]?.leaf ?? -1, ...body }));
    await storeSealed(tx, sealed, to);
    return end - to;
  });
}
