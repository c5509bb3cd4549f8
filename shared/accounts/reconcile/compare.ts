import type { BreakBody } from '../../schema/bodies.ts';
import { type Decimal, equal, isZero, subtract, toText, trim, ZERO } from '../../values/decimal.ts';
import { breakIdOf, gapOf, NOTHING } from './break-id.ts';
import { type CauseContext, causeContext, causeOfFill, causeOfHeld, causeOfOrder } from './cause.ts';
import type {
  AccountRecords,
  ComparedFills,
  Comparison,
  Difference,
  FillPair,
  FillRecord,
  HeldRecord,
  OrderRecord,
  ReconciledPlace,
  RecordPair,
} from './records.ts';

type Subject = BreakBody['subject'];
type Told = Pick<Difference, 'subject' | 'key' | 'ours' | 'theirs' | 'cause'>;

/**
 * What two records of one account say differently: orders that stand, executions, positions and balances.
 *
 * Shape: one difference for each order, execution, instrument and currency at most, in this order and by their names; only what both
 *        records speak of is compared. Causes are guesses for a person, never a reason to change a record.
 */
export function compareRecords({ ours, theirs }: RecordPair, place: ReconciledPlace): Comparison {
  const between: BreakBody['between'] = [ours.source, theirs.source];
  const fills = compareFills(ours, theirs);
  const context = causeContext({ ours, theirs, fills });
  const told: readonly Told[] = [
    ...compareOrders(ours, theirs),
    ...fills.apart.map((pair) => toldOfFill(pair, context)),
    ...compareHeld('position', { ours: ours.positions, theirs: theirs.positions }, context),
    ...compareHeld('balance', { ours: ours.balances, theirs: theirs.balances }, context),
  ];
  const differences = told.map((one): Difference => {
    const named = { ...place, between, ...one };
    return { ...named, id: breakIdOf(named), gap: gapOf(one) };
  });
  const speaks = (subject: Subject, list: 'orders' | 'fills' | 'positions' | 'balances'): readonly Subject[] =>
    ours[list] === undefined || theirs[list] === undefined ? [] : [subject];
  const subjects = new Set([
    ...speaks('order', 'orders'),
    ...speaks('fill', 'fills'),
    ...speaks('position', 'positions'),
    ...speaks('balance', 'balances'),
  ]);
  return { place, between, subjects, differences, agreedFills: fills.agreed };
}

function compareFills(ours: AccountRecords, theirs: AccountRecords): ComparedFills {
  if (ours.fills === undefined || theirs.fills === undefined) return { apart: [], agreed: new Set() };
  const known = new Map(ours.fills.list.map((one) => [one.fill, one]));
  const named = new Map(theirs.fills.list.map((one) => [one.fill, one]));
  const apart: FillPair[] = [];
  const agreed = new Set<string>();
  for (const fill of sortedKeys(known, named)) {
    const pair = { ours: known.get(fill), theirs: named.get(fill) };
    if (fillsAgree(pair)) agreed.add(fill);
    else if (isInBoth(pair, { ours, theirs })) apart.push(pair);
  }
  return { apart, agreed };
}

/** A busted execution is one that does not stand, whether or not it is still listed. */
function fillsAgree({ ours, theirs }: FillPair): boolean {
  const mine = ours?.isBusted === true ? undefined : ours;
  const other = theirs?.isBusted === true ? undefined : theirs;
  if (mine === undefined || other === undefined) return mine === other;
  return (
    mine.side === other.side &&
    equal(mine.quantity, other.quantity) &&
    equal(mine.price, other.price) &&
    isSame(mine.instrument, other.instrument) &&
    feesAgree(mine, other)
  );
}

function feesAgree(mine: FillRecord, other: FillRecord): boolean {
  if (mine.fee === undefined || other.fee === undefined) return true;
  if (!equal(mine.fee, other.fee)) return false;
  return isZero(mine.fee) || isSame(mine.feeCurrency ?? mine.currency, other.feeCurrency ?? other.currency);
}

