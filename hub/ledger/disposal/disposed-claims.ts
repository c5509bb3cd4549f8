import { appendLeaves, type CompactRange, EMPTY_RANGE, leafHash, rangeRoot } from '@gatehouse/shared/journal/merkle.ts';
import { ActBody } from '@gatehouse/shared/schema/bodies.ts';
import { HUB_STREAM } from '../../ingest/read-entry.ts';
import type { StoredLeaf } from '../../store/ledger-rows.ts';
import { DISPOSED, DISPOSED_AGAIN } from './disposal-deps.ts';

/** What the certificates on record say and what the leaves say, while a ledger is read. */
export interface DisposedClaims {
  note(row: StoredLeaf): void;
  /** How many bodies were disposed of. */
  count(): number;
  /** Where leaves and certificates differ, in words. */
  differences(): readonly { readonly leaf: number | undefined; readonly message: string }[];
}

interface Claim {
  readonly range: CompactRange;
  readonly first: number;
}

interface Certified {
  readonly leaf: number;
  readonly leaves: number;
  readonly root: string;
}

const SUBJECT = 'subject/';

/**
 * Compares the leaves that say that they were disposed of with the certificates of their disposals.
 *
 * Shape: a leaf without a body counts as disposed of only where a certificate on record covers exactly the leaves that name it, by their
 *        number and the root over their headers; in a database from before it, the list beside the keys says so. A certificate on record
 *        leaves no sealed bytes under its keys, so whatever lies there then was put there. Memory grows with the number of disposals alone.
 */
export function disposedClaims(): DisposedClaims {
  const claims = new Map<string, Claim>();
  const certificates = new Map<string, Certified>();
  const forgotten = new Map<string, { readonly leaf: number; readonly count: number }>();
  let total = 0;
  return {
    note: (row) => {
      if (row.body === null && row.disposal) {
        total += 1;
        if (row.isForgotten === true) {
          const { leaf, count } = forgotten.get(row.disposal) ?? { leaf: row.leaf, count: 0 };
          forgotten.set(row.disposal, { leaf, count: count + 1 });
          return;
        }
        const before = claims.get(row.disposal) ?? { range: EMPTY_RANGE, first: row.leaf };
        claims.set(row.disposal, { ...before, range: appendLeaves(before.range, [leafHash(row.header)]) });
      }
      const certified = certificateIn(row);
      if (certified !== undefined) certificates.set(certified.disposal, certified);
    },
    count: () => total,
    differences: () => {
      const without = [...claims].flatMap(([disposal, claim]) => {
        const certified = certificates.get(disposal);
        if (certified !== undefined && isOf(certified, claim.range)) return [];
        const said =
          certified === undefined ? 'no certificate is on record' : `leaf ${certified.leaf} certifies others`;
        const message = `${claim.range.size} bodies are gone by disposal ${disposal}, and ${said}`;
        return [{ leaf: claim.first, message }];
      });
      const unclaimed = [...certificates].flatMap(([disposal, { leaf, leaves }]) => {
        if (leaves === 0 || claims.has(disposal)) return [];
        return [{ leaf, message: `it certifies that ${leaves} bodies went by disposal ${disposal}, and none did` }];
      });
      const put = [...forgotten].flatMap(([disposal, { leaf, count }]) => {
        const certified = certificates.get(disposal);
        if (certified === undefined) return [];
        const message = `${count} bodies lie under a key that disposal ${disposal} destroyed, and leaf ${certified.leaf} certifies that none did`;
        return [{ leaf, message }];
      });
      return [...without, ...unclaimed, ...put];
    },
  };
}

function isOf({ leaves, root }: Certified, range: CompactRange): boolean {
  return leaves === range.size && root === Buffer.from(rangeRoot(range)).toString('hex');
}

/** What of a subject was disposed of stays as it is stored, so that its certificate covers no body that is gone. */
function certificateIn({
  leaf,
  edge,
  kind,
  body,
}: StoredLeaf): (Certified & { readonly disposal: string }) | undefined {
  if (edge !== HUB_STREAM || kind !== 'act' || body === null || !body.includes(DISPOSED)) return undefined;
  const act = ActBody.safeParse(JSON.parse(body)).data;
  const isCertificate = act?.action === DISPOSED || act?.action === DISPOSED_AGAIN;
  if (!isCertificate || act.target?.startsWith(SUBJECT) === true) return undefined;
  const { disposal, leaves, root = '' } = act.after ?? {};
  return disposal === undefined ? undefined : { disposal, leaf, leaves: Number(leaves), root };
}
