import { describeError } from '@gatehouse/shared/errors.ts';
import { genesis, sameHead } from '@gatehouse/shared/journal/chain.ts';
import { openCheckpoint, parseCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import {
  appendLeaves,
  type CompactRange,
  EMPTY_RANGE,
  leafHash,
  rangeRoot,
  rangeToHex,
} from '@gatehouse/shared/journal/merkle.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import { HUB_STREAM } from '../ingest/read-entry.ts';
import { type Database, inSnapshot, type Transaction } from '../store/database.ts';
import {
  checkpointsInChunks,
  leavesInChunks,
  newestCheckpoint,
  readHead,
  type StoredCheckpoint,
  type StoredLeaf,
} from '../store/ledger-rows.ts';
import { allStreams } from '../store/stream-rows.ts';
import { type DisposedClaims, disposedClaims } from './disposal/disposed-claims.ts';
import { type FindingList, findingList } from './finding-list.ts';
import { headToFollow, noteEpoch, type OpenedEpochs } from './opened-epochs.ts';
import { type Finding, type Heads, noteRegistration, type RegisteredKeys, verifyLeaf } from './verify-leaf.ts';

/** What is verified, by whose key, and who hears how far it is. */
export interface VerifyOptions {
  readonly database: Database;
  readonly verifier: Verifier;
  readonly origin: string;
  /** Milliseconds of any clock that does not run backwards. */
  readonly elapsedMs: () => number;
  readonly onProgress?: (leaves: number, size: number) => void;
}

/** What a verification found. Shape: the ledger is as it was written only where `findings` is empty. */
export interface Verification {
  readonly size: number;
  readonly root: string;
  readonly leaves: number;
  readonly streams: number;
  readonly checkpoints: number;
  /** How many bodies were disposed of, each under a certificate where there are no findings. */
  readonly disposed: number;
  readonly seconds: number;
  readonly findings: readonly Finding[];
  /** How many findings there were beyond those that are listed. */
  readonly unlisted: number;
}

const CHUNK_ROWS = 2_000;

/**
 * Reads the whole ledger as of one moment and checks every line of it: each header's form, order, hash and chain, each
 * body, the root at every checkpoint, the head, and the signature of the newest checkpoint.
 *
 * Shape: memory does not grow with the ledger, only with the number of streams.
 */
export function verifyLedger(options: VerifyOptions): Promise<Verification> {
  return inSnapshot(options.database, async (tx) => {
    const startMs = options.elapsedMs();
    const report: Report = findingList();
    const checkpoints = checkpointReader(tx, options.origin, report);
    const heads: Heads = new Map();
    const keys: RegisteredKeys = new Map([[HUB_STREAM, options.verifier.verifierKey]]);
    const epochs: OpenedEpochs = new Map();
    const disposed = disposedClaims();
    const size = (await readHead(tx))?.size ?? 0;

    let range: CompactRange = EMPTY_RANGE;
    for await (const rows of leavesInChunks(tx, CHUNK_ROWS)) {
      range = await verifyChunk({ rows, range, heads, keys, epochs, disposed, report, checkpoints });
      options.onProgress?.(range.size, size);
    }
    await checkpoints.end(range.size);
    for (const { leaf, message } of disposed.differences()) {
      report.add({ code: 'disposal-differs', message, ...(leaf === undefined ? {} : { leaf }) });
    }
    await verifyHead(tx, range, report);
    await verifyStreams(tx, { heads, keys, epochs }, report);
    await verifySignature(tx, options, report);
    return {
      size,
      root: rootText(range),
      leaves: range.size,
      streams: heads.size,
      checkpoints: checkpoints.count(),
      disposed: disposed.count(),
      seconds: (options.elapsedMs() - startMs) / 1000,
      findings: report.findings,
      unlisted: report.unlisted(),
    };
  });
}

type Report = FindingList<Finding>;

interface Chunk {
  readonly rows: readonly StoredLeaf[];
  readonly range: CompactRange;
  readonly heads: Heads;
  readonly keys: RegisteredKeys;
  readonly epochs: OpenedEpochs;
  readonly disposed: DisposedClaims;
  readonly report: Report;
  readonly checkpoints: CheckpointReader;
}

async function verifyChunk(chunk: Chunk): Promise<CompactRange> {
  const { rows, range, heads, keys, epochs, disposed, report, checkpoints } = chunk;
  let grown = range;
  let waiting: Uint8Array[] = [];
  let expected = rows[0]?.leaf ?? 0;
  if (rows.length > 0 && expected !== range.size) reportGap(range.size, expected, report);
  for (const row of rows) {
    if (row.leaf !== expected) reportGap(expected, row.leaf, report);
    for (const finding of verifyLeaf(row, heads, epochs)) report.add(finding);
    noteRegistration(row, keys);
    noteEpoch(row, epochs);
    disposed.note(row);
    waiting.push(leafHash(row.header));
    expected = row.leaf + 1;
    if (grown.size + waiting.length !== (await checkpoints.nextSize())) continue;
    grown = appendLeaves(grown, waiting);
    waiting = [];
    await checkpoints.compare(rootText(grown));
  }
  return appendLeaves(grown, waiting);
}

function reportGap(expected: number, found: number, report: Report): void {
  const message = `leaf ${expected} is missing; the next one there is ${found}`;
  report.add({ code: 'leaf-missing', leaf: expected, message });
}

interface CheckpointReader {
  /** The size of the next checkpoint; undefined after the last. */
  nextSize(): Promise<number | undefined> | number | undefined;
  /** Compares the next checkpoint with the root of the log at its size. */
  compare(root: string): Promise<void>;
  /** Reports checkpoints that are larger than the log. */
  end(size: number): Promise<void>;
  count(): number;
}

function checkpointReader(tx: Transaction, origin: string, report: Report): CheckpointReader {
  const chunks = checkpointsInChunks(tx, CHUNK_ROWS)[Symbol.asyncIterator]();
  let rows: readonly StoredCheckpoint[] = [];
  let index = 0;
  let total = 0;
  let isOver = false;
  const refill = async (): Promise<number | undefined> => {
    const next = await chunks.next();
    isOver = next.done === true;
    rows = next.done === true ? [] : next.value;
    index = 0;
    return rows[0]?.size;
  };
  const nextSize = (): Promise<number | undefined> | number | undefined =>
    index < rows.length || isOver ? rows[index]?.size : refill();
  const compare = async (root: string): Promise<void> => {
    const row = rows[index];
    index += 1;
    total += 1;
    if (row === undefined || isCheckpointOf(row, origin, root)) return;
    report.add({
      code: 'checkpoint-differs',
      message: `the checkpoint at size ${row.size} is not of the log at that size`,
    });
  };
  return {
    nextSize,
    compare,
    count: () => total,
    end: async (size) => {
      for (let next = await nextSize(); next !== undefined; next = await nextSize()) {
        const message = `there is a checkpoint at size ${next}, the log has ${size} leaves and was not signed there`;
        report.add({ code: 'checkpoint-differs', message });
        index += 1;
        total += 1;
      }
    },
  };
}

/** Whether a stored checkpoint says what the log says; the signature is a question of its own. */
function isCheckpointOf(row: StoredCheckpoint, origin: string, root: string): boolean {
  try {
    const text = row.note.slice(0, row.note.lastIndexOf('\n\n') + 1);
    const signed = parseCheckpoint(text);
    const isSame = signed.origin === origin && signed.size === row.size && row.root === root;
    return isSame && Buffer.from(signed.root).toString('hex') === root;
  } catch {
    return false;
  }
}

async function verifyHead(tx: Transaction, range: CompactRange, report: Report): Promise<void> {
  const head = await readHead(tx);
  const isSame =
    head?.size === range.size && head.root === rootText(range) && head.frontier.join() === rangeToHex(range).join();
  if (isSame) return;
  const message = `the head names ${head?.size} leaves and root ${head?.root}; the leaves give ${range.size} and ${rootText(range)}`;
  report.add({ code: 'root-differs', message });
}

async function verifyStreams(
  tx: Transaction,
  { heads, keys, epochs }: Pick<Chunk, 'heads' | 'keys' | 'epochs'>,
  report: Report,
): Promise<void> {
  const streams = await allStreams(tx);
  for (const { edge, epoch, seq, hash, verifierKey } of streams) {
    if ((epochs.get(edge)?.verifierKey ?? keys.get(edge)) !== verifierKey) {
      report.add({
        code: 'stream-differs',
        message: `stream ${edge} has another key than the one that was registered`,
      });
    }
    const head = headToFollow(heads.get(edge) ?? genesis(edge), epochs);
    const isSame = sameHead(head, { edge, epoch, seq, hash });
    if (isSame) continue;
    const message = `stream ${edge} stands at ${epoch}/${seq}, its records end at ${head.epoch}/${head.seq}`;
    report.add({ code: 'stream-differs', message });
  }
  const known = new Set(streams.map(({ edge }) => edge));
  for (const edge of heads.keys()) {
    if (!known.has(edge)) report.add({ code: 'stream-differs', message: `stream ${edge} has leaves and no row` });
  }
}

async function verifySignature(tx: Transaction, options: VerifyOptions, report: Report): Promise<void> {
  const newest = await newestCheckpoint(tx);
  const size = (await readHead(tx))?.size ?? 0;
  if ((newest?.size ?? 0) !== size) {
    const message = `the newest checkpoint covers ${newest?.size ?? 0} of ${size} leaves`;
    report.add({ code: 'checkpoint-differs', message });
  }
  if (newest === undefined) return;
  try {
    openCheckpoint(newest.note, [options.verifier]);
  } catch (error) {
    const message = `the newest checkpoint, at size ${newest.size}: ${describeError(error)}`;
    report.add({ code: 'checkpoint-differs', message });
  }
}

function rootText(range: CompactRange): string {
  return Buffer.from(rangeRoot(range)).toString('hex');
}
