import { existsSync } from 'node:fs';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { Ack } from '@gatehouse/shared/journal/ack.ts';
import type { ChainHead } from '@gatehouse/shared/journal/chain.ts';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { listFolder } from '../journal/journal-folder.ts';
import type { Journal, JournalNotice } from '../journal/journal-types.ts';
import { finishRebuild, rebuildJournal } from '../journal/rebuild-journal.ts';
import { askHub, type FetchedPage, type FetchOptions, fetchJournal } from '../sync/fetch-journal.ts';
import { contradictionOf } from './contradiction.ts';
import { edgeFolders, readVerifierKey } from './edge-files.ts';
import type { EdgeProcess } from './running-edge.ts';

/** How long the hub may be silent while entries that are known to be missing are fetched. Units: milliseconds. */
const PATIENCE_MS = 5_000;
/** How long a start waits for the hub's word on what it has; an edge that is offline starts without. Units: milliseconds. */
const START_PATIENCE_MS = 2_000;

/**
 * Fetches the records of this edge back from its hub and puts them in the place of the journal.
 *
 * Shape:  `local` is where the journal that is left ends; its last entry must be among those that come. Undefined where the hub
 *         has none. Nothing is changed before all of them were verified.
 * Errors: `STREAM_FORKED` where the hub holds another entry there; those of `fetchJournal` and `rebuildJournal`.
 */
export async function refetchRecords(
  edge: EdgeProcess,
  local: Pick<ChainHead, 'seq' | 'hash'> | undefined,
  manner: Manner = 'patient',
): Promise<JournalNotice | undefined> {
  const { config, credentials, clock } = edge;
  const options = fetchOptions(edge, manner);
  if (options === undefined) return undefined;
  const { signer } = credentials;
  const pages = fetchJournal(options);
  const mark = instantText(clock.now())
    .replaceAll(/[^0-9]/g, '')
    .slice(0, 14);
  const { journal: folder } = edgeFolders(config.data);
  const compared = entriesOf(pages, local);
  const head = await rebuildJournal({ folder, edge: config.edge, signer, pages: compared, mark });
  if (head === undefined) return undefined;
  return {
    code: 'JOURNAL_REFETCHED',
    message: `the journal ended at ${local?.seq ?? 0}; the hub gave it back up to ${head.seq}`,
    hint: `${keptText(`${folder}.lost-${mark}`)}every order is asked for at the venue before anything trades.`,
  };
}

/**
 * Asks the hub, where a journal is about to begin, whether this edge had one before.
 *
 * Shape: a hub that does not answer keeps nobody from starting: an edge that starts for the first time may be offline.
 */
export async function refetchBeforeFirst(edge: EdgeProcess): Promise<JournalNotice | undefined> {
  const { journal } = edgeFolders(edge.config.data);
  await finishRebuild(journal);
  if (edge.config.hub === undefined || hasSegments(journal)) return undefined;
  try {
    return await refetchRecords(edge, undefined, 'start');
  } catch (error) {
    if (!(error instanceof KitError) || error.code !== 'BROKER_UNREACHABLE') throw error;
    edge.log('the hub does not say whether it has records of this edge; a new journal is begun');
    return undefined;
  }
}

/**
 * Compares a journal with the hub's signed word before anything is appended to it.
 *
 * Shape:  a whole data folder that was restored from a backup knows no better by itself; what it would append is a fork. A hub
 *         that does not answer is asked again by the uplink.
 * Errors: `JOURNAL_LOST`, `STREAM_FORKED`; those of the connection's settings.
 */
export async function compareWithHub(edge: EdgeProcess, journal: Journal): Promise<void> {
  const options = fetchOptions(edge, 'start');
  if (options === undefined) return;
  let ack: Ack;
  try {
    ack = await askHub(options, journal.head.seq + 1);
  } catch (error) {
    if (error instanceof KitError && error.code === 'BROKER_UNREACHABLE') return;
    throw error;
  }
  if (ack.edge !== journal.head.edge || isEmpty(ack)) return;
  if (ack.epoch < journal.head.epoch) {
    edge.log(`the hub has not opened epoch ${journal.head.epoch} of this edge yet; have its document uploaded there`);
    return;
  }
  const comparison = ack.epoch === journal.head.epoch ? await journal.compareWithAck(ack.seq, ack.hash) : 'forked';
  if (comparison === 'lost' || comparison === 'forked') throw contradictionOf(comparison, ack, journal);
}

function isEmpty({ epoch, seq }: Ack): boolean {
  return epoch === 1 && seq === 0;
}

/** Whether a hub that cannot be reached is waited for. */
export type Manner = 'patient' | 'start';

/** How the hub is asked for entries of this edge; undefined for an edge without a hub. */
export function fetchOptions(
  { config, credentials, randomUnit }: Pick<EdgeProcess, 'config' | 'credentials' | 'randomUnit'>,
  manner: Manner,
): FetchOptions | undefined {
  const { hub } = config;
  if (hub === undefined) return undefined;
  return {
    url: hub.broker,
    files: hub.files,
    edge: config.edge,
    signer: credentials.signer,
    hub: [readVerifierKey(hub.keyFile)],
    random: randomUnit,
    patienceMs: manner === 'patient' ? PATIENCE_MS : START_PATIENCE_MS,
    givesUp: manner === 'start',
  };
}

async function* entriesOf(
  pages: AsyncIterable<FetchedPage>,
  local: Pick<ChainHead, 'seq' | 'hash'> | undefined,
): AsyncGenerator<readonly SealedEntry[], undefined> {
  for await (const { entries } of pages) {
    const same = entries.find(({ header }) => header.seq === local?.seq);
    if (same !== undefined && same.hash !== local?.hash) {
      throw new KitError('STREAM_FORKED', `the hub holds another entry ${local?.seq} than this journal`, {
        hint: 'Keep the data folder; two people have to open a new epoch.',
      });
    }
    yield entries;
  }
}

function keptText(place: string): string {
  return existsSync(place) ? `What was left of it is kept in ${place}; ` : 'Nothing was left of it; ';
}

/** Whether a folder holds a journal. */
export function hasSegments(folder: string): boolean {
  try {
    return listFolder(folder).segments.length > 0;
  } catch (error) {
    // A folder that is not there holds none; what else is wrong with it is said when it is opened.
    return !(
      error instanceof KitError &&
      error.cause instanceof Error &&
      'code' in error.cause &&
      error.cause.code === 'ENOENT'
    );
  }
}
