import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { Uptime } from './lease-book.ts';

const BOOT_FILE = '/proc/sys/kernel/random/boot_id';
const BOOT_LENGTH = 16;
/** How far two readings of the moment of the start may lie apart and still be of one start. Units: milliseconds. */
const START_ROUNDING_MS = 10_000;

/**
 * Tells how long this computer has been up, and by a name since which start.
 *
 * Shape: Linux names each start; elsewhere the name is made of the moment of the start, so that a wall clock that is set makes another
 *        name: a term then ends early, never late. `run` names this run of the edge: its journal may be an older copy than the one that
 *        the lease was given back in, and only a hub that has all of it answers a new request.
 */
export function computerUptime({ clock, run }: { readonly clock: Clock; readonly run: string }): () => Uptime {
  const named = bootId();
  const startOf = followStart();
  return () => {
    const uptimeMs = Math.floor(uptime() * 1_000);
    return { wallAt: clock.now(), uptimeMs, boot: nameOf(`${named ?? startOf(Date.now() - uptimeMs)} ${run}`) };
  };
}

/**
 * Names starts of a computer by their moments.
 *
 * Shape: a moment that is near the one before has its name, wherever the borders of the rounding lie: readings tremble by a second.
 * Units: moments in milliseconds since 1970.
 */
export function followStart(): (startedMs: number) => string {
  let named: number | undefined;
  return (startedMs) => {
    const isSame = named !== undefined && Math.abs(startedMs - named) < START_ROUNDING_MS;
    if (!isSame) named = Math.round(startedMs / START_ROUNDING_MS) * START_ROUNDING_MS;
    return `${(named ?? 0) / START_ROUNDING_MS}`;
  };
}

function bootId(): string | undefined {
  try {
    return readFileSync(BOOT_FILE, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** A name that does not tell what it was made of. */
function nameOf(start: string): string {
  return `b-${createHash('sha256').update(start).digest('hex').slice(0, BOOT_LENGTH)}`;
}
