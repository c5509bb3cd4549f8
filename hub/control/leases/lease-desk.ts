import { LEASED_THRESHOLD, type LeaseFigures, leaseFiguresOf } from '@gatehouse/compliance/lease-figures.ts';
import { sheetOnRecord } from '@gatehouse/compliance/sheet-document.ts';
import { readClaimed } from '@gatehouse/shared/governance/claimed-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import { parseVerifierKey, type Signer, type Verifier } from '@gatehouse/shared/journal/note.ts';
import { signObject } from '@gatehouse/shared/schema/control.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { Trust } from '@gatehouse/shared/schema/governance.ts';
import { type Lease, openLease, signLease } from '@gatehouse/shared/schema/lease.ts';
import type { LeaseBody } from '@gatehouse/shared/schema/lease-bodies.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal, minimum, toText } from '@gatehouse/shared/values/decimal.ts';
import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import { isReadable, readEntry } from '../../ingest/read-entry.ts';
import { raiseAlarms } from '../../store/alarm-rows.ts';
import { newestTrust, type ObjectRow, putObjects } from '../../store/control-rows.ts';
import { type Database, inTransaction, type Transaction } from '../../store/database.ts';
import {
  edgesBehind,
  edgesHolding,
  LEASE_ENTRIES_MAX,
  type LeaseShareRow,
  lockLeases,
  moveLeases,
  readLeaseEntries,
  readShares,
  writeShares,
} from '../../store/lease-rows.ts';
import { inForceOf, type LimitLine } from '../../store/limit-rows.ts';
import type { AppendAct } from '../../store/pages/people-store.ts';
import {
  type Allocation,
  answerRequest,
  atLeast,
  type EdgeShare,
  type Grant,
  NO_SHARES,
  noteAccepted,
  noteUsed,
  setBehind,
  setFigures,
  type ThresholdShares,
  takeBack,
} from './allocator.ts';
import { type LeaseMark, type LeaseMarks, markName } from './lease-mark.ts';
import { type MarkedRow, markedRows, UNKNOWN_CURRENCY } from './marked-rows.ts';

/** What leases stand on. Shape: `signer` is the hub's online key. */
export interface LeaseDeps {
  readonly database: Database;
  readonly appendAct: AppendAct;
  readonly clock: Clock;
  readonly signer: Signer;
  readonly marks: LeaseMarks;
}

/** A legal entity and environment with its edges, its signed figures and what is out. */
interface Place {
  readonly line: LimitLine;
  readonly edges: readonly string[];
  /** These, and edges that belong nowhere by the records, as a hub from a backup may know them from its marks alone. */
  readonly counted: readonly string[];
  readonly figures: LeaseFigures | undefined;
  /** The currency that the amounts of an edge are in; an edge that has not said anything has none. */
  readonly currencies: Map<string, string>;
  /** What edges have by a sheet in another currency, as it was; it counts until they say what they use in this one. */
  readonly foreign: ReadonlyMap<string, LeaseShareRow>;
  shares: ThresholdShares;
  readonly grants: Grant[];
}

/**
 * Answers what edges asked for and gave back since the last time, and fits leases to the figures in force.
 *
 * Shape:  entries are taken in the order of the ledger, each once; the answers, their acts and how far was read are durable together. A
 *         lease is on the mark outside of the database before it can be seen by anybody. Answers how many leases were signed.
 * Source: 17 CFR 240.15c3-5(c)(1)(i).
 */
export async function settleLeases(deps: LeaseDeps): Promise<number> {
  let signed = 0;
  for (let isMore = true; isMore; ) {
    const step = await inTransaction(deps.database, (tx) => settleSome(deps, tx));
    signed += step.signed;
    isMore = step.isMore;
  }
  return signed;
}

async function settleSome(
  deps: LeaseDeps,
  tx: Transaction,
): Promise<{ readonly signed: number; readonly isMore: boolean }> {
  const from = await lockLeases(tx);
  const entries = await readLeaseEntries(tx, from);
  const places = await openPlaces(deps, tx);
  const isUnknown = await unknownEdges(tx, places);
  const hub = parseVerifierKey(deps.signer.verifierKey);
  for (const place of places) {
    for (const edge of place.counted) place.shares = setBehind(place.shares, edge, isUnknown(place, edge));
    apply(place, setFigures(place.shares, figuresOf(place)));
  }
  for (const entry of entries) {
    const place = places.find(({ edges }) => edges.includes(entry.edge));
    const read = readEntry(entry);
    // What cannot be read was set aside when it came, with an alarm of its own.
    if (place === undefined || !isReadable(read) || read.kind !== 'lease') continue;
    if (!isSayable(place, entry.edge, read.body)) continue;
    place.currencies.set(entry.edge, read.body.currency);
    apply(place, judge(place, entry.edge, { body: read.body, hub: [hub] }));
  }
  const last = entries.at(-1);
  if (last !== undefined) await moveLeases(tx, last.leaf + 1);
  let signed = 0;
  for (const place of places) signed += await publish(deps, tx, place);
  return { signed, isMore: entries.length === LEASE_ENTRIES_MAX };
}

