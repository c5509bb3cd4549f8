import { describeError } from '@gatehouse/shared/errors.ts';
import { type OpenedCheckpoint, openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { consistencyNodes, consistencyProof, verifyConsistency } from '@gatehouse/shared/journal/merkle.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import { CHECKPOINT_PATH } from '@gatehouse/shared/journal/tile-path.ts';
import type { Database } from '../../store/database.ts';
import type { TimedCheckpoint } from '../../store/postgres/backup/server-state.ts';
import { fetchNodes } from '../fetch-nodes.ts';
import { logInFolder } from '../tiles/log-reader.ts';
import { compareCheckpoints } from '../tiles/verify-range.ts';
import type { DrillResult } from './drill-file.ts';

/** A checkpoint that somebody kept. Shape: `note` as the hub signed it. */
export interface SeenCheckpoint {
  readonly who: string;
  readonly note: string;
}

/** What came of comparing the restored ledger with one checkpoint. */
export type Compared = DrillResult['compared'][number];

/** The restored ledger, and what it is compared with. */
export interface Comparison {
  readonly database: Database;
  readonly newest: TimedCheckpoint | undefined;
  readonly verifier: Verifier;
  readonly logFolder: string;
  readonly seen: readonly SeenCheckpoint[];
  /** The newest checkpoint of the database in use. */
  readonly live: TimedCheckpoint | undefined;
}

/**
 * Compares the restored ledger with the checkpoint of the published log, which carries the lines of witnesses, with that of the
 * database in use, and with those that edges and others kept.
 *
 * Shape: it is sound where it holds all that was seen, or is the beginning of it: what is missing then comes back from the edges.
 */
export async function compareSeen(comparison: Comparison): Promise<readonly Compared[]> {
  const { logFolder, verifier, live, seen } = comparison;
  const published = await logInFolder(logFolder).read(CHECKPOINT_PATH);
  const all: readonly SeenCheckpoint[] = [
    ...(published === undefined ? [] : [{ who: 'the published log', note: Buffer.from(published).toString('utf8') }]),
    ...(live === undefined ? [] : [{ who: 'the database in use', note: live.note }]),
    ...seen,
  ];
  const compared: Compared[] = [];
  for (const { who, note } of all) {
    try {
      compared.push(await compareOne(comparison, who, openCheckpoint(note, [verifier])));
    } catch (error) {
      compared.push({ who, size: 0, isSound: false, says: `${who}: ${describeError(error)}` });
    }
  }
  return compared;
}

async function compareOne(comparison: Comparison, who: string, seen: OpenedCheckpoint): Promise<Compared> {
  const { newest, verifier } = comparison;
  const { size } = seen;
  if (seen.origin !== verifier.name) return { who, size, isSound: false, says: `${who} is of ${seen.origin}` };
  // Nothing is the beginning of everything; how much is missing is told beside it.
  if (newest === undefined) return { who, size, isSound: true, says: `all ${size} leaves of ${who} are not in it` };
  const restored = openCheckpoint(newest.note, [verifier]);
  if (size <= restored.size) {
    const isSame = await beginsWith(comparison.database, restored, seen);
    const says = isSame ? `holds all ${size} leaves of ${who}` : `does not begin with the ${size} leaves of ${who}`;
    return { who, size, isSound: isSame, says };
  }
  return beginningOf(comparison, { who, seen, restored });
}

async function beginsWith(database: Database, restored: OpenedCheckpoint, seen: OpenedCheckpoint): Promise<boolean> {
  if (seen.size === restored.size) return Buffer.compare(seen.root, restored.root) === 0;
  const read = await fetchNodes(database, consistencyNodes(seen.size, restored.size));
  const proof = consistencyProof(read, seen.size, restored.size);
  const [from, to] = [seen, restored];
  return verifyConsistency({ fromSize: from.size, fromRoot: from.root, toSize: to.size, toRoot: to.root, proof });
}

/** The longer log is the published one, or it is told by a checkpoint that the published log has to hold as well. */
async function beginningOf(
  { logFolder, verifier }: Comparison,
  {
    who,
    seen,
    restored,
  }: { readonly who: string; readonly seen: OpenedCheckpoint; readonly restored: OpenedCheckpoint },
): Promise<Compared> {
  const { size } = seen;
  const lacks = `${size - restored.size} of ${size} leaves of ${who} are not in it`;
  const log = logInFolder(logFolder);
  const note = await log.read(CHECKPOINT_PATH);
  const published = note === undefined ? undefined : openCheckpoint(Buffer.from(note).toString('utf8'), [verifier]);
  if (published === undefined || published.size < restored.size) {
    return { who, size, isSound: true, says: `${lacks}; no published log is there to compare the rest with` };
  }
  const finding = await compareCheckpoints(log, published, restored);
  if (finding === undefined)
    return { who, size, isSound: true, says: `${lacks}; it is the beginning of the published log` };
  return { who, size, isSound: false, says: `${lacks}, and ${finding.message}` };
}
