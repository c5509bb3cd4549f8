import { KitError } from '@gatehouse/shared/errors.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { genesis } from '@gatehouse/shared/journal/chain.ts';
import { type EntryStamp, SALT_BYTES, type SealedEntry, sealEntry } from '@gatehouse/shared/journal/entry.ts';
import { ActBody } from '@gatehouse/shared/schema/bodies.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import type { ClockReading } from '@gatehouse/shared/values/clock.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { HUB_STREAM } from '../ingest/read-entry.ts';
import { storeAct } from '../store/act-rows.ts';
import type { Transaction } from '../store/database.ts';
import { addStream, lockStreams, moveStreams } from '../store/stream-rows.ts';
import type { Ledger } from './append.ts';
import { type Recorded, recordEntries } from './record-entries.ts';

/** Puts the hub's own acts on record. */
export interface HubStream {
  /**
   * Puts an act into stream `hub` in the transaction of the act itself: both are durable, or neither.
   *
   * Errors: `MESSAGE_MALFORMED` for an act without its form.
   */
  appendAct(tx: Transaction, act: Omit<ActBody, 'v'>): Promise<RecordedAct>;
}

/** An act on record. */
export interface RecordedAct {
  readonly leaf: number;
  readonly entry: SealedEntry;
  readonly recorded: Recorded;
}

/** The stream of a hub's own acts. Shape: `random` gives that many bytes that nobody can guess. */
export function createHubStream(deps: {
  readonly ledger: Ledger;
  readonly random: (bytes: number) => Uint8Array;
}): HubStream {
  const { ledger, random } = deps;
  return {
    async appendAct(tx, act) {
      const body = decode(ActBody, { v: 1, ...act }, `act ${act.action}`);
      const stream = await lockHubStream(tx, ledger);
      const stamp = stampOf(ledger.clock.reading());
      const entry = sealEntry({ head: stream, at: stamp, kind: 'act', body: plain(body), salt: random(SALT_BYTES) });
      const recorded = await recordEntries(tx, ledger, [entry]);
      const { edge, epoch, seq } = entry.header;
      const place = { edge, epoch, seq, hash: entry.hash, lastLeaf: recorded.from, reportedSeq: seq };
      await Promise.all([
        moveStreams(tx, [{ ...place, status: 'live', lastBatchAt: stamp.at }]),
        storeAct(tx, { leaf: recorded.from, at: stamp.at, body }),
      ]);
      return { leaf: recorded.from, entry, recorded };
    },
  };
}

async function lockHubStream(tx: Transaction, ledger: Ledger) {
  const [known] = await lockStreams(tx, [HUB_STREAM]);
  if (known !== undefined) return known;
  const at = instantText(ledger.clock.now());
  await addStream(tx, { head: genesis(HUB_STREAM), verifierKey: ledger.signer.verifierKey, at });
  const [added] = await lockStreams(tx, [HUB_STREAM]);
  if (added !== undefined) return added;
  throw new KitError('INVARIANT_BROKEN', 'the stream of the hub could not be added');
}

function stampOf(reading: ClockReading): EntryStamp {
  const { at, source, offsetNs, uncertaintyNs } = reading;
  return { at: instantText(at), clock: { source, offsetNs: `${offsetNs}`, uncertaintyNs: `${uncertaintyNs}` } };
}

/** The act without the keys that are absent; its form was checked by its schema. */
function plain(body: ActBody): JsonValue {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as JsonValue;
}
