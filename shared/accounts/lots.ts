import {
  absolute,
  add,
  compare,
  type Decimal,
  divide,
  fromInteger,
  isZero,
  negate,
  signOf,
  sum,
  trim,
  ZERO,
} from '../values/decimal.ts';
import type { Instant } from '../values/instant.ts';
import { COST_SCALE, leanDifference, leanSum, worth } from './exact.ts';
import type { PositionFill } from './position.ts';
import { type SplitRatio, splitPrice, splitQuantity } from './split.ts';

/**
 * What is left of one purchase, or of one short sale.
 *
 * Shape: `fill` names the execution, or the adjustment, that opened it. All open lots of a position have one sign.
 * Units: `quantity` signed, of the instrument; `price` per unit as it was dealt, moved by splits; `cost` is exact.
 */
export interface Lot {
  readonly fill: string;
  readonly at: Instant;
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly multiplier: Decimal;
  readonly cost: Decimal;
}

/** What an account holds of one instrument, oldest first, where the oldest is closed first. */
export interface Lots {
  readonly open: readonly Lot[];
  readonly realised: Decimal;
}

/** An execution that opens or closes lots. Shape: its fee belongs to no lot. */
export interface LotFill extends PositionFill {
  readonly fill: string;
  readonly at: Instant;
}

/** One lot, or a part of it, that an execution closed. Units: `cost` and `realised` in the currency of the fills. */
export interface LotClose {
  readonly opened: string;
  readonly openedAt: Instant;
  readonly quantity: Decimal;
  readonly cost: Decimal;
  readonly realised: Decimal;
}

/** Nothing held and nothing realised. */
export const NO_LOTS: Lots = { open: [], realised: ZERO };

/** So many lots are kept apart; beyond them the two oldest become one, whose cost is theirs to the last digit. */
export const LOTS_MAX = 5_000;

const ONE = fromInteger(1);

/** The lots after an execution, and what it closed. Shape: a fill beyond what is open closes it and opens a lot of the rest. */
export function applyToLots(lots: Lots, fill: LotFill): { readonly lots: Lots; readonly closed: readonly LotClose[] } {
  const signed = fill.side === 'buy' ? fill.quantity : negate(fill.quantity);
  const { rest, taken, left } = takeOldest(lots.open, signed);
  const closed = taken.map((part) => closeOf(part, fill));
  const opened = isZero(left) ? [] : [openedBy(fill, left)];
  const realised = closed.reduce((total, one) => leanSum(total, one.realised), lots.realised);
  return { lots: { open: bounded([...rest, ...opened]), realised }, closed };
}

/** The sum of what is held. Units: signed, of the instrument. */
export function lotQuantity({ open }: Lots): Decimal {
  return trim(sum(open.map(({ quantity }) => quantity)));
}

/** The sum of what it cost. */
export function lotCost({ open }: Lots): Decimal {
  return trim(sum(open.map(({ cost }) => cost)));
}

/** What a person changes about a position, as lots have it. */
export interface LotAdjustment {
  readonly id: string;
  readonly at: Instant;
  readonly quantity: Decimal;
  readonly cost: Decimal;
}

/**
 * The lots after a person has set the position right.
 *
 * Shape: what is added is a lot of its own; what is taken away is taken from the oldest. The cost moves by exactly what the adjustment
 *        says, and the oldest lot that is left bears the difference; where none is left it becomes a loss or a gain.
 */
export function adjustLots(lots: Lots, { id, at, quantity, cost }: LotAdjustment): Lots {
  const { rest, left } = takeOldest(lots.open, quantity);
  const due = leanDifference(leanSum(lotCost(lots), cost), lotCost({ ...lots, open: rest }));
  if (!isZero(left)) {
    const price = divide(due, left, { scale: COST_SCALE, rounding: 'half-even' });
    const lot: Lot = { fill: id, at, quantity: trim(left), price, multiplier: ONE, cost: due };
    return { ...lots, open: bounded([...rest, lot]) };
  }
  return withCost({ ...lots, open: rest }, due);
}

/**
 * The lots after a split. Shape: their quantities add up to what the whole position becomes; of fractions that are paid out the oldest
 * bear the cost, which leaves as a loss.
 */
