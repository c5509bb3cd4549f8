/**
 * How much the journal holds at most.
 *
 * Units: `headEveryMs` is the least time between two writes of the head file; `...BytesMax` count UTF-16 units of text.
 */
export interface JournalBounds {
  /** Entries that were assigned and are not yet durable; beyond it `append` refuses. */
  readonly queueEntriesMax: number;
  readonly queueBytesMax: number;
  /** One transaction takes what waits up to here; a group of one `append` is never split. */
  readonly commitEntriesMax: number;
  readonly commitBytesMax: number;
  /** Beyond it `wantsRoll` is true. */
  readonly segmentBytesMax: number;
  /** A larger state lies beside the snapshot entry. */
  readonly inlineStateBytesMax: number;
  readonly readEntriesMax: number;
  readonly readBytesMax: number;
  readonly headEveryMs: number;
  /** Entries that nobody waits for are handed to the disk after so long at the latest. */
  readonly lingerMs: number;
  /** More of them do not linger. */
  readonly lingerEntriesMax: number;
}

/** The bounds that hold where nothing else is given. */
export const JOURNAL_BOUNDS: JournalBounds = {
  queueEntriesMax: 20_000,
  queueBytesMax: 67_108_864,
  commitEntriesMax: 1_000,
  commitBytesMax: 4_194_304,
  segmentBytesMax: 67_108_864,
  inlineStateBytesMax: 524_288,
  readEntriesMax: 1_000,
  readBytesMax: 4_194_304,
  headEveryMs: 50,
  lingerMs: 2,
  lingerEntriesMax: 16,
};
