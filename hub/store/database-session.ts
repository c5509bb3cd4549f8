import { KitError } from '@gatehouse/shared/errors.ts';
import type { Database } from './database.ts';

/**
 * Does work while nobody else does work under the same number on this database, in whatever process.
 *
 * Shape:  the lock ends with the connection that holds it, however this process ends.
 * Errors: `STATE_CONFLICT` where somebody else holds it.
 */
export async function inSession<T>(database: Database, lock: number, work: () => Promise<T>): Promise<T> {
  const session = await database.reserve();
  try {
    const [row] = await session<{ isTaken: boolean }[]>`SELECT pg_try_advisory_lock(${lock}) AS "isTaken"`;
    if (row?.isTaken !== true) {
      throw new KitError('STATE_CONFLICT', 'another process of this hub is at the same work', {
        hint: 'Wait until it has ended.',
      });
    }
    try {
      return await work();
    } finally {
      await session`SELECT pg_advisory_unlock(${lock})`;
    }
  } finally {
    session.release();
  }
}