type SaidBody = Exclude<LeaseBody, { readonly event: 'refused' }>;

/** Amounts in another currency than the sheet's cannot be added up; the edge says them again once it has that sheet. */
function isSayable({ figures, currencies }: Place, edge: string, body: LeaseBody): body is SaidBody {
  if (body.threshold !== LEASED_THRESHOLD || body.event === 'refused') return false;
  return body.currency === (figures?.currency ?? currencies.get(edge) ?? body.currency);
}

/**
 * Which edges may use more than is known of them: their records are missing, they hold something and never said what it is worth, as
 * when leases are new, or they may still go by a lease in what was the firm's currency.
 */
async function unknownEdges(
  tx: Transaction,
  places: readonly Place[],
): Promise<(place: Place, edge: string) => boolean> {
  const behind = await edgesBehind(tx);
  const isHeard = ({ shares }: Place, edge: string): boolean => shares.edges.get(edge)?.isHeard === true;
  const areAllHeard = places.every((place) => place.counted.every((edge) => isHeard(place, edge)));
  const holding = areAllHeard ? new Set<string>() : await edgesHolding(tx);
  return (place, edge) => behind.has(edge) || (!isHeard(place, edge) && (holding.has(edge) || place.foreign.has(edge)));
}

function apply(place: Place, { shares, grants }: Allocation): void {
  place.shares = shares;
  place.grants.push(...grants);
}

function judge(
  { shares }: Place,
  edge: string,
  { body, hub }: { readonly body: SaidBody; readonly hub: readonly Verifier[] },
): Allocation {
  if (body.event === 'requested') return answerRequest(shares, { edge, ...body });
  if (body.event === 'returned') return { shares: takeBack(shares, { edge, ...body }), grants: [] };
  const signed = attempt([], () => openLease(body.document, hub));
  // What this hub did not sign tells of no lease that is out; otherwise one edge could take everything from the others by a line.
  if (signed?.edge !== edge || signed.version !== body.version)
    return { shares: noteUsed(shares, edge, body.used), grants: [] };
  const amount = minimum(body.amount, signed.amount);
  return { shares: noteAccepted(shares, { ...body, edge, amount }), grants: [] };
}

function figuresOf({ counted, figures }: Place): Parameters<typeof setFigures>[1] {
  if (figures === undefined) return { max: undefined, caps: new Map() };
  return { max: figures.firmMax, caps: new Map(counted.map((edge) => [edge, figures.edgeMax])) };
}

/** An edge belongs to the place of the newest trust document that it journalled. */
async function openPlaces({ marks, clock }: LeaseDeps, tx: Transaction): Promise<readonly Place[]> {
  const rows = await readShares(tx);
  const placed = (await newestTrust(tx)).flatMap(({ edge, document }) => {
    const trust = attempt([], () => decode(Trust, readClaimed(document).value, 'the trust document'));
    return trust === undefined ? [] : [{ edge, legalEntity: trust.legalEntity, environment: trust.environment }];
  });
  const groups = Map.groupBy(placed, ({ legalEntity, environment }) => `${legalEntity} ${environment}`);
  const isPlaced = new Set(placed.map(({ edge }) => edge));
  const places: Place[] = [];
  for (const [first, ...rest] of groups.values()) {
    if (first === undefined) continue;
    const line = { legalEntity: first.legalEntity, environment: first.environment };
    const edges = [first, ...rest].map(({ edge }) => edge);
    const sheet = await inForceOf(tx, line);
    const figures = sheet === undefined ? undefined : leaseFiguresOf(sheetOnRecord(sheet.document));
    const own = markedRows(rows, { line, figures, marks: marks.all() });
    const currencies = new Map(
      own.flatMap((row) => (row.currency === null ? [] : [[row.edge, row.currency] as const])),
    );
    const foreign = new Map(own.filter((row) => isForeign(row, figures)).map((row) => [row.edge, row] as const));
    const known = own.map((row) => (foreign.has(row.edge) ? emptied(row) : row));
    const shares = marked(sharesOf(known), line, marks.all());
    const counted = [...edges, ...[...foreign.keys()].filter((edge) => !isPlaced.has(edge))];
    places.push({ line, edges, counted, figures, currencies, foreign, shares, grants: [] });
    await tellUnknown(tx, own, instantText(clock.now()));
  }
  return places;
}

