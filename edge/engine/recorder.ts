import { assert } from '@gatehouse/shared/errors.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { Journal } from '../journal/journal-types.ts';
import type { Book } from './book.ts';
import { toWireBody, type WireBody } from './entry-wire.ts';

/**
 * The one way by which the engine says that something happened.
 *
 * Shape: what is staged counts at once, and becomes one atomic group of the journal with the next flush.
 */
export interface Recorder {
  /** Errors: what an entry that fits no schema fails with; it then counts for nothing. */
  stage(entry: EntryBody): void;
  /** Appends what is staged and gives the seq of the journal's last entry. Errors: those of `Journal.append`; what it refused goes with the next. */
  flush(): number;
  /** The seq that the next entry gets. */
  readonly nextSeq: number;
}

/** The most entries of one group; a bar or a command makes far fewer. */
const STAGED_MAX = 10_000;

/** What a recorder works on. */
export interface RecorderDeps {
  readonly book: Pick<Book, 'fold'>;
  readonly journal: Pick<Journal, 'append' | 'head'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** A recorder that folds into a book and appends to a journal. */
export function createRecorder({ book, journal, clock }: RecorderDeps): Recorder {
  let staged: WireBody[] = [];
  return {
    stage: (entry) => {
      assert(staged.length < STAGED_MAX, `more than ${STAGED_MAX} entries in one group`);
      // What cannot be written down must not count: the journal would never say so.
      const written = toWireBody(entry);
      book.fold(entry, clock.now());
      staged.push(written);
    },
    flush: () => {
      if (staged.length === 0) return journal.head.seq;
      // What the journal refuses stays staged: it counts already, so a later group must take it along.
      journal.append(staged);
      staged = [];
      return journal.head.seq;
    },
    get nextSeq() {
      return journal.head.seq + staged.length + 1;
    },
  };
}
