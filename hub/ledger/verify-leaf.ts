import { describeError } from '@gatehouse/shared/errors.ts';
import { follows, genesis, headOf } from '@gatehouse/shared/journal/chain.ts';
import { bodyHash, type ChainHead, type EntryHeader, entryHash, parseHeader } from '@gatehouse/shared/journal/entry.ts';
import { ActBody } from '@gatehouse/shared/schema/bodies.ts';
import { HUB_STREAM } from '../ingest/read-entry.ts';
import type { StoredLeaf } from '../store/ledger-rows.ts';
import { headToFollow, type OpenedEpochs } from './opened-epochs.ts';

const REGISTERED = 'edge.registered';

/** The kinds of damage that a verification can find. */
export type FindingCode =
  | 'leaf-missing'
  | 'header-damaged'
  | 'column-differs'
  | 'chain-broken'
  | 'body-missing'
  | 'body-differs'
  | 'disposal-differs'
  | 'root-differs'
  | 'checkpoint-differs'
  | 'stream-differs';

/** One thing that is not as it was written. */
export interface Finding {
  readonly code: FindingCode;
  readonly leaf?: number;
  readonly message: string;
}

/** Where each stream stands while leaves are read; one head per stream is all that is kept. */
export type Heads = Map<string, ChainHead>;

/** The key of each stream, as the ledger itself says that it was registered. */
export type RegisteredKeys = Map<string, string>;

/** Remembers the key of an edge where a leaf is the act that registered it; the first one counts, for ever. */
export function noteRegistration({ edge, kind, body }: StoredLeaf, keys: RegisteredKeys): void {
  if (edge !== HUB_STREAM || kind !== 'act' || body === null || !body.includes(REGISTERED)) return;
  const act = ActBody.safeParse(JSON.parse(body));
  const key = act.data?.after?.['verifierKey'];
  if (act.data?.action !== REGISTERED || act.data.target === undefined || key === undefined) return;
  if (!keys.has(act.data.target)) keys.set(act.data.target, key);
}

/**
 * Checks one leaf against its own header, its body and the leaf before it in its stream, and moves that stream's head.
 *
 * Shape: an entry of the next epoch follows only where an act before it opened that epoch at this very head.
 */
export function verifyLeaf(row: StoredLeaf, heads: Heads, epochs: OpenedEpochs): readonly Finding[] {
  const header = readHeader(row);
  if (typeof header === 'string') return [{ code: 'header-damaged', leaf: row.leaf, message: header }];
  const hash = entryHash(row.header);
  const findings: Finding[] = [];
  const find = (code: FindingCode, message: string | undefined): void => {
    if (message !== undefined) findings.push({ code, leaf: row.leaf, message });
  };
  find('column-differs', columnFault(row, header, hash));
  find('chain-broken', chainFault(headToFollow(heads.get(header.edge) ?? genesis(header.edge), epochs), header));
  heads.set(header.edge, headOf({ header, headerText: row.header, hash }));
  // Whether a disposal really took it is seen by its certificate, which comes later in the log.
  if (row.body === null && row.disposal) return findings;
  if (row.fault !== undefined) find('body-differs', `the body of ${placeOf(header)}: ${row.fault}`);
  else if (row.body === null || row.salt === null) find('body-missing', `the body of ${placeOf(header)} is gone`);
  else if (row.isChecked !== true && bodyHash(row.salt, row.body) !== header.bodyHash)
    find('body-differs', `the body of ${placeOf(header)} was changed`);
  return findings;
}

function readHeader(row: StoredLeaf): EntryHeader | string {
  try {
    return parseHeader(row.header);
  } catch (error) {
    return describeError(error);
  }
}

function columnFault(row: StoredLeaf, header: EntryHeader, hash: string): string | undefined {
  const { edge, epoch, seq, kind, at } = header;
  const isSame = row.edge === edge && row.epoch === epoch && row.seq === seq && row.kind === kind && row.at === at;
  if (!isSame) return `the row of ${placeOf(header)} says ${row.edge} ${row.epoch}/${row.seq} ${row.kind} ${row.at}`;
  return row.hash === hash ? undefined : `the header of ${placeOf(header)} has another hash than its row`;
}

function chainFault(head: ChainHead, header: EntryHeader): string | undefined {
  const fault = follows(head, header);
  return fault === undefined ? undefined : `${placeOf(header)}: ${fault}`;
}

function placeOf(header: EntryHeader): string {
  return `${header.edge} ${header.epoch}/${header.seq}`;
}
