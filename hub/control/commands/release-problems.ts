import { readClaimed } from '@gatehouse/shared/governance/claimed-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import { verifyRelease } from '@gatehouse/shared/governance/verify-release.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { Trust } from '@gatehouse/shared/schema/governance.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { newestTrust } from '../../store/control-rows.ts';
import type { Transaction } from '../../store/database.ts';
import { trustOnRecord } from '../trust-on-record.ts';

/** A release as somebody hands it in. */
interface HandedRelease {
  readonly edges: readonly [string];
  readonly kill: string;
  readonly document: string;
}

/** Why an edge would refuse a release; empty where the hub knows of nothing. Shape: judged by the same code as at the edge. */
export async function releaseProblems(
  tx: Transaction,
  { edges: [edge], kill, document }: HandedRelease,
  at: Instant,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const newest = (await newestTrust(tx)).find((one) => one.edge === edge);
  const claimed = newest && attempt([], () => decode(Trust, readClaimed(newest.document).value, 'the trust document'));
  const trust = claimed && (await trustOnRecord(tx, claimed));
  if (trust === undefined) return [`no trust document of edge ${edge} is on record, so nobody’s signature is known`];
  const verified = attempt(problems, () => verifyRelease(document, { trust: trust.trust, edge, at }));
  if (verified !== undefined && verified.release.kill !== kill) {
    problems.push(`the document releases kill ${verified.release.kill}, not ${kill}`);
  }
  return problems;
}
