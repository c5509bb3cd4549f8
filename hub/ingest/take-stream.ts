import { headOf } from '@gatehouse/shared/journal/chain.ts';
import type { ChainHead, SealedEntry, WireEntry } from '@gatehouse/shared/journal/entry.ts';
import type { SeenLedger } from '@gatehouse/shared/journal/head-note.ts';
import { PREVIEW_KINDS } from '@gatehouse/shared/schema/preview-kinds.ts';
import { type Alarm, alarmsSince, type QuarantinedCopy, quarantine } from '../store/alarm-rows.ts';
import type { Transaction } from '../store/database.ts';
import { readHashes, readPlace } from '../store/ledger-rows.ts';
import { storePreview } from '../store/preview-rows.ts';
import type { Stream, StreamStatus } from '../store/stream-rows.ts';
import { judgeBatch, placesToCompare } from './judge-batch.ts';
import type { AuthenticBatch, OpenedBatch, SuspectBatch } from './open-batch.ts';

/** What the batches of one edge came to. */
export interface TakenStream {
  readonly head: ChainHead;
  readonly status: StreamStatus;
  readonly reportedSeq: number | null;
  /** New entries, in order, still to be recorded. */
  readonly entries: readonly SealedEntry[];
  readonly alarms: readonly Alarm[];
  /** Whether the edge proved itself, so that it is told where it stands. */
  readonly isHeard: boolean;
  /** What the edge last said that it has seen of the ledger; absent where it asks for no proofs. */
  readonly seen: SeenLedger | undefined;
  /** Whether one of the batches was a hello, which asks for an answer from what it names. */
  readonly isAsked: boolean;
}

/** The moment of a transaction, and the moment a minute before it, as text. */
export interface Moment {
  readonly at: string;
  readonly minuteBefore: string;
}

interface StreamWork {
  readonly tx: Transaction;
  readonly stream: Stream;
  readonly moment: Moment;
  readonly pending: Map<number, SealedEntry>;
  readonly alarms: Alarm[];
}

/** Judges the batches of one edge, whose row is locked, in the order in which they came. */
export async function takeStream(
  tx: Transaction,
  stream: Stream,
  input: { readonly batches: readonly OpenedBatch[]; readonly moment: Moment },
): Promise<TakenStream> {
  const work: StreamWork = { tx, stream, moment: input.moment, pending: new Map(), alarms: [] };
  const { edge, epoch, seq, hash } = stream;
  let head: ChainHead = { edge, epoch, seq, hash };
  let { status, reportedSeq } = stream;
  let isHeard = false;
  let isAsked = false;
  let seen: SeenLedger | undefined;
  for (const batch of input.batches) {
    if (batch.kind === 'unreadable') await alarmOnce(work, unreadableAlarm(stream.edge, batch.reason));
    if (batch.kind === 'suspect') await keepSuspects(work, batch, head);
    if (batch.kind !== 'authentic') continue;
    if (batch.head.epoch < head.epoch) {
      // Of whoever goes on in a closed epoch nothing counts; the answer says where the edge stands now.
      isHeard ||= batch.head.seen !== undefined;
      seen ??= batch.head.seen && { size: batch.head.seen.size, seq: 0 };
      await keepSuperseded(work, batch, head);
      continue;
    }
    isHeard = true;
    // A hello tells the end of the journal; batches of a long backlog only how far they reach.
    reportedSeq = batch.entries.length === 0 ? batch.head.seq : Math.max(batch.head.seq, reportedSeq ?? 0);
    isAsked ||= batch.entries.length === 0;
    seen = batch.head.seen;
    const taken = await takeAuthentic(work, batch, { head, status });
    head = taken.head;
    status = taken.status;
  }
  return {
    head,
    status,
    reportedSeq,
    isHeard,
    isAsked,
    seen,
    entries: [...work.pending.values()],
    alarms: work.alarms,
  };
}

interface Standing {
  readonly head: ChainHead;
  readonly status: StreamStatus;
}

async function takeAuthentic(work: StreamWork, batch: AuthenticBatch, standing: Standing): Promise<Standing> {
  const { head, status } = standing;
  const places = placesToCompare(batch, head);
  const onRecord =
    places === undefined ? undefined : await readHashes(work.tx, { ...places, edge: head.edge, epoch: head.epoch });
  const hashAt = (seq: number): string | undefined => work.pending.get(seq)?.hash ?? onRecord?.get(seq);
  const judgement = judgeBatch(batch, head, hashAt);
  if (judgement.kind === 'fork') {
    await keepFork(work, batch, { ...judgement, isNews: status === 'live' });
    return { head, status: 'quarantined' };
  }
  if (judgement.kind === 'gap') await showAhead(work, batch, head);
  if (judgement.kind !== 'take' || status === 'quarantined') return standing;
  for (const entry of judgement.entries) work.pending.set(entry.header.seq, entry);
  const last = judgement.entries.at(-1);
  return last === undefined ? standing : { head: headOf(last), status };
}

