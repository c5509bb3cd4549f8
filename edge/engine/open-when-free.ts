import { readdirSync } from 'node:fs';
import { KitError } from '@gatehouse/shared/errors.ts';
import { KILL_NAME } from '../kill/kill-file.ts';
import { sleepUnless } from './edge-kill.ts';

/** A kill that found no edge running has let go of the journal by then. Units: milliseconds. */
const WAIT_MS_MAX = 30_000;
const LOOK_MS = 250;

/** How a journal is waited for. Shape: `root` is the edge's data folder, where kills are filed. */
export interface JournalWait {
  readonly root: string;
  readonly monotonicMs: () => number;
  readonly signal: AbortSignal;
}

/**
 * Opens a journal, and waits for it where a kill from outside may hold it.
 *
 * Shape:  a start that was refused would be final, and an edge that dies just when somebody stops it must still come back, to take
 *         care of what the kill has left. Where no kill is filed, a journal that is held is another edge's.
 * Errors: those of `open`, after `WAIT_MS_MAX` also `JOURNAL_LOCKED`.
 */
export async function openWhenFree<Opened>(wait: JournalWait, open: () => Promise<Opened>): Promise<Opened> {
  const endsAtMs = wait.monotonicMs() + WAIT_MS_MAX;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      const isHeld = error instanceof KitError && error.code === 'JOURNAL_LOCKED';
      if (!isHeld || !isKillFiled(wait.root) || wait.signal.aborted || wait.monotonicMs() >= endsAtMs) throw error;
    }
    await sleepUnless(LOOK_MS, wait.signal);
  }
}

function isKillFiled(root: string): boolean {
  return readdirSync(root).some((name) => name.startsWith(KILL_NAME));
}
