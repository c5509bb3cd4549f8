import { KitError } from '@gatehouse/shared/errors.ts';
import { epochRefused } from '@gatehouse/shared/governance/verify-epoch.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { type EntryBody, SnapshotBody } from '@gatehouse/shared/schema/bodies.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import type { EpochOpening } from '@gatehouse/shared/schema/governance.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import type { GovernanceAccepted } from '../governance/governance-record.ts';
import { visitJournal } from '../journal/verify-journal.ts';
import { fetchJournal } from '../sync/fetch-journal.ts';
import { type Book, createBook } from './book.ts';
import { edgeFolders } from './edge-files.ts';
import { fromWireBody } from './entry-wire.ts';
import { fetchOptions, hasSegments } from './refetch-records.ts';
import type { EdgeProcess } from './running-edge.ts';

/** What of an edge process the opening of an epoch needs. */
export interface EpochEdge
  extends Pick<EdgeProcess, 'config' | 'credentials' | 'clock' | 'random' | 'randomUnit' | 'monotonicMs' | 'log'> {
  readonly session: { readonly loaded: { readonly instrument: { readonly multiplier: Decimal } } };
}

/** What this machine's own journal says of a place that people agreed on. */
export interface OwnHistory {
  /** Where it ends; undefined where there is none that holds. */
  readonly head: { readonly epoch: number; readonly seq: number } | undefined;
  /** The hash that its first entry follows, and its epoch. */
  readonly begins: { readonly epoch: number; readonly prev: string } | undefined;
  /** What the entries up to the agreed place add up to; undefined where it holds another history. */
  readonly agreed: JsonValue | undefined;
  /** The kills that were in force here at its end: no epoch forgets a halt. */
  readonly kills: readonly Extract<EntryBody, { kind: 'kill' }>[];
}

const NOTHING: OwnHistory = { head: undefined, begins: undefined, agreed: undefined, kills: [] };

/** Reads the journal of this machine as far as it holds. Errors: `JOURNAL_LOCKED`, those of the files. */
export async function ownHistory(edge: EpochEdge, { from, epoch }: EpochOpening): Promise<OwnHistory> {
  const { journal: folder } = edgeFolders(edge.config.data);
  if (!hasSegments(folder)) return NOTHING;
  const { signer } = edge.credentials;
  const place = { folder, edge: edge.config.edge, verifierKey: signer.verifierKey };
  let book = bookOf(edge);
  let agreed: JsonValue | undefined;
  let begins: OwnHistory['begins'];
  let head: OwnHistory['head'];
  try {
    await visitJournal(place, {
      monotonicMs: edge.monotonicMs,
      onState: (text) => {
        book = bookOf(edge, JSON.parse(text) as JsonValue);
      },
      onEntry: (entry) => {
        const { header, hash } = entry;
        begins ??= { epoch: header.epoch, prev: header.prev };
        head = { epoch: header.epoch, seq: header.seq };
        fold(book, entry);
        if (header.epoch === epoch - 1 && header.seq === from.seq && hash === from.hash) agreed = book.snapshot();
      },
    });
  } catch (error) {
    // What cannot be relied on is set aside whole, and the hub's record is what goes on.
    if (!(error instanceof KitError) || error.code !== 'JOURNAL_DAMAGED') throw error;
    edge.log(`the journal of this machine does not hold: ${error.message}`);
    return { ...NOTHING, kills: killsOf(book) };
  }
  return { head, begins, agreed, kills: killsOf(book) };
}

/**
 * What the hub's record up to the agreed place adds up to.
 *
 * Errors: `EPOCH_REFUSED` where it holds another entry there or this edge has no hub; those of `fetchJournal`.
 */
export async function stateFromHub(edge: EpochEdge, { from, epoch }: EpochOpening): Promise<JsonValue> {
  const options = fetchOptions(edge, 'patient');
  if (options === undefined)
    throw epochRefused([`this machine does not hold entry ${from.seq}, and it has no hub to ask`]);
  let book: Book | undefined;
  for await (const { entries } of fetchJournal({ ...options, epoch: epoch - 1 })) {
    for (const entry of entries) {
      book ??= bookOf(edge, beginningOf(entry));
      fold(book, entry);
      if (entry.header.seq !== from.seq) continue;
      if (entry.hash === from.hash) return book.snapshot();
      throw epochRefused([`the hub has another entry ${from.seq} on record than the document names`]);
    }
  }
  throw epochRefused([`the hub has no entry ${from.seq} of epoch ${epoch - 1}`]);
}

/** The kills that are in force in one state and not in another, to be written down once more. */
export function killsBeyond(edge: EpochEdge, { kills }: OwnHistory, state: JsonValue): OwnHistory['kills'] {
  const known = new Set(killsOf(bookOf(edge, state)).map(({ body }) => body.id));
  return kills.filter(({ body }) => !known.has(body.id));
}

/** The version of trust that was in force in a state. */
export function trustIn(edge: EpochEdge, state: JsonValue): GovernanceAccepted['trust'] {
  return bookOf(edge, state).governance.accepted.trust;
}

function bookOf({ session }: EpochEdge, snapshot?: JsonValue): Book {
  const { instrument } = session.loaded;
  const deps = { multiplierOf: () => instrument.multiplier };
  return createBook(snapshot === undefined ? deps : { ...deps, snapshot });
}

function fold(book: Book, { header, bodyText }: SealedEntry): void {
  if (header.kind === 'snapshot') return;
  const entry = fromWireBody(header.kind, bodyText);
  if (entry !== undefined) book.fold(entry, parseInstant(header.at));
}

/** The state that the first entry of an epoch holds. */
function beginningOf({ header, bodyText }: SealedEntry): JsonValue | undefined {
  if (header.kind !== 'snapshot') return undefined;
  const { state } = decode(SnapshotBody, JSON.parse(bodyText), 'the first snapshot of the epoch');
  if (state !== undefined) return state;
  throw new KitError(
    'NOT_FOUND',
    'the first snapshot of this epoch lies beside its entry, and only the entry comes back',
    {
      hint: 'Put back the data folder of the machine that wrote it, and start again.',
    },
  );
}

function killsOf(book: Book): OwnHistory['kills'] {
  return book.kills.active().map((body) => ({ kind: 'kill', body }));
}
