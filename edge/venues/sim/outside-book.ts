import { compare, type Decimal, isZero, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { isBetter } from './live-order.ts';
import type { Side, SimBookDelta, SimLevel, SimQuote } from './sim-types.ts';

/** So many levels a side are kept; the worst beyond them are forgotten, because nothing reaches them. */
const LEVELS_MAX = 5_000;

/** A level whose quantity shrinks as orders of ours take from it, until data says anew what is there. */
interface Level {
  readonly price: Decimal;
  quantity: Decimal;
}

/** The book of everybody else, as data shows it. */
export interface OutsideBook {
  /** When data last spoke of the book; undefined while it never did. */
  readonly at: Instant | undefined;
  quote(quote: SimQuote): void;
  change(delta: SimBookDelta): void;
  /** The best level of a side, `undefined` where nobody stands. */
  best(side: Side): SimLevel | undefined;
  levels(side: Side): readonly SimLevel[];
  quantityAt(side: Side, price: Decimal): Decimal;
  /** Whether data shows who stands at a price: quotes show nothing behind the best. */
  isShown(side: Side, price: Decimal): boolean;
  take(side: Side, price: Decimal, quantity: Decimal): void;
  /** Whether the best bid lies above the best ask, as it does only where the data is wrong. */
  isCrossed(): boolean;
}

/** A book of which nothing is known yet. */
export function createOutsideBook(): OutsideBook {
  return new Outside();
}

class Outside implements OutsideBook {
  at: Instant | undefined;
  #bids: Level[] = [];
  #asks: Level[] = [];
  #showsBestOnly = false;

  quote({ at, bid, ask }: SimQuote): void {
    this.at = at;
    this.#showsBestOnly = true;
    this.#bids = bid === undefined || isZero(bid.quantity) ? [] : [{ ...bid }];
    this.#asks = ask === undefined || isZero(ask.quantity) ? [] : [{ ...ask }];
  }

  change({ at, isSnapshot, levels }: SimBookDelta): void {
    this.at = at;
    this.#showsBestOnly = false;
    if (isSnapshot === true) {
      this.#bids = [];
      this.#asks = [];
    }
    for (const { side, price, quantity } of levels) this.#set(side, price, quantity);
  }

  best(side: Side): SimLevel | undefined {
    return this.#of(side)[0];
  }

  levels(side: Side): readonly SimLevel[] {
    return this.#of(side);
  }

  quantityAt(side: Side, price: Decimal): Decimal {
    const levels = this.#of(side);
    const level = levels[placeOf(levels, side, price)];
    return level !== undefined && compare(level.price, price) === 0 ? level.quantity : ZERO;
  }

  isShown(side: Side, price: Decimal): boolean {
    const best = this.best(side);
    return !this.#showsBestOnly || best === undefined || !isBetter(price, best.price, side);
  }

  take(side: Side, price: Decimal, quantity: Decimal): void {
    this.#set(side, price, subtract(this.quantityAt(side, price), quantity));
  }

  isCrossed(): boolean {
    const [bid] = this.#bids;
    const [ask] = this.#asks;
    return bid !== undefined && ask !== undefined && compare(bid.price, ask.price) > 0;
  }

  #of(side: Side): Level[] {
    return side === 'buy' ? this.#bids : this.#asks;
  }

  #set(side: Side, price: Decimal, quantity: Decimal): void {
    const levels = this.#of(side);
    const place = placeOf(levels, side, price);
    const level = levels[place];
    const isThere = level !== undefined && compare(level.price, price) === 0;
    if (quantity.units <= 0n) {
      if (isThere) levels.splice(place, 1);
      return;
    }
    if (isThere) {
      level.quantity = quantity;
      return;
    }
    levels.splice(place, 0, { price, quantity });
    if (levels.length > LEVELS_MAX) levels.pop();
  }
}

/** Where a price stands, or would stand, among levels with the best first. */
function placeOf(levels: readonly Level[], side: Side, price: Decimal): number {
  let low = 0;
  let high = levels.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const level = levels[middle];
    if (level !== undefined && isBetter(price, level.price, side)) low = middle + 1;
    else high = middle;
  }
  return low;
}
