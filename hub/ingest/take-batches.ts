import type { Ack } from '@gatehouse/shared/journal/ack.ts';
import type { SeenLedger } from '@gatehouse/shared/journal/head-note.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { addMs, instantText } from '@gatehouse/shared/values/instant.ts';
import type { Ledger } from '../ledger/append.ts';
import { type Recorded, recordEntries } from '../ledger/record-entries.ts';
import { type Alarm, alarmsSince, raiseAlarms } from '../store/alarm-rows.ts';
import { asUnreachable, type Database, inTransaction, type Transaction } from '../store/database.ts';
import { newestCheckpoint } from '../store/ledger-rows.ts';
import { removeTaken } from '../store/preview-rows.ts';
import { lockStreams, moveStreams, readStreams } from '../store/stream-rows.ts';
import type { ReceivedBatch } from './batch-queue.ts';
import { type OpenedBatch, openBatch } from './open-batch.ts';
import { HUB_STREAM } from './read-entry.ts';
import { type Moment, type TakenStream, takeStream } from './take-stream.ts';

/**
 * What an edge is to be told.
 *
 * Shape: `size` is that of the checkpoint; `seen` what the edge has seen of the ledger, where it asks for a proof; `isAsked`
 *        where its answer has to lead from exactly there.
 */
export interface CommittedAck extends Ack {
  readonly size: number;
  readonly seen?: SeenLedger;
  readonly isAsked?: boolean;
}

/** What one transaction committed. Shape: `leaves` is null where nothing was new. */
export interface Committed {
  readonly leaves: { readonly from: number; readonly to: number } | null;
  readonly acks: readonly CommittedAck[];
  readonly alarms: readonly Alarm[];
  /** False while a rebuild of the projections has not caught up with the ledger. */
  readonly isProjected: boolean;
}

/** How many alarms about unknown edges are raised in a minute, one for each name. */
export const UNKNOWN_EDGE_ALARMS_MAX = 20;

const MINUTE_MS = 60_000;

/** Takes what waits in one transaction; when this resolves, all of it is durable and may be acknowledged. */
export async function takeBatches(
  deps: { readonly database: Database; readonly ledger: Ledger },
  batches: readonly ReceivedBatch[],
): Promise<Committed> {
  const { database, ledger } = deps;
  const now = ledger.clock.now();
  const moment = { at: instantText(now), minuteBefore: instantText(addMs(now, -MINUTE_MS)) };
  const { opened, keys, unknown } = await openBatches(database, batches);
  return inTransaction(database, async (tx) => {
    const streams = await lockStreams(tx, [...opened.keys()]);
    const taken: TakenStream[] = [];
    for (const stream of streams) {
      // A key that two people replaced meanwhile signs for nothing any more; its owner sends again and is judged by the new one.
      const isCurrent = keys.get(stream.edge) === stream.verifierKey;
      taken.push(await takeStream(tx, stream, { batches: isCurrent ? (opened.get(stream.edge) ?? []) : [], moment }));
    }
    const recorded = await record(tx, ledger, taken);
    const newest = await checkpointOf(tx, recorded);
    const found = [
      ...taken.flatMap(({ alarms }) => alarms),
      ...(await setBackAlarms(tx, taken, { size: newest.size, moment })),
      ...(await unknownAlarms(tx, unknown, moment)),
    ];
    await raiseAlarms(tx, found, moment.at);
    const places = await settle(tx, { streams, taken, recorded, moment });
    return {
      leaves: recorded === undefined ? null : { from: recorded.from, to: recorded.to },
      acks: taken.flatMap((stream, index) => {
        return stream.isHeard ? [ackOf(stream, { leaves: places[index] ?? null, ...newest })] : [];
      }),
      alarms: [...found, ...(recorded?.alarms ?? [])],
      isProjected: recorded?.isProjected ?? true,
    };
  });
}

async function checkpointOf(tx: Transaction, recorded: Recorded | undefined) {
  if (recorded !== undefined) return { checkpoint: recorded.checkpoint, size: recorded.to };
  const newest = await newestCheckpoint(tx);
  return { checkpoint: newest?.note ?? '', size: newest?.size ?? 0 };
}

/** Without a checkpoint there is nothing that could be proven. */
function ackOf(
  { head, seen, isAsked }: TakenStream,
  place: Pick<CommittedAck, 'leaves' | 'checkpoint' | 'size'>,
): CommittedAck {
  return { ...head, ...place, ...(seen === undefined || place.size === 0 ? {} : { seen, isAsked }) };
}

