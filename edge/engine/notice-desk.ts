import type { JournalNotice } from '../journal/journal-types.ts';

/** Keeps what the journal says until somebody can put it on record, and hands it straight on from then. */
export interface NoticeDesk {
  take(notice: JournalNotice): void;
  /** What was said so far; all that follows goes to the listener. */
  handOver(listener: (notice: JournalNotice) => void): readonly JournalNotice[];
}

/** A desk that nobody listens to yet. */
export function createNoticeDesk(): NoticeDesk {
  const kept: JournalNotice[] = [];
  let hear: (notice: JournalNotice) => void = (notice) => kept.push(notice);
  return {
    take: (notice) => hear(notice),
    handOver: (listener) => {
      hear = listener;
      return kept;
    },
  };
}