export function splitLots(lots: Lots, ratio: SplitRatio): Lots {
  const before = lotQuantity(lots);
  const { held, whole } = splitQuantity(before, ratio);
  let seen = ZERO;
  let given = ZERO;
  let orphaned = ZERO;
  const open: Lot[] = [];
  for (const lot of lots.open) {
    seen = add(seen, lot.quantity);
    const upTo = splitQuantity(seen, { ...ratio, lot: undefined }).held;
    const quantity = leanDifference(upTo, given);
    given = upTo;
    if (isZero(quantity)) orphaned = leanSum(orphaned, lot.cost);
    else {
      open.push({ ...lot, quantity, price: splitPrice(lot.price, ratio), cost: leanSum(lot.cost, orphaned) });
      orphaned = ZERO;
    }
  }
  const dusted = withCost({ ...lots, open }, orphaned);
  const { rest, taken } = takeOldest(dusted.open, leanDifference(whole, held));
  const released = sum(taken.map(({ cost }) => cost));
  return { open: rest, realised: leanDifference(dusted.realised, released) };
}

/** Two rows of lots as one, by age. Shape: a long and a short row close each other, the oldest first, at what they cost. */
export function mergeLots(a: Lots, b: Lots): Lots {
  const realised = leanSum(a.realised, b.realised);
  const [heldA, heldB] = [lotQuantity(a), lotQuantity(b)];
  if (signOf(heldA) * signOf(heldB) >= 0) {
    const open = [...a.open, ...b.open].sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
    return { open: bounded(open), realised };
  }
  const [larger, smaller] = compare(absolute(heldA), absolute(heldB)) >= 0 ? [a, b] : [b, a];
  const { rest, taken } = takeOldest(larger.open, lotQuantity(smaller));
  const closing = leanSum(lotCost(smaller), sum(taken.map(({ cost }) => cost)));
  return { open: rest, realised: leanDifference(realised, closing) };
}

interface TakenPart {
  readonly lot: Lot;
  readonly quantity: Decimal;
  readonly cost: Decimal;
}

/**
 * Takes from the oldest lots what a change of the other sign closes.
 *
 * Shape: a part costs its units at the price of the lot; the whole of a lot costs all that is left of it, rounding included. `left` is
 *        what of the change closed nothing.
 */
function takeOldest(open: readonly Lot[], change: Decimal) {
  const taken: TakenPart[] = [];
  let left = change;
  let index = 0;
  let partly: Lot | undefined;
  for (; index < open.length && !isZero(left); index += 1) {
    const lot = open[index];
    if (lot === undefined || signOf(lot.quantity) === signOf(left)) break;
    if (compare(absolute(lot.quantity), absolute(left)) <= 0) {
      taken.push({ lot, quantity: lot.quantity, cost: lot.cost });
      left = leanSum(left, lot.quantity);
      continue;
    }
    const quantity = negate(left);
    const cost = trim(worth(quantity, lot.price, lot.multiplier));
    taken.push({ lot, quantity, cost });
    partly = { ...lot, quantity: leanDifference(lot.quantity, quantity), cost: leanDifference(lot.cost, cost) };
    left = ZERO;
    index += 1;
    break;
  }
  const others = index === 0 ? open : open.slice(index);
  return { rest: partly === undefined ? others : [partly, ...others], taken, left };
}

function closeOf({ lot, quantity, cost }: TakenPart, fill: LotFill): LotClose {
  const received = worth(quantity, fill.price, fill.multiplier);
  const realised = leanDifference(received, cost);
  return { opened: lot.fill, openedAt: lot.at, quantity: trim(quantity), cost, realised };
}

function openedBy({ fill, at, price, multiplier }: LotFill, quantity: Decimal): Lot {
  const cost = trim(worth(quantity, price, multiplier));
  return { fill, at, quantity: trim(quantity), price, multiplier, cost };
}

/** Lots of which the oldest bears a cost; where there is none it is realised. */
function withCost(lots: Lots, cost: Decimal): Lots {
  if (isZero(cost)) return lots;
  const [oldest, ...others] = lots.open;
  if (oldest === undefined) return { ...lots, realised: leanDifference(lots.realised, cost) };
  return { ...lots, open: [{ ...oldest, cost: leanSum(oldest.cost, cost) }, ...others] };
}

function bounded(open: readonly Lot[]): readonly Lot[] {
  const [first, second, ...others] = open;
  if (open.length <= LOTS_MAX || first === undefined || second === undefined) return open;
  const quantity = leanSum(first.quantity, second.quantity);
  const cost = leanSum(first.cost, second.cost);
  const price = divide(cost, quantity, { scale: COST_SCALE, rounding: 'half-even' });
  return [{ ...second, quantity, cost, price, multiplier: ONE }, ...others];
}
