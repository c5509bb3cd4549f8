import { KitError } from '@gatehouse/shared/errors.ts';
import { parseCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { inclusionNodes, inclusionProof, leafHash, verifyInclusion } from '@gatehouse/shared/journal/merkle.ts';
import { recordExtra } from '@gatehouse/shared/journal/record-proof.ts';
import { encodeProof } from '@gatehouse/shared/journal/tlog-proof.ts';
import type { Queries } from '../../store/database.ts';
import { newestCheckpoint, readLeaves } from '../../store/ledger-rows.ts';
import { fetchNodes } from '../fetch-nodes.ts';

/** The proof that a leaf is in the log. Shape: `hashes` lead from the leaf to the root; `file` is the whole of it as text. */
export interface LeafProof {
  readonly leaf: number;
  readonly leafHash: string;
  readonly hashes: readonly string[];
  readonly checkpoint: string;
  readonly size: number;
  readonly root: string;
  /** As a `.tlog-proof` file, with the record in its extra data. */
  readonly file: string;
}

/**
 * Proves a leaf under the newest checkpoint; undefined where there is no such leaf or nothing was signed that covers it.
 *
 * Errors: `LEDGER_MISMATCH` where what is stored makes no proof: it is checked before anybody is shown it.
 */
export async function proveLeaf(tx: Queries, leaf: number): Promise<LeafProof | undefined> {
  const newest = await newestCheckpoint(tx);
  const [row] = await readLeaves(tx, { from: leaf, to: leaf + 1 });
  if (newest === undefined || row === undefined || leaf >= newest.size) return undefined;
  const { size, root } = parseCheckpoint(newest.note.slice(0, newest.note.lastIndexOf('\n\n') + 1));
  const hashes = inclusionProof(await fetchNodes(tx, inclusionNodes(leaf, size)), leaf, size);
  const own = leafHash(row.header);
  if (!verifyInclusion({ index: leaf, size, leaf: own, root, proof: hashes })) {
    throw new KitError('LEDGER_MISMATCH', `leaf ${leaf} is not the one that the checkpoint of ${size} covers`, {
      hint: 'Run "gatehouse verify ledger", and keep the database as it is.',
    });
  }
  const extra = recordExtra({ headerText: row.header, salt: row.salt, bodyText: row.body });
  return {
    leaf,
    leafHash: hex(own),
    hashes: hashes.map(hex),
    checkpoint: newest.note,
    size,
    root: hex(root),
    file: encodeProof({ index: leaf, hashes, checkpoint: newest.note, extra }),
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
