import { KitError } from '../errors.ts';
import {
  bodyHash,
  bodyProblems,
  type ChainHead,
  type EntryHeader,
  entryHash,
  GENESIS_HASH,
  parseHeader,
  type SealedEntry,
  type WireEntry,
} from './entry.ts';

export type { ChainHead } from './entry.ts';

/** An entry to be verified, and the head that it must follow. */
export interface ChainStep extends WireEntry {
  readonly head: ChainHead;
  /** Whether two people opened a new epoch here; the entry must then be its first. */
  readonly openEpoch?: boolean;
}

/** A header that stands in its chain; enough where the body was destroyed. */
export interface ChainedHeader {
  readonly header: EntryHeader;
  readonly headerText: string;
  readonly hash: string;
}

/** A run of entries, the head before it and the head that it must end at. */
export interface ChainRun {
  readonly from: ChainHead;
  readonly entries: readonly WireEntry[];
  readonly to: ChainHead;
}

/** The head before an edge's first entry. */
export function genesis(edge: string): ChainHead {
  return { edge, epoch: 1, seq: 0, hash: GENESIS_HASH };
}

/** The head before the first entry of the epoch that continues from the last agreed head. */
export function nextEpoch(agreed: ChainHead): ChainHead {
  return { edge: agreed.edge, epoch: agreed.epoch + 1, seq: 0, hash: agreed.hash };
}

/**
 * What keeps a header from following a head, in words; undefined where it follows.
 *
 * Shape: with `openEpoch` the header must be the first of the next epoch, whose `prev` is the head's hash; without it a
 *        new epoch never follows.
 */
export function follows(head: ChainHead, header: EntryHeader, openEpoch = false): string | undefined {
  const before = openEpoch ? nextEpoch(head) : head;
  if (header.edge !== before.edge) return `it is of edge ${header.edge}, not ${before.edge}`;
  if (header.epoch !== before.epoch) return `it is of epoch ${header.epoch}, not ${before.epoch}`;
  if (header.seq > before.seq + 1) return `there is a gap: seq ${header.seq} comes after ${before.seq}`;
  if (header.seq <= before.seq) return `it repeats: seq ${header.seq} comes after ${before.seq}`;
  if (header.prev !== before.hash) return `its prev is ${header.prev}, not ${before.hash}`;
  return undefined;
}

/** The head after an entry. Errors: `CHAIN_BROKEN` where the entry does not follow. */
export function advance(head: ChainHead, entry: ChainedHeader, openEpoch = false): ChainHead {
  const fault = follows(head, entry.header, openEpoch);
  if (fault !== undefined) throw broken(entry.header, fault);
  return headOf(entry);
}

/** The head that an entry leaves behind, whatever came before it. */
export function headOf(entry: ChainedHeader): ChainHead {
  const { edge, epoch, seq } = entry.header;
  return { edge, epoch, seq, hash: entry.hash };
}

/**
 * Opens an entry by itself: its header has the right form and the body belongs to it.
 *
 * Errors: `MESSAGE_MALFORMED` for a header or body without its form; `CHAIN_BROKEN` where the body's hash differs.
 */
export function openEntry(wire: WireEntry): SealedEntry {
  const header = parseHeader(wire.headerText);
  return sealedAgain(wire, header);
}

/**
 * Opens an entry that must follow a head.
 *
 * Errors: `MESSAGE_MALFORMED` for a header or body without its form; `CHAIN_BROKEN` naming the seq and the cause: a gap,
 *         a repeat, another edge or epoch, a wrong `prev`, or a body whose hash differs.
 */
export function verifyEntry(step: ChainStep): SealedEntry {
  const header = parseHeader(step.headerText);
  const fault = follows(step.head, header, step.openEpoch);
  if (fault !== undefined) throw broken(header, fault);
  return sealedAgain(step, header);
}

/** Opens a header that must follow a head, without its body. Errors: as `verifyEntry`. */
export function verifyHeader(step: Pick<ChainStep, 'head' | 'headerText' | 'openEpoch'>): ChainedHeader {
  const header = parseHeader(step.headerText);
  const fault = follows(step.head, header, step.openEpoch);
  if (fault !== undefined) throw broken(header, fault);
  return { header, headerText: step.headerText, hash: entryHash(step.headerText) };
}

/**
 * Opens a run of entries that must lead from one head to another; only the second, signed, head proves the last header.
 *
 * Errors: as `verifyEntry`; `CHAIN_BROKEN` where the run ends elsewhere.
 */
export function verifyChain(run: ChainRun): readonly SealedEntry[] {
  let head = run.from;
  const entries = run.entries.map(({ headerText, salt, bodyText }) => {
    const entry = verifyEntry({ head, headerText, salt, bodyText });
    head = headOf(entry);
    return entry;
  });
  if (!sameHead(head, run.to)) {
    throw new KitError('CHAIN_BROKEN', `the run ends at ${describeHead(head)}, not at ${describeHead(run.to)}`);
  }
  return entries;
}

/** Whether two heads are the same place with the same hash. */
export function sameHead(left: ChainHead, right: ChainHead): boolean {
  const samePlace = left.edge === right.edge && left.epoch === right.epoch && left.seq === right.seq;
  return samePlace && left.hash === right.hash;
}

function sealedAgain(wire: WireEntry, header: EntryHeader): SealedEntry {
  const { headerText, salt, bodyText } = wire;
  const problems = bodyProblems(wire);
  if (problems.length > 0) throw new KitError('MESSAGE_MALFORMED', `entry ${header.seq}: ${problems.join('; ')}`);
  if (bodyHash(salt, bodyText) !== header.bodyHash) throw broken(header, 'the hash of its body differs');
  return { header, headerText, hash: entryHash(headerText), salt, bodyText };
}

function broken(header: EntryHeader, fault: string): KitError {
  return new KitError('CHAIN_BROKEN', `entry ${header.seq} of epoch ${header.epoch} of ${header.edge}: ${fault}`);
}

function describeHead(head: ChainHead): string {
  return `${head.edge} ${head.epoch}/${head.seq} ${head.hash}`;
}
