import { KitError } from '@gatehouse/shared/errors.ts';
import { type OpenedCheckpoint, openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { decodeBundle } from '@gatehouse/shared/journal/entry-bundle.ts';
import { consistencyNodes, consistencyProof, leafHash, verifyConsistency } from '@gatehouse/shared/journal/merkle.ts';
import { nodesAround, verifyRuns } from '@gatehouse/shared/journal/merkle-runs.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import { CHECKPOINT_PATH, TILE_WIDTH, type TileId, tilePath } from '@gatehouse/shared/journal/tile-path.ts';
import { headerCheck } from './check-headers.ts';
import { type LogReader, readNodesOf, readTile } from './log-reader.ts';
import type { LogFinding } from './verify-log.ts';

/** Part of a log. Shape: both ends are in it. */
export interface EntryRange {
  readonly first: number;
  readonly last: number;
}

/** What a verification of a part found. Shape: `headers` are the texts of its entries; they count only without findings. */
export interface RangeVerification {
  readonly checkpoint: OpenedCheckpoint;
  readonly headers: readonly string[];
  readonly findings: readonly LogFinding[];
}

/** The most entries of one part; the whole log is verified without this bound. */
const RANGE_ENTRIES_MAX = 1_000_000;

/**
 * The checkpoint of a log.
 *
 * Errors: `LEDGER_MISMATCH` where there is none, or one of another log; as `openCheckpoint`.
 */
export async function checkpointOfLog(log: LogReader, verifier: Verifier): Promise<OpenedCheckpoint> {
  const note = await log.read(CHECKPOINT_PATH);
  if (note === undefined) throw new KitError('LEDGER_MISMATCH', `${log.place} has no checkpoint`);
  const checkpoint = openCheckpoint(Buffer.from(note).toString('utf8'), [verifier]);
  if (checkpoint.origin === verifier.name) return checkpoint;
  throw new KitError('LEDGER_MISMATCH', `the checkpoint is of ${checkpoint.origin}, the key of ${verifier.name}`);
}

/**
 * Verifies a part of a log with the few tiles around it: its entries lie at their places in the log that is signed.
 *
 * Errors: `NOT_FOUND` for entries that the log does not have yet; `LEDGER_MISMATCH` for missing files; as `checkpointOfLog`.
 */
export async function verifyRange(
  log: LogReader,
  verifier: Verifier,
  { first, last }: EntryRange,
): Promise<RangeVerification> {
  const checkpoint = await checkpointOfLog(log, verifier);
  const { size, root } = checkpoint;
  if (last >= size) {
    throw new KitError('NOT_FOUND', `there is no entry ${last} in a log of ${size}; the last one is ${size - 1}`);
  }
  const count = last - first + 1;
  if (count > RANGE_ENTRIES_MAX) {
    throw new KitError('COMMAND_INVALID', `a range of ${count} entries`, { hint: 'Verify the whole log instead.' });
  }
  const entries = await readEntries(log, { first, last }, size);
  const runs = [{ from: first, count }];
  const around = nodesAround(runs, size) ?? [];
  const read = await readNodesOf(log, around, size);
  const nodes = around.map(({ level, index }) => read(level, index));
  const leaves = entries.map((entry) => leafHash(entry));
  const isIn = verifyRuns({ runs, leaves, size, root, nodes });
  const message = `entries ${first} to ${last} are not those of the log of ${size} that was signed`;
  return {
    checkpoint,
    headers: entries.map((entry) => Buffer.from(entry).toString('utf8')),
    findings: [...(isIn ? [] : [{ code: 'root-differs' as const, message }]), ...headerFindings(entries, first)],
  };
}

/**
 * Whether a log is what another checkpoint of it became, or began with.
 *
 * Shape: gives what is wrong, or undefined; two checkpoints are compared in the order of their sizes.
 */
export async function compareCheckpoints(
  log: LogReader,
  current: OpenedCheckpoint,
  seen: OpenedCheckpoint,
): Promise<LogFinding | undefined> {
  if (seen.size > current.size) {
    const message = `a log of ${seen.size} was signed and seen; this one ends at ${current.size}: its end is gone`;
    return { code: 'seen-differs', entry: seen.size, message };
  }
  const read = await readNodesOf(log, consistencyNodes(seen.size, current.size), current.size);
  const proof = consistencyProof(read, seen.size, current.size);
  const { size: fromSize, root: fromRoot } = seen;
  if (verifyConsistency({ fromSize, fromRoot, toSize: current.size, toRoot: current.root, proof })) return undefined;
  const message = `the log of ${current.size} does not begin with the one of ${fromSize} that was signed and seen`;
  return { code: 'seen-differs', entry: fromSize, message };
}

async function readEntries(log: LogReader, { first, last }: EntryRange, size: number): Promise<readonly Uint8Array[]> {
  const entries: Uint8Array[] = [];
  for (let index = Math.floor(first / TILE_WIDTH); index * TILE_WIDTH <= last; index += 1) {
    const from = index * TILE_WIDTH;
    const id: TileId = { level: 'entries', index, width: Math.min(TILE_WIDTH, size - from) };
    const bytes = await readTile(log, id);
    const bundle = bytes === undefined ? [] : decodeBundle(bytes);
    if (bundle.length !== id.width) {
      throw new KitError('LEDGER_MISMATCH', `${log.place}/${tilePath(id)} lacks entries of the log of ${size}`);
    }
    entries.push(...bundle.slice(Math.max(0, first - from), last - from + 1));
  }
  return entries;
}

function headerFindings(entries: readonly Uint8Array[], first: number): readonly LogFinding[] {
  const headers = headerCheck({ isFromStart: first === 0 });
  return entries.flatMap((entry, index) => {
    const fault = headers.next(entry);
    return fault === undefined ? [] : [{ ...fault, entry: first + index }];
  });
}
