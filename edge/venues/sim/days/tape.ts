import { type Decimal, divide, fromInteger, multiply } from '@gatehouse/shared/values/decimal.ts';
import { addMs, type Instant } from '@gatehouse/shared/values/instant.ts';
import type { DayEvent } from '../day-event.ts';
import { createChances } from '../seeded.ts';
import type { Side, SimLevel } from '../sim-types.ts';
import type { DayRequest } from './scripted-day.ts';

const DEPTH = 5;
const TICKS_PER_UNIT_OF_PRICE = 10_000;

/**
 * How the market is while it goes on.
 *
 * Shape: each step shows a book and a trade at its best price. Units: `spread` and `swing` in basis points of the first price, `drift`
 *        in the same per step, `size` in lots of each level; a side that is `bare` has nobody.
 */
export interface Mood {
  readonly steps: number;
  readonly stepMs?: number;
  readonly spread?: number;
  readonly swing?: number;
  readonly drift?: number;
  readonly size?: number;
  readonly bare?: Side;
  readonly isCrossed?: boolean;
}

/** What each thing of an incident says beside its moment. */
type Said<Kind extends DayEvent> = Kind extends DayEvent ? Omit<Kind, 'at'> : never;

/** A day as it is written down, one mood after another. */
export interface Tape {
  go(mood: Mood): void;
  /** Moves the price at once, without a trade on the way. Units: basis points of the first price. */
  jump(bps: number): void;
  wait(ms: number): void;
  say(event: Said<DayEvent>): void;
  /** The price now, or so many basis points of the first price away from it. */
  price(bpsAway?: number): Decimal;
  readonly events: readonly DayEvent[];
}

/** An empty tape at the first price. */
export function createTape(request: DayRequest): Tape {
  return new Writing(request);
}

class Writing implements Tape {
  readonly events: DayEvent[] = [];
  readonly #request: DayRequest;
  readonly #chance: () => number;
  readonly #firstTicks: number;
  #ticks: number;
  #at: Instant;

  constructor(request: DayRequest) {
    this.#request = request;
    this.#chance = createChances(request.seed);
    const { units } = divide(request.price, request.instrument.tick, { scale: 0, rounding: 'half-even' });
    this.#firstTicks = Number(units);
    this.#ticks = this.#firstTicks;
    this.#at = request.from;
  }

  go({ steps, stepMs = 10_000, spread = 2, swing = 2, drift = 0, size = 20, bare, isCrossed }: Mood): void {
    for (let step = 0; step < steps; step += 1) {
      this.wait(stepMs);
      this.jump(drift + (this.#chance() - 0.5) * 2 * swing);
      const half = Math.max(1, this.#inTicks(spread / 2));
      // A crossed book bids above what it asks.
      const distance = isCrossed === true ? -half : half;
      const bids = bare === 'buy' ? [] : this.#levels('buy', distance, size);
      const asks = bare === 'sell' ? [] : this.#levels('sell', distance, size);
      const levels = [
        ...bids.map((one) => ({ side: 'buy' as const, ...one })),
        ...asks.map((one) => ({ side: 'sell' as const, ...one })),
      ];
      this.say({ kind: 'book', isSnapshot: true, levels });
      if (isCrossed !== true) this.#trade(bids[0], asks[0]);
    }
  }

  jump(bps: number): void {
    this.#ticks = Math.max(2 * DEPTH, this.#ticks + Math.round((this.#firstTicks * bps) / TICKS_PER_UNIT_OF_PRICE));
  }

  wait(ms: number): void {
    this.#at = addMs(this.#at, ms);
  }

  say(event: Said<DayEvent>): void {
    this.events.push({ ...event, at: this.#at });
  }

  price(bpsAway = 0): Decimal {
    return this.#priceAt(this.#ticks + this.#inTicks(bpsAway));
  }

  /** Others trade half of what stands, at the side that chance names. */
  #trade(bid: SimLevel | undefined, ask: SimLevel | undefined): void {
    this.wait(1_000);
    const aggressor = this.#chance() < 0.5 ? 'buy' : 'sell';
    const level = aggressor === 'buy' ? ask : bid;
    if (level === undefined) return;
    const half = divide(level.quantity, fromInteger(2), { scale: 0, rounding: 'up' });
    this.say({ kind: 'trade', price: level.price, quantity: half, aggressor });
  }

  #levels(side: Side, distance: number, size: number): readonly SimLevel[] {
    const away = side === 'buy' ? -1 : 1;
    return Array.from({ length: DEPTH }, (_, place) => {
      const lots = 1 + Math.floor(this.#chance() * size);
      const quantity = multiply(fromInteger(lots), this.#request.instrument.lot);
      return { price: this.#priceAt(this.#ticks + away * (distance + place)), quantity };
    });
  }

  #priceAt(ticks: number): Decimal {
    return multiply(fromInteger(ticks), this.#request.instrument.tick);
  }

  #inTicks(bps: number): number {
    return Math.round((this.#firstTicks * bps) / TICKS_PER_UNIT_OF_PRICE);
  }
}
