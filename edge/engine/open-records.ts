import { KitError } from '@gatehouse/shared/errors.ts';
import { openJournal } from '../journal/journal.ts';
import type { Journal, JournalNotice } from '../journal/journal-types.ts';
import { takeEverythingBack } from '../kill/take-back.ts';
import { CONNECTORS } from '../venues/index.ts';
import { type Book, createBook } from './book.ts';
import { isContradiction, linesOf } from './contradiction.ts';
import { type EdgeFolders, edgeFolders } from './edge-files.ts';
import { sleepUnless } from './edge-kill.ts';
import { foldJournal } from './fold-journal.ts';
import { checkKeptAck } from './hub-connection.ts';
import { createNoticeDesk, type NoticeDesk } from './notice-desk.ts';
import { openWaitingEpoch } from './open-epoch.ts';
import { openWhenFree } from './open-when-free.ts';
import { compareWithHub, refetchBeforeFirst, refetchRecords } from './refetch-records.ts';
import type { EdgeProcess, Ending } from './running-edge.ts';

/** The records of an edge, before anything works on them. */
export interface Records {
  readonly folders: EdgeFolders;
  readonly journal: Journal;
  readonly book: Book;
  readonly notices: NoticeDesk;
}

/**
 * The journal of this edge and what its entries add up to, whole as far as the hub has signed for it.
 *
 * Shape:  what the hub signed for and is missing here is fetched from it before anything is appended. `notices` is filled until
 *         the engine hears them itself.
 *         A signed document that opens the next epoch and waits in the inbox is taken before.
 * Errors: those of `openJournal` and `openWaitingEpoch`; `JOURNAL_LOST` where the hub gives nothing back, `STREAM_FORKED`.
 */
export async function openRecords(edge: EdgeProcess, endings: Ending[]): Promise<Records> {
  await openWaitingEpoch(edge);
  const begun = await refetchBeforeFirst(edge);
  const records = await open(edge, begun, endings);
  try {
    await checkRecords(edge, records);
    return records;
  } catch (error) {
    if (!(error instanceof KitError) || error.code !== 'JOURNAL_LOST') throw error;
    // Nothing may have the journal open while it is exchanged.
    await records.journal.close();
    const again = await open(edge, await fetchOrFail(edge, records.journal, error), endings);
    await checkKeptAck({ config: edge.config, ...again });
    return again;
  }
}

/** The loss is what a person has to hear of, whatever kept the hub from making it good. */
async function fetchOrFail(edge: EdgeProcess, { head }: Journal, lost: KitError): Promise<JournalNotice> {
  try {
    const fetched = await refetchRecords(edge, head);
    if (fetched !== undefined) return fetched;
  } catch (error) {
    if (!(error instanceof KitError) || error.code !== 'BROKER_UNREACHABLE') throw error;
    edge.log(error.message);
  }
  throw lost;
}

async function open(edge: EdgeProcess, begun: JournalNotice | undefined, endings: Ending[]): Promise<Records> {
  const { config, credentials, session } = edge;
  const { instrument } = session.loaded;
  const folders = edgeFolders(config.data);
  const notices = createNoticeDesk();
  const deps = { multiplierOf: () => instrument.multiplier };
  const wait = { root: folders.root, monotonicMs: edge.monotonicMs, signal: edge.stop.signal };
  const opened = await openWhenFree(wait, () =>
    openJournal({
      folder: folders.journal,
      edge: config.edge,
      signer: credentials.signer,
      clock: edge.clock,
      random: edge.random,
      emptyState: createBook(deps).snapshot(),
      onNotice: (notice) => notices.take(notice),
    }),
  );
  const { journal } = opened;
  endings.push(() => journal.close());
  if (begun !== undefined) {
    notices.take(begun);
    edge.log(`ALARM ${begun.code}: ${begun.message}. ${begun.hint}`);
  }
  for (const notice of opened.notices) notices.take(notice);
  const book = await foldJournal(createBook({ ...deps, snapshot: opened.state }), opened);
  return { folders, journal, book, notices };
}

/** Records that the hub contradicts take no further entry, and no order may stand meanwhile that nobody watches over. */
async function checkRecords(edge: EdgeProcess, { folders, journal, book }: Records): Promise<void> {
  try {
    await checkKeptAck({ config: edge.config, folders, journal });
    await compareWithHub(edge, journal);
  } catch (error) {
    if (isContradiction(error)) {
      const { root } = folders;
      const venues = await takeEverythingBack({ ...edge, root, book, connectors: CONNECTORS, sleep: sleepUnless });
      for (const line of linesOf(venues)) edge.log(line);
    }
    throw error;
  }
}