interface Sorted {
  readonly opened: ReadonlyMap<string, readonly OpenedBatch[]>;
  /** The key by which the batches of each edge were opened. */
  readonly keys: ReadonlyMap<string, string>;
  readonly unknown: ReadonlySet<string>;
}

/** Opens batches by the keys of their edges, before anything is locked: signatures and hashes take time. */
async function openBatches(database: Database, batches: readonly ReceivedBatch[]): Promise<Sorted> {
  const names = [...new Set(batches.map(({ edge }) => edge))];
  const streams = await readStreams(database, names).catch((error: unknown) => {
    throw asUnreachable(error);
  });
  const keys = streams
    .filter(({ edge }) => edge !== HUB_STREAM)
    .map((stream) => [stream.edge, stream.verifierKey] as const);
  const verifiers = new Map(keys.map(([edge, key]) => [edge, parseVerifierKey(key)]));
  const opened = new Map<string, OpenedBatch[]>();
  for (const { edge, bytes } of batches) {
    const verifier = verifiers.get(edge);
    if (verifier === undefined) continue;
    opened.set(edge, [...(opened.get(edge) ?? []), openBatch(bytes, edge, verifier)]);
  }
  return { opened, keys: new Map(keys), unknown: new Set(names.filter((edge) => !verifiers.has(edge))) };
}

/** The entries of one edge stay together, so that its acknowledgement names one range of leaves. */
function record(tx: Transaction, ledger: Ledger, taken: readonly TakenStream[]): Promise<Recorded> | undefined {
  const entries = taken.flatMap((stream) => stream.entries);
  return entries.length === 0 ? undefined : recordEntries(tx, ledger, entries);
}

async function settle(
  tx: Transaction,
  outcome: {
    readonly streams: readonly { readonly lastLeaf: number | null }[];
    readonly taken: readonly TakenStream[];
    readonly recorded: Recorded | undefined;
    readonly moment: Moment;
  },
): Promise<readonly (Ack['leaves'] | undefined)[]> {
  let next = outcome.recorded?.from ?? 0;
  const places = outcome.taken.map(({ entries }) => {
    const from = next;
    next += entries.length;
    return entries.length === 0 ? null : { from, to: next };
  });
  const moves = outcome.taken.flatMap(({ head, status, reportedSeq, isHeard }, index) => {
    const place = places[index];
    const lastLeaf = place ? place.to - 1 : (outcome.streams[index]?.lastLeaf ?? null);
    return isHeard ? [{ ...head, status, reportedSeq, lastLeaf, lastBatchAt: outcome.moment.at }] : [];
  });
  await moveStreams(tx, moves);
  const grown = outcome.taken.filter(({ entries }) => entries.length > 0).map(({ head }) => head.edge);
  if (grown.length > 0) await removeTaken(tx, grown);
  return places;
}

/** An edge has seen more of the ledger than there is: this hub was restored, or the edge heard another one with our key. */
async function setBackAlarms(
  tx: Transaction,
  taken: readonly TakenStream[],
  { size, moment }: { readonly size: number; readonly moment: Moment },
): Promise<readonly Alarm[]> {
  const code = 'LEDGER_SET_BACK';
  const alarms: Alarm[] = [];
  for (const { head, seen } of taken) {
    if (seen === undefined || seen.size <= size) continue;
    const { edge } = head;
    if ((await alarmsSince(tx, { code, edge, after: moment.minuteBefore })) > 0) continue;
    const message = `edge ${edge} has seen a ledger of ${seen.size} leaves, and this one has ${size}: if the hub was restored, edges send again what it lacks; find out what else it lost`;
    alarms.push({ code, severity: 'alarm', edge, message });
  }
  return alarms;
}

async function unknownAlarms(tx: Transaction, unknown: ReadonlySet<string>, moment: Moment): Promise<readonly Alarm[]> {
  const code = 'EDGE_UNKNOWN';
  const alarms: Alarm[] = [];
  if (unknown.size === 0) return alarms;
  const raised = await alarmsSince(tx, { code, after: moment.minuteBefore });
  for (const edge of unknown) {
    if (raised + alarms.length >= UNKNOWN_EDGE_ALARMS_MAX) break;
    if ((await alarmsSince(tx, { code, edge, after: moment.minuteBefore })) > 0) continue;
    alarms.push({ code, severity: 'warning', edge, message: `entries came for edge ${edge}, which nobody registered` });
  }
  return alarms;
}
