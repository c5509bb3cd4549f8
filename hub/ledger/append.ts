import { KitError } from '@gatehouse/shared/errors.ts';
import { signCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { appendLeaves, leafHash, rangeFromHex, rangeRoot, rangeToHex } from '@gatehouse/shared/journal/merkle.ts';
import type { Signer } from '@gatehouse/shared/journal/note.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { Transaction } from '../store/database.ts';
import { type ClaimedLeaves, claimLeaves, storeHead, storeLeaves } from '../store/ledger-rows.ts';
import { type StoredNode, storeNodes } from '../store/node-rows.ts';
import { STORED_LEVEL_MIN } from './fetch-nodes.ts';
import type { BodySealer } from './keys/body-sealer.ts';

/** Whose log it is: who signs its checkpoints, under which name, by which clock, and who seals its bodies. */
export interface Ledger {
  readonly origin: string;
  readonly signer: Signer;
  readonly clock: Clock;
  /** Every hub has one; without it bodies are stored open. */
  readonly bodies?: BodySealer | undefined;
}

/** Where entries came to lie. Shape: `from` is the first leaf, `to` the one after the last; `checkpoint` covers them. */
export interface Appended {
  readonly from: number;
  readonly to: number;
  readonly checkpoint: string;
}

/** The name of the log of a hub. */
export function ledgerOrigin(hubId: string): string {
  return `gatehouse.local/${hubId}`;
}

/**
 * Puts entries at the end of the log and signs one checkpoint over them, all within the caller's transaction.
 *
 * Errors: `LEDGER_MISMATCH` where the stored frontier, the stored root and the newest signed checkpoint disagree: a
 *         checkpoint that contradicts an earlier one is never signed.
 */
export async function appendEntries(
  tx: Transaction,
  ledger: Ledger,
  entries: readonly SealedEntry[],
): Promise<Appended> {
  const claimed = await claimLeaves(tx, entries.length);
  const before = rangeFromHex(claimed.from, claimed.frontier);
  assertConsistent(claimed, hex(rangeRoot(before)));

  const seal = await ledger.bodies?.prepare(tx, claimed.keysVersion, entries);
  const nodes: StoredNode[] = [];
  const range = appendLeaves(
    before,
    entries.map(({ headerText }) => leafHash(headerText)),
    ({ level, index }, hash) => {
      if (level >= STORED_LEVEL_MIN) nodes.push({ level, index, hash: hex(hash) });
    },
  );
  const root = rangeRoot(range);
  const checkpoint = signCheckpoint(ledger.signer, { origin: ledger.origin, size: range.size, root });
  const at = instantText(ledger.clock.now());
  await Promise.all([
    storeLeaves(tx, { from: claimed.from, entries, seal }),
    storeNodes(tx, nodes),
    storeHead(tx, { size: range.size, frontier: rangeToHex(range), root: hex(root), note: checkpoint, at }),
  ]);
  return { from: claimed.from, to: range.size, checkpoint };
}

function assertConsistent(claimed: ClaimedLeaves, root: string): void {
  const signed = claimed.from === 0 ? root : claimed.signedRoot;
  if (claimed.root === root && signed === root) return;
  throw new KitError('LEDGER_MISMATCH', `the log at size ${claimed.from} is not what its last checkpoint signed`, {
    hint: 'Nothing is appended any more; run verify, keep the database as it is, and restore it from a backup.',
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
