import {
  add,
  compare,
  type Decimal,
  maximum,
  minimum,
  signOf,
  subtract,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';

/**
 * What one edge may take of a threshold, and what of it is out.
 *
 * Shape: `out` is the most that any lease names that the edge may still go by, so that it never falls by what the hub does, only by
 *        what the edge has put on record. `used` is what the edge last put on record as entered and held. `cap` is the most that the
 *        sheet which people signed for this edge lets it have.
 * Units: amounts in the firm's currency.
 */
export interface EdgeShare {
  readonly edge: string;
  readonly version: number;
  /** What the newest lease names. */
  readonly amount: Decimal;
  readonly out: Decimal;
  readonly used: Decimal;
  readonly cap: Decimal;
  /** Whether the edge has put on record what it uses, in the currency of the figures. */
  readonly isHeard: boolean;
  /** Whether what is used may be anything up to the cap: records are missing, or what is held was never said in this currency. */
  readonly isBehind: boolean;
}

/** A threshold with the shares of all edges. Shape: immutable; without a `max` nobody has signed how much the firm may have. */
export interface ThresholdShares {
  readonly max: Decimal | undefined;
  readonly edges: ReadonlyMap<string, EdgeShare>;
}

/** A lease to be signed and sent. */
export interface Grant {
  readonly edge: string;
  readonly version: number;
  readonly amount: Decimal;
  /** Absent where nobody asked: such a lease only lowers. */
  readonly request?: string;
  readonly reason: string;
}

/** The shares after an event, with what is to be sent. */
export interface Allocation {
  readonly shares: ThresholdShares;
  readonly grants: readonly Grant[];
}

/** A threshold that nobody has a part of. */
export const NO_SHARES: ThresholdShares = { max: undefined, edges: new Map() };

/** What counts against the threshold for one edge: what it may use, or what it uses where that is more. */
export function chargeOf({ out, used, cap, isBehind }: EdgeShare): Decimal {
  const known = maximum(out, used);
  return isBehind ? maximum(known, cap) : known;
}

/** What counts against the threshold for all edges but one. */
export function chargeOfOthers({ edges }: ThresholdShares, edge: string): Decimal {
  let total: Decimal = ZERO;
  for (const share of edges.values()) if (share.edge !== edge) total = add(total, chargeOf(share));
  return total;
}

/** What nobody has. Shape: below zero where more is out than the threshold permits, which can only be after it was lowered. */
export function unallocated(shares: ThresholdShares): Decimal | undefined {
  return shares.max === undefined ? undefined : subtract(shares.max, chargeOfOthers(shares, ''));
}

/**
 * The answer to an edge that asks.
 *
 * Shape: as much as it wants, its cap permits and nobody else has. There is always an answer, for the amount of an edge that gets no
 *        more runs on with a new term; it can be zero. A lower amount than before frees nothing until the edge has given it back.
 */
export function answerRequest(
  shares: ThresholdShares,
  asked: { readonly edge: string; readonly request: string; readonly wanted: Decimal; readonly used: Decimal },
): Allocation {
  const share = withUsed(shareOf(shares, asked.edge), asked.used);
  const free = shares.max === undefined ? ZERO : subtract(shares.max, chargeOfOthers(shares, asked.edge));
  const amount = minimum(asked.wanted, share.cap, notBelowZero(free));
  const reason = reasonFor(asked.wanted, { cap: share.cap, free, isSigned: shares.max !== undefined });
  return issue(shares, share, { amount, request: asked.request, reason });
}

/** What an edge has put on record as used. */
export function noteUsed(shares: ThresholdShares, edge: string, used: Decimal): ThresholdShares {
  return withShare(shares, withUsed(shareOf(shares, edge), used));
}

/**
 * An edge put on record that it goes by a lease which this hub signed.
 *
 * Shape: a hub that was set back to a time before that lease learns of it here; otherwise only what is used is news.
 */
export function noteAccepted(
  shares: ThresholdShares,
  lease: { readonly edge: string; readonly version: number; readonly amount: Decimal; readonly used: Decimal },
): ThresholdShares {
  const share = withUsed(shareOf(shares, lease.edge), lease.used);
  const newest = lease.version > share.version ? { version: lease.version, amount: lease.amount } : {};
  return withShare(shares, { ...share, ...newest, out: maximum(share.out, lease.amount) });
}

/**
 * An edge gave back what is above an amount.
 *
 * Shape: it counts only where the edge names the newest lease, since a newer one may be on its way and would be accepted after this;
 *        and where no more is used than the edge keeps.
 */
export function takeBack(
  shares: ThresholdShares,
  given: { readonly edge: string; readonly version: number; readonly amount: Decimal; readonly used: Decimal },
): ThresholdShares {
  const share = withUsed(shareOf(shares, given.edge), given.used);
  const isWhole = given.version === share.version && compare(given.used, given.amount) <= 0;
  const isLess = compare(given.amount, share.out) < 0;
  if (!isWhole || !isLess) return withShare(shares, share);
  return withShare(shares, { ...share, out: given.amount, amount: minimum(share.amount, given.amount) });
}

/** Lowers what an edge may use. Shape: it frees nothing before the edge has given it back; an amount that is no lower changes nothing. */
export function revoke(
  shares: ThresholdShares,
  order: { readonly edge: string; readonly amount: Decimal; readonly reason: string },
): Allocation {
  const share = shareOf(shares, order.edge);
  if (compare(order.amount, share.amount) >= 0) return { shares, grants: [] };
  return issue(shares, share, { amount: order.amount, reason: order.reason });
}

/** The figures that people signed: the firm's threshold, and the cap of each edge. An edge that is not named has a cap of zero. */
export function setFigures(
  shares: ThresholdShares,
  figures: { readonly max: Decimal | undefined; readonly caps: ReadonlyMap<string, Decimal> },
): Allocation {
  const edges = new Map(shares.edges);
  for (const edge of figures.caps.keys()) if (!edges.has(edge)) edges.set(edge, shareOf(shares, edge));
  for (const [edge, share] of edges) edges.set(edge, { ...share, cap: figures.caps.get(edge) ?? ZERO });
  return fit({ max: figures.max, edges });
}

/** Whether the hub knows that it does not know all that an edge uses. */
export function setBehind(shares: ThresholdShares, edge: string, isBehind: boolean): ThresholdShares {
  const share = shareOf(shares, edge);
  return share.isBehind === isBehind ? shares : withShare(shares, { ...share, isBehind });
}

/** What was out by a record outside the database counts, so that a database from yesterday frees nothing that was granted today. */
export function atLeast(
  shares: ThresholdShares,
  mark: { readonly edge: string; readonly version: number; readonly out: Decimal },
): ThresholdShares {
  const share = shareOf(shares, mark.edge);
  if (share.version >= mark.version) return shares;
  return withShare(shares, { ...share, version: mark.version, out: maximum(share.out, mark.out) });
}

/** Lowers leases above their cap, and the largest first while more is out than the threshold permits. */
function fit(shares: ThresholdShares): Allocation {
  let after: Allocation = { shares, grants: [] };
  for (const { edge, amount, cap } of shares.edges.values()) {
    if (compare(amount, cap) > 0)
      after = also(after, { edge, amount: cap, reason: 'The cap of this edge is lower now.' });
  }
  let over = beyond(after.shares);
  while (signOf(over) > 0) {
    const [largest] = [...after.shares.edges.values()].toSorted((a, b) => compare(b.amount, a.amount));
    if (largest === undefined || signOf(largest.amount) <= 0) break;
    const amount = notBelowZero(subtract(largest.amount, over));
    after = also(after, { edge: largest.edge, amount, reason: 'The threshold of the firm is lower now.' });
    over = beyond(after.shares);
  }
  return after;
}

function also({ shares, grants }: Allocation, order: Parameters<typeof revoke>[1]): Allocation {
  const next = revoke(shares, order);
  return { shares: next.shares, grants: [...grants, ...next.grants] };
}

/** By how much the newest leases together are above the threshold. */
function beyond({ max, edges }: ThresholdShares): Decimal {
  let total: Decimal = ZERO;
  for (const { amount } of edges.values()) total = add(total, amount);
  return subtract(total, max ?? ZERO);
}

function issue(
  shares: ThresholdShares,
  share: EdgeShare,
  { amount, request, reason }: { readonly amount: Decimal; readonly request?: string; readonly reason: string },
): Allocation {
  const version = share.version + 1;
  const after = withShare(shares, { ...share, version, amount, out: maximum(share.out, amount) });
  const grant = { edge: share.edge, version, amount, reason, ...(request === undefined ? {} : { request }) };
  return { shares: after, grants: [grant] };
}

function reasonFor(
  wanted: Decimal,
  { cap, free, isSigned }: { readonly cap: Decimal; readonly free: Decimal; readonly isSigned: boolean },
): string {
  if (!isSigned) return 'No sheet in force says how much the firm may have.';
  if (compare(wanted, minimum(cap, notBelowZero(free))) <= 0) return 'As much as was asked for.';
  return compare(cap, free) <= 0 ? 'As much as the cap of this edge permits.' : 'As much as no other edge has.';
}

function shareOf({ edges }: ThresholdShares, edge: string): EdgeShare {
  const nothing = { version: 0, amount: ZERO, out: ZERO, used: ZERO, cap: ZERO, isHeard: false, isBehind: false };
  return edges.get(edge) ?? { edge, ...nothing };
}

function withUsed(share: EdgeShare, used: Decimal): EdgeShare {
  return { ...share, used, isHeard: true };
}

function withShare(shares: ThresholdShares, share: EdgeShare): ThresholdShares {
  return { ...shares, edges: new Map(shares.edges).set(share.edge, share) };
}

function notBelowZero(value: Decimal): Decimal {
  return signOf(value) < 0 ? ZERO : value;
}
