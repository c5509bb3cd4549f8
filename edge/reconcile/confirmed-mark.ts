import { readFileSync } from 'node:fs';
import { KitError } from '@gatehouse/shared/errors.ts';
import { type Instant, instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { writeDurably } from '../journal/durable-file.ts';

/**
 * The moment up to which the venue's executions are known to be booked.
 *
 * Shape: a mark that is lost or unreadable costs a longer look back, never an execution; it is therefore a file beside the journal.
 */
export interface ConfirmedMark {
  read(): Instant | undefined;
  write(at: Instant): Promise<void>;
}

/** A mark in a file. Errors: of `write`: those of `writeDurably`. */
export function confirmedMarkIn(path: string): ConfirmedMark {
  return {
    read: () => {
      try {
        return parseInstant(readFileSync(path, 'utf8').trim());
      } catch (error) {
        if (error instanceof KitError || (error instanceof Error && 'code' in error)) return undefined;
        throw error;
      }
    },
    write: (at) => writeDurably(path, `${instantText(at)}\n`),
  };
}
