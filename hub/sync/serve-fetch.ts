import { describeError } from '@gatehouse/shared/errors.ts';
import { signAck } from '@gatehouse/shared/journal/ack.ts';
import { encodeBatch, type WireEntry, wireBytes } from '@gatehouse/shared/journal/batch.ts';
import type { ChainHead } from '@gatehouse/shared/journal/entry.ts';
import { isFetch, openFetch } from '@gatehouse/shared/journal/fetch-note.ts';
import { parseVerifierKey, type Signer } from '@gatehouse/shared/journal/note.ts';
import { HUB_STREAM } from '../ingest/read-entry.ts';
import type { Database } from '../store/database.ts';
import { endOfEpoch, newestCheckpoint, readStreamPage } from '../store/ledger-rows.ts';
import { readStreams } from '../store/stream-rows.ts';
import { ackTopic } from './topics.ts';

/** Where entries come from and how they leave. */
export interface FetchDeps {
  readonly database: Database;
  readonly signer: Signer;
  readonly publish: (topic: string, payload: string) => void;
  readonly log: (line: string) => void;
}

/** How much one answer brings. Units: `bytes` on the wire; one entry is brought whatever its size. */
export const PAGE = { entries: 500, bytes: 1_048_576 } as const;

/**
 * Gives an edge that lost its journal its own entries back, a page for each request.
 *
 * Shape: true where the bytes were a request. One request of an edge is answered at a time, others are dropped: the edge asks
 *        again. The answer is a batch of its entries with a signed acknowledgement of where the ledger stands with it.
 */
export function createFetchDesk(deps: FetchDeps): (edge: string, bytes: Uint8Array) => boolean {
  const busy = new Set<string>();
  return (edge, bytes) => {
    if (!isFetch(bytes)) return false;
    if (busy.has(edge) || edge === HUB_STREAM) return true;
    busy.add(edge);
    void answer(deps, edge, bytes)
      .catch((error: unknown) => deps.log(`a request for entries of ${edge} was not answered: ${describeError(error)}`))
      .finally(() => busy.delete(edge));
    return true;
  };
}

async function answer({ database, signer, publish }: FetchDeps, edge: string, bytes: Uint8Array): Promise<void> {
  const [stream] = await readStreams(database, [edge]);
  if (stream === undefined) return;
  const note = Buffer.from(bytes).toString('utf8');
  const { edge: asked, from, epoch: wanted } = openFetch(note, [parseVerifierKey(stream.verifierKey)]);
  if (asked !== edge) return;
  const place = wanted === undefined || wanted === stream.epoch ? stream : await endOfEpoch(database, edge, wanted);
  if (place === undefined) return;
  const entries = await pageOf(database, place, from);
  const checkpoint = (await newestCheckpoint(database))?.note ?? '';
  const { epoch, seq, hash } = place;
  const ack = signAck(signer, { edge, epoch, seq, hash, leaves: null, checkpoint });
  publish(ackTopic(edge), encodeBatch(entries, ack).toString('utf8'));
}

async function pageOf(
  database: Database,
  { edge, epoch, seq }: ChainHead,
  from: number,
): Promise<readonly WireEntry[]> {
  const rows = await readStreamPage(database, { edge, epoch, from, to: Math.min(seq, from + PAGE.entries - 1) });
  const entries: WireEntry[] = [];
  let bytes = 0;
  for (const { header, salt, body } of rows) {
    // Without its body an entry cannot be written again; the edge sees that nothing follows.
    if (salt === null || body === null) break;
    const entry = { headerText: header, salt, bodyText: body };
    bytes += wireBytes(entry);
    if (bytes > PAGE.bytes && entries.length > 0) break;
    entries.push(entry);
  }
  return entries;
}
