/**
 * Where the process is to die, or to leave a copy of its journal.
 *
 * Shape: `before-hand-over` when intent and decision are on disk and the connector has not got the order yet; `after-hand-over` when the
 *        connector has got it and nothing more was put on record; `copies-journal` lives on, and leaves the journal as it was
 *        before the hand-over.
 */
export type Step = 'before-hand-over' | 'after-hand-over' | 'copies-journal';

/** What the test tells the process, which says it back. */
export interface StepMessage {
  readonly type: 'step';
  readonly step: Step;
}

/** Where the copy of the journal lies. */
export const JOURNAL_COPY = 'journal-before-hand-over';