/** A machine that goes on in a closed epoch is kept from the records and reported; the one that was chosen goes on. */
async function keepSuperseded(work: StreamWork, batch: AuthenticBatch, head: ChainHead): Promise<void> {
  const judgement = judgeBatch(batch, head, () => undefined);
  if (judgement.kind !== 'superseded') return;
  const { reason } = judgement;
  const { edge } = work.stream;
  const onRecord = await hashesOf(work.tx, batch);
  const strange = batch.entries.filter(({ header, hash }) => onRecord.get(header.seq) !== hash);
  const copies = strange.map((entry) => {
    const { epoch, seq } = entry.header;
    return { ...copyOf(entry, reason), proof: 'signed' as const, edge, epoch, seq };
  });
  await quarantine(work.tx, copies, work.moment.at);
  const message = `a machine that signs as edge ${edge} goes on in epoch ${batch.head.epoch}, which was closed; nothing of it is taken`;
  await alarmOnce(work, { code: 'EPOCH_SUPERSEDED', severity: 'alarm', message });
}

async function hashesOf(tx: Transaction, { entries }: AuthenticBatch): Promise<ReadonlyMap<number, string>> {
  const [first] = entries;
  if (first === undefined) return new Map();
  const { edge, epoch, seq } = first.header;
  return readHashes(tx, { edge, epoch, from: seq, to: seq + entries.length - 1 });
}

/** A single urgent entry beyond a gap was sent ahead on purpose: it is shown, and counts when it comes in its turn. */
async function showAhead(
  { tx, moment, alarms }: StreamWork,
  { entries }: AuthenticBatch,
  head: ChainHead,
): Promise<void> {
  const [entry, ...more] = entries;
  if (entry === undefined || more.length > 0 || !PREVIEW_KINDS.has(entry.header.kind)) return;
  const isNew = await storePreview(tx, entry, moment.at);
  if (!isNew || entry.header.kind !== 'kill') return;
  const { edge, seq } = entry.header;
  const message = `edge ${edge} was stopped by a kill, entry ${seq}; ${seq - 1 - head.seq} entries before it are still on their way`;
  alarms.push({ code: 'KILL_AHEAD', severity: 'alarm', edge, message });
}

/** Both copies are kept: ours as it is on record, theirs as it came. */
async function keepFork(
  work: StreamWork,
  batch: AuthenticBatch,
  fork: { readonly seq: number; readonly reason: string; readonly isNews: boolean },
): Promise<void> {
  const { tx, stream, moment } = work;
  const { reason } = fork;
  const theirs = batch.entries
    .filter(({ header }) => header.seq >= fork.seq)
    .map((entry) => ({
      ...copyOf(entry, reason),
      proof: 'signed' as const,
      edge: stream.edge,
      epoch: entry.header.epoch,
      seq: entry.header.seq,
    }));
  const ours = await ourCopy(work, fork.seq, reason);
  const kept = await quarantine(tx, ours === undefined ? theirs : [ours, ...theirs], moment.at);
  if (kept === 0 && !fork.isNews) return;
  const message = `edge ${stream.edge} signed another history than the one on record, ${reason}; nothing more of it is taken`;
  work.alarms.push({ code: 'STREAM_FORKED', severity: 'alarm', edge: stream.edge, message });
}

async function ourCopy(work: StreamWork, seq: number, reason: string): Promise<QuarantinedCopy | undefined> {
  const { edge, epoch } = work.stream;
  const place = { edge, epoch, seq };
  const pending = work.pending.get(seq);
  if (pending !== undefined) return { ...copyOf(pending, reason), ...place, proof: 'signed' };
  const row = await readPlace(work.tx, place);
  if (row === undefined) return undefined;
  return {
    ...place,
    proof: 'signed',
    reason,
    header: row.header,
    salt: row.salt ?? new Uint8Array(),
    body: row.body ?? '',
  };
}

/** Suspect entries prove nothing against their edge: they are kept, the stream goes on. */
async function keepSuspects(work: StreamWork, batch: SuspectBatch, head: ChainHead): Promise<void> {
  const { tx, stream, moment } = work;
  const copies = batch.entries.map((entry, index) => {
    const place = { edge: stream.edge, epoch: head.epoch, seq: head.seq + 1 + index };
    return { ...copyOf(entry, batch.reason), ...place, proof: 'suspect' as const };
  });
  const kept = await quarantine(tx, copies, moment.at);
  if (kept === 0) return;
  const message = `a batch of edge ${stream.edge} was put into quarantine: ${batch.reason}`;
  work.alarms.push({ code: 'BATCH_SUSPECT', severity: 'alarm', edge: stream.edge, message });
}

function unreadableAlarm(edge: string, reason: string): Omit<Alarm, 'edge'> {
  const message = `bytes that came for edge ${edge} are no batch: ${reason}`;
  return { code: 'BATCH_UNREADABLE', severity: 'warning', message };
}

async function alarmOnce(work: StreamWork, raised: Omit<Alarm, 'edge'>): Promise<void> {
  const { edge } = work.stream;
  const { code } = raised;
  const isRaised = work.alarms.some((alarm) => alarm.code === code);
  if (isRaised || (await alarmsSince(work.tx, { code, edge, after: work.moment.minuteBefore })) > 0) return;
  work.alarms.push({ ...raised, edge });
}

function copyOf(entry: WireEntry, reason: string): Pick<QuarantinedCopy, 'reason' | 'header' | 'salt' | 'body'> {
  return { reason, header: entry.headerText, salt: entry.salt, body: entry.bodyText };
}