/** A mark of an earlier release is said once: with the row that names it, it is known to the database. */
async function tellUnknown(tx: Transaction, rows: readonly MarkedRow[], at: string): Promise<void> {
  const alarms = rows.flatMap(({ isReplaced, edge, version, currency: own }) => {
    if (!isReplaced || own !== UNKNOWN_CURRENCY) return [];
    const message = `lease ${version} of edge ${edge} is known from the file beside the database alone, which does not say its currency: the edge counts with its cap until it says what it uses; connect it to this hub`;
    return [{ code: 'LEASE_CURRENCY_UNKNOWN', severity: 'alarm', edge, message } as const];
  });
  if (alarms.length > 0) await raiseAlarms(tx, alarms, at);
}

function isForeign({ currency: own }: LeaseShareRow, figures: LeaseFigures | undefined): boolean {
  return own !== null && figures !== undefined && own !== figures.currency;
}

/** An edge that has the new sheet goes by none of its leases in the old currency. */
function emptied(row: LeaseShareRow): LeaseShareRow {
  return { ...row, amount: '0', out: '0', used: '0', currency: null };
}

function sharesOf(rows: readonly LeaseShareRow[]): ThresholdShares {
  const edges = rows.map(({ edge, version, amount, out, used, cap, currency: own }): [string, EdgeShare] => [
    edge,
    {
      edge,
      version,
      amount: decimal(amount),
      out: decimal(out),
      used: decimal(used),
      cap: decimal(cap),
      isHeard: own !== null,
      isBehind: false,
    },
  ]);
  return { ...NO_SHARES, edges: new Map(edges) };
}

function marked(shares: ThresholdShares, line: LimitLine, marks: ReadonlyMap<string, LeaseMark>): ThresholdShares {
  const start = markName([line.legalEntity, line.environment, LEASED_THRESHOLD, '']);
  let after = shares;
  for (const [name, { version, out }] of marks) {
    if (name.startsWith(start)) after = atLeast(after, { edge: name.slice(start.length), version, out });
  }
  return after;
}

async function publish(deps: LeaseDeps, tx: Transaction, place: Place): Promise<number> {
  const { line, shares, grants, figures } = place;
  await writeShares(
    tx,
    [...shares.edges.values()].map((share) => rowOf(place, share)),
  );
  if (grants.length === 0) return 0;
  const now = deps.clock.now();
  const newest = new Map(grants.map((grant) => [grant.edge, grant]));
  await deps.marks.keep(marksOf(place, [...newest.keys()]));
  await putObjects(
    tx,
    [...newest.values()].map((grant) => objectOf(deps.signer, leaseOf(grant, { now, figures }))),
  );
  for (const grant of grants) {
    const after = { amount: toText(grant.amount), version: `${grant.version}`, ...line };
    await deps.appendAct(tx, { action: 'lease.granted', by: 'system', target: grant.edge, after, note: grant.reason });
  }
  return grants.length;
}

function leaseOf(
  { edge, version, amount, request, reason }: Grant,
  { now, figures }: { readonly now: Instant; readonly figures: LeaseFigures | undefined },
): Lease {
  return {
    v: 1,
    edge,
    threshold: LEASED_THRESHOLD,
    version,
    amount,
    currency: figures?.currency ?? currency('XXX'),
    ...(request === undefined ? {} : { request }),
    termMs: figures?.termMs ?? 1,
    issuedAt: now,
    reason,
  };
}

function objectOf(signer: Signer, lease: Lease): ObjectRow {
  const { edge, version, issuedAt } = lease;
  const name = LEASED_THRESHOLD;
  const document = signLease(signer, lease);
  const note = signObject(signer, { v: 1, edge, kind: 'lease', name, version, issuedAt, document });
  return { edge, kind: 'lease', name, version, note, at: instantText(issuedAt) };
}

function marksOf({ line, shares, figures }: Place, edges: readonly string[]): ReadonlyMap<string, LeaseMark> {
  const { legalEntity, environment } = line;
  return new Map(
    edges.flatMap((edge) => {
      const share = shares.edges.get(edge);
      if (share === undefined) return [];
      const mark = { version: share.version, out: share.out, currency: figures?.currency };
      return [[markName([legalEntity, environment, LEASED_THRESHOLD, edge]), mark] as const];
    }),
  );
}

function rowOf({ line, foreign, currencies }: Place, share: EdgeShare): LeaseShareRow {
  const { edge, version, amount, out, used, cap } = share;
  const before = foreign.get(edge);
  if (before !== undefined && !share.isHeard) return { ...before, cap: toText(cap) };
  const texts = { amount: toText(amount), out: toText(out), used: toText(used), cap: toText(cap) };
  const own = share.isHeard ? (currencies.get(edge) ?? null) : null;
  const { legalEntity, environment } = line;
  return { legalEntity, environment, threshold: LEASED_THRESHOLD, edge, version, ...texts, currency: own };
}