/** What a record does not say cannot differ. */
function isSame(mine: string | undefined, other: string | undefined): boolean {
  return mine === undefined || other === undefined || mine === other;
}

/** Whether both records speak of the time of an execution that one of them lacks. */
function isInBoth({ ours: mine, theirs: other }: FillPair, { ours, theirs }: RecordPair): boolean {
  if (mine !== undefined && other !== undefined) return true;
  const at = (mine ?? other)?.at;
  const lacking = mine === undefined ? ours : theirs;
  if (at === undefined || lacking.fills === undefined) return false;
  // What the other side knows has happened, whatever our own clock says; what only we know may be younger than their answer.
  return at >= lacking.fills.since && (mine === undefined ? lacking.source !== 'statement' : at <= lacking.at);
}

function compareOrders(ours: AccountRecords, theirs: AccountRecords): readonly Told[] {
  if (ours.orders === undefined || theirs.orders === undefined) return [];
  const known = new Map(ours.orders.map((one) => [one.key, one]));
  const named = new Map(theirs.orders.map((one) => [one.key, one]));
  return sortedKeys(known, named).flatMap((key) => {
    const [mine, other] = [known.get(key), named.get(key)];
    if (mine !== undefined && other !== undefined && ordersAgree(mine, other)) return [];
    const cause = causeOfOrder(mine, other);
    return [{ subject: 'order' as const, key, ours: orderText(mine), theirs: orderText(other), cause }];
  });
}

function ordersAgree(mine: OrderRecord, other: OrderRecord): boolean {
  return (
    mine.side === other.side &&
    equal(mine.quantity, other.quantity) &&
    equal(mine.filled, other.filled) &&
    isSame(mine.instrument, other.instrument)
  );
}

interface HeldPair {
  readonly ours: readonly HeldRecord[] | undefined;
  readonly theirs: readonly HeldRecord[] | undefined;
}

function compareHeld(
  subject: 'position' | 'balance',
  { ours, theirs }: HeldPair,
  context: CauseContext,
): readonly Told[] {
  if (ours === undefined || theirs === undefined) return [];
  const known = new Map(ours.map((one) => [one.key, one.quantity]));
  const named = new Map(theirs.map((one) => [one.key, one.quantity]));
  return sortedKeys(known, named).flatMap((key) => {
    const [mine, other] = [known.get(key), named.get(key)];
    const gap = subtract(other ?? ZERO, mine ?? ZERO);
    if (isZero(gap)) return [];
    const cause = causeOfHeld({ subject, key, gap }, context);
    return [{ subject, key, ours: shown(mine ?? ZERO), theirs: shown(other ?? ZERO), cause }];
  });
}

function toldOfFill(pair: FillPair, context: CauseContext): Told {
  const { ours, theirs } = pair;
  const key = ours?.fill ?? theirs?.fill ?? '';
  return { subject: 'fill', key, ours: fillText(ours), theirs: fillText(theirs), cause: causeOfFill(pair, context) };
}

function orderText(order: OrderRecord | undefined): string {
  if (order === undefined) return NOTHING;
  const { side, quantity, instrument = 'something unnamed', filled } = order;
  return `${side} ${shown(quantity)} ${instrument}, ${shown(filled)} filled`;
}

function fillText(fill: FillRecord | undefined): string {
  if (fill === undefined || fill.isBusted) return NOTHING;
  const { side, quantity, instrument = 'something unnamed', price, fee, feeCurrency, currency } = fill;
  const paid = fee === undefined ? '' : `, fee ${shown(fee)} ${feeCurrency ?? currency ?? ''}`.trimEnd();
  return `${side} ${shown(quantity)} ${instrument} at ${shown(price)}${paid}`;
}

function shown(value: Decimal): string {
  return toText(trim(value));
}

function sortedKeys(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): readonly string[] {
  return [...new Set([...a.keys(), ...b.keys()])].sort();
}
