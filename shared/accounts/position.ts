import {
  absolute,
  add,
  compare,
  type Decimal,
  divide,
  fromUnits,
  isZero,
  multiply,
  negate,
  signOf,
  subtract,
  trim,
  ZERO,
} from '../values/decimal.ts';
import { COST_SCALE, leanDifference, leanSum, worth } from './exact.ts';
import { type SplitRatio, splitQuantity } from './split.ts';

/**
 * What an account holds of one instrument, at average cost.
 *
 * Shape:  for the sums of an account always `cash = deposits + realised - fees - cost`, to the last digit; `ledger-identity.ts`
 *         has the whole of it.
 * Units:  `quantity` in units of the instrument, negative when short; `cost` is what the open quantity was bought for,
 *         negative for what was received when short; `cost`, `realised` and `fees` in the currency of the fills. A fee in
 *         another currency is no part of `fees`.
 */
export interface Position {
  readonly quantity: Decimal;
  readonly cost: Decimal;
  readonly realised: Decimal;
  readonly fees: Decimal;
}

/**
 * The part of an execution that moves a position.
 *
 * Units: `quantity` above zero, `price` per unit of the instrument, `fee` positive when it is a cost; a unit is worth
 *        `price × multiplier`.
 */
export interface PositionFill {
  readonly side: 'buy' | 'sell';
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly fee: Decimal;
  readonly multiplier: Decimal;
}

/** A position that never saw a fill. */
export const FLAT: Position = { quantity: ZERO, cost: ZERO, realised: ZERO, fees: ZERO };

const ONE = fromUnits(1n, 0);

/**
 * The position after an execution.
 *
 * Shape: a fill beyond the open quantity closes it and opens the rest on the other side at the fill's price. A partial
 *        close releases its share of the cost, rounded half to even at `COST_SCALE`; what the rounding leaves stays in the
 *        cost of the rest, so no digit is lost.
 */
export function applyFill(position: Position, fill: PositionFill): Position {
  const fees = leanSum(position.fees, fill.fee);
  const signed = signedQuantity(fill);
  const held = signOf(position.quantity);
  if (held === 0 || held === signOf(signed)) return { ...open(position, signed, fill), fees };

  const isFlip = compare(fill.quantity, absolute(position.quantity)) > 0;
  if (!isFlip) return { ...close(position, signed, fill), fees };

  const flat = close(position, negate(position.quantity), fill);
  return { ...open(flat, add(position.quantity, signed), fill), fees };
}

/** What an execution moves in cash: the price paid or received, less the fee. Units: the fill's currency. */
export function cashOf(fill: PositionFill): Decimal {
  return trim(negate(add(worth(signedQuantity(fill), fill.price, fill.multiplier), fill.fee)));
}

/**
 * The cost of one unit of what is open, zero when flat.
 *
 * Units: currency per unit, a contract's multiplier included, rounded half to even at `COST_SCALE`.
 */
export function averageCost(position: Position): Decimal {
  if (isZero(position.quantity)) return ZERO;
  return divide(position.cost, position.quantity, { scale: COST_SCALE, rounding: 'half-even' });
}

/** What closing at the mark would realise, before fees. Units: the currency of the cost. */
export function unrealised(position: Position, mark: Decimal, multiplier: Decimal = ONE): Decimal {
  return leanDifference(worth(position.quantity, mark, multiplier), position.cost);
}

/**
 * The position after a person has set it right: quantity and cost move by what the adjustment says.
 *
 * Shape: what is left of the cost where nothing is held any more becomes a loss or a gain.
 */
export function adjustPosition(position: Position, change: { quantity: Decimal; cost: Decimal }): Position {
  const quantity = leanSum(position.quantity, change.quantity);
  const cost = leanSum(position.cost, change.cost);
  if (!isZero(quantity)) return { ...position, quantity, cost };
  return { ...position, quantity, cost: ZERO, realised: leanDifference(position.realised, cost) };
}

/**
 * The position after a split.
 *
 * Shape: the cost stays with what is held. The cost of a fraction that is paid out leaves as a loss; the money for it is a gain of
 *        its own that comes as an entry of cash.
 */
export function splitPosition(position: Position, ratio: SplitRatio): Position {
  const { held, whole } = splitQuantity(position.quantity, ratio);
  const released = isZero(whole) ? position.cost : shareOfFraction(position.cost, { held, whole });
  return {
    ...position,
    quantity: whole,
    cost: leanDifference(position.cost, released),
    realised: leanDifference(position.realised, released),
  };
}

/** Two positions as one, as after a change of symbol. Shape: a long and a short one close each other at what they cost. */
export function mergePositions(a: Position, b: Position): Position {
  const sums = { realised: leanSum(a.realised, b.realised), fees: leanSum(a.fees, b.fees) };
  const quantity = leanSum(a.quantity, b.quantity);
  const cost = leanSum(a.cost, b.cost);
  if (signOf(a.quantity) * signOf(b.quantity) >= 0) return { quantity, cost, ...sums };
  const [larger, smaller] = compare(absolute(a.quantity), absolute(b.quantity)) >= 0 ? [a, b] : [b, a];
  const rest = isZero(quantity) ? ZERO : leanDifference(larger.cost, shareOfCost(larger, smaller.quantity));
  return { ...sums, quantity, cost: rest, realised: leanSum(sums.realised, leanDifference(rest, cost)) };
}

function shareOfFraction(cost: Decimal, { held, whole }: { held: Decimal; whole: Decimal }): Decimal {
  if (compare(held, whole) === 0) return ZERO;
  return divide(multiply(cost, subtract(held, whole)), held, { scale: COST_SCALE, rounding: 'half-even' });
}

function open(position: Position, signed: Decimal, fill: PositionFill): Position {
  const cost = leanSum(position.cost, worth(signed, fill.price, fill.multiplier));
  return { ...position, quantity: leanSum(position.quantity, signed), cost };
}

/** Closes up to the whole position; `signed` has the other sign and no more than its size. */
function close(position: Position, signed: Decimal, fill: PositionFill): Position {
  const quantity = leanSum(position.quantity, signed);
  const released = isZero(quantity) ? position.cost : shareOfCost(position, signed);
  const received = negate(worth(signed, fill.price, fill.multiplier));
  return {
    ...position,
    quantity,
    cost: leanDifference(position.cost, released),
    realised: leanSum(position.realised, subtract(received, released)),
  };
}

function shareOfCost(position: Position, signed: Decimal): Decimal {
  const product = multiply(position.cost, negate(signed));
  return divide(product, position.quantity, { scale: COST_SCALE, rounding: 'half-even' });
}

function signedQuantity(fill: PositionFill): Decimal {
  return fill.side === 'buy' ? fill.quantity : negate(fill.quantity);
}
