import { readClaimed } from '@gatehouse/shared/governance/claimed-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import type { TrustPlace } from '@gatehouse/shared/governance/trust.ts';
import type { Signer } from '@gatehouse/shared/journal/note.ts';
import { CONTENT_LENGTH_MAX, type ControlObject, signObject } from '@gatehouse/shared/schema/control.ts';
import { HubFileKind, OBJECT_KINDS } from '@gatehouse/shared/schema/dated-file.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { Trust } from '@gatehouse/shared/schema/governance.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import { newestTrust, putObjects, tryObjects } from '../../store/control-rows.ts';
import { type Database, inTransaction, type Transaction } from '../../store/database.ts';
import { newestFiles, shortBodyText } from '../../store/file-rows.ts';
import { inForceOf, type LimitLine, newestReady } from '../../store/limit-rows.ts';
import { trustVersionsOnRecord } from '../trust-on-record.ts';

/** What publishing stands on. Shape: `signer` is the hub's online key, which says for whom a document is and never what it is worth. */
export interface PublishDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly signer: Signer;
}

/** The one name of the sheet of an edge. */
export const SHEET_NAME = 'limits';
const VERSION_DIGITS = 6;

/** An edge, the place that its people sign for, and the version of trust that it has. */
interface PlacedEdge {
  readonly edge: string;
  readonly version: number;
  readonly place: TrustPlace;
}

/**
 * Puts documents that are signed and newer than what an edge was given into its rows; answers how many were, undefined where another hub process does it.
 *
 * Shape:  an edge belongs to the legal entity and environment of the newest trust document that it journalled. It gets the sheet with the
 *         highest sequence that is signed or in force there, and every version of trust behind its own, each under a name of its own, since
 *         it has to open them one by one, and the newest dated file of each kind. What was published is never taken back.
 */
export function publishObjects({ database, clock, signer }: PublishDeps): Promise<number | undefined> {
  return inTransaction(database, async (tx) => {
    if (!(await tryObjects(tx))) return undefined;
    const now = clock.now();
    const objects: ControlObject[] = [];
    const byPlace = Map.groupBy(await placedEdges(tx), ({ place }) => `${place.legalEntity} ${place.environment}`);
    for (const edges of byPlace.values()) objects.push(...(await objectsOf(tx, edges, now)));
    return putObjects(
      tx,
      objects.map((object) => {
        const { edge, kind, name, version } = object;
        return { edge, kind, name, version, note: signObject(signer, object), at: instantText(now) };
      }),
    );
  });
}

async function placedEdges(tx: Transaction): Promise<readonly PlacedEdge[]> {
  return (await newestTrust(tx)).flatMap(({ edge, version, document }) => {
    const trust = attempt([], () => decode(Trust, readClaimed(document).value, 'the trust document'));
    return trust === undefined ? [] : [{ edge, version, place: trust }];
  });
}

async function objectsOf(
  tx: Transaction,
  edges: readonly PlacedEdge[],
  now: Instant,
): Promise<readonly ControlObject[]> {
  const [first] = edges;
  if (first === undefined) return [];
  const sheet = await newestSheetOf(tx, first.place);
  const versions = await trustVersionsOnRecord(tx, first.place);
  const files = await filesOf(tx, first.place);
  return edges.flatMap(({ edge, version: had }) => [
    ...versions
      .filter(({ trust }) => trust.version > had)
      .map(({ trust, document }): ControlObject => {
        const name = `v${String(trust.version).padStart(VERSION_DIGITS, '0')}`;
        return { v: 1, edge, kind: 'trust', name, version: trust.version, issuedAt: now, document };
      }),
    ...(sheet === undefined
      ? []
      : [
          {
            v: 1,
            edge,
            kind: 'sheet',
            name: SHEET_NAME,
            version: sheet.sequence,
            issuedAt: now,
            document: sheet.document,
          } as const,
        ]),
    ...files.map((file): ControlObject => ({ v: 1, edge, issuedAt: now, ...file })),
  ]);
}

/** The newest dated file of each kind; a short one carries its text. */
async function filesOf(
  tx: Transaction,
  place: TrustPlace,
): Promise<readonly Omit<ControlObject, 'v' | 'edge' | 'issuedAt'>[]> {
  const files = await newestFiles(tx, place);
  return Promise.all(
    files.map(async ({ kind, sequence, note, contentHash }) => {
      const content = await shortBodyText(tx, contentHash, CONTENT_LENGTH_MAX);
      const object = { kind: OBJECT_KINDS[HubFileKind.parse(kind)], name: kind, version: sequence, document: note };
      return content === undefined ? object : { ...object, content };
    }),
  );
}

async function newestSheetOf(tx: Transaction, line: LimitLine) {
  const found = [await newestReady(tx, line), await inForceOf(tx, line)].filter((row) => row !== undefined);
  return found.toSorted((a, b) => b.sequence - a.sequence)[0];
}
