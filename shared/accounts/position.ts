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

/**
 * What an account holds of one instrument, at average cost.
 *
 * Shape:  for the sums of an account always `cash = deposits + realised - fees - cost`, to the last digit.
 * Units:  `quantity` in units of the instrument, negative when short; `cost` is what the open quantity was bought for,
 *         negative for what was received when short; `cost`, `realised` and `fees` in the currency of the fills.
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

/** Digits behind the point of an average cost, and of the cost that a partial close releases. */
export const COST_SCALE = 8;

const ONE = fromUnits(1n, 0);

/**
 * The position after an execution.
 *
 * Shape: a fill beyond the open quantity closes it and opens the rest on the other side at the fill's price. A partial
 *        close releases its share of the cost, rounded half to even at `COST_SCALE`; what the rounding leaves stays in the
 *        cost of the rest, so no digit is lost.
 */
export function applyFill(position: Position, fill: PositionFill): Position {
  const fees = trimmedSum(position.fees, fill.fee);
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
  return trimmedDifference(worth(position.quantity, mark, multiplier), position.cost);
}

function open(position: Position, signed: Decimal, fill: PositionFill): Position {
  const cost = trimmedSum(position.cost, worth(signed, fill.price, fill.multiplier));
  return { ...position, quantity: trimmedSum(position.quantity, signed), cost };
}

/** Closes up to the whole position; `signed` has the other sign and no more than its size. */
function close(position: Position, signed: Decimal, fill: PositionFill): Position {
  const quantity = trimmedSum(position.quantity, signed);
  const released = isZero(quantity) ? position.cost : shareOfCost(position, signed);
  const received = negate(worth(signed, fill.price, fill.multiplier));
  return {
    ...position,
    quantity,
    cost: trimmedDifference(position.cost, released),
    realised: trimmedSum(position.realised, subtract(received, released)),
  };
}

function shareOfCost(position: Position, signed: Decimal): Decimal {
  const product = multiply(position.cost, negate(signed));
  return divide(product, position.quantity, { scale: COST_SCALE, rounding: 'half-even' });
}

function signedQuantity(fill: PositionFill): Decimal {
  return fill.side === 'buy' ? fill.quantity : negate(fill.quantity);
}

function worth(quantity: Decimal, price: Decimal, multiplier: Decimal): Decimal {
  return multiply(multiply(quantity, price), multiplier);
}

/** Scales would only ever grow; a value keeps no zeros at its end. */
function trimmedSum(a: Decimal, b: Decimal): Decimal {
  return trim(add(a, b));
}

function trimmedDifference(a: Decimal, b: Decimal): Decimal {
  return trim(subtract(a, b));
}
