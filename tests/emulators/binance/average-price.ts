import { add, type Decimal, divide, multiply, signOf, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';

interface Part {
  readonly atMs: number;
  readonly quantity: Decimal;
  readonly value: Decimal;
}

/** As long as the exchange's filters look back. */
export const AVERAGE_MINUTES = 5;
const WINDOW_MS = AVERAGE_MINUTES * 60_000;
const SCALE = 8;

/** What was paid on average of late, weighted by what was traded; the last price where nothing was. Source: Binance spot API documentation, "Filters". */
export class AveragePrice {
  readonly #parts: Part[] = [];
  #quantity: Decimal = ZERO;
  #value: Decimal = ZERO;
  #last: Decimal | undefined;

  take({
    atMs,
    price,
    quantity,
  }: {
    readonly atMs: number;
    readonly price: Decimal;
    readonly quantity: Decimal;
  }): void {
    const value = multiply(price, quantity);
    this.#parts.push({ atMs, quantity, value });
    this.#quantity = add(this.#quantity, quantity);
    this.#value = add(this.#value, value);
    this.#last = price;
    this.#forget(atMs - WINDOW_MS);
  }

  at(nowMs: number): Decimal | undefined {
    this.#forget(nowMs - WINDOW_MS);
    if (signOf(this.#quantity) <= 0) return this.#last;
    return divide(this.#value, this.#quantity, { scale: SCALE, rounding: 'half-even' });
  }

  #forget(beforeMs: number): void {
    const kept = this.#parts.findIndex(({ atMs }) => atMs >= beforeMs);
    const gone = this.#parts.splice(0, kept === -1 ? this.#parts.length : kept);
    for (const { quantity, value } of gone) {
      this.#quantity = subtract(this.#quantity, quantity);
      this.#value = subtract(this.#value, value);
    }
  }
}
