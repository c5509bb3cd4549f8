import { ageMs } from '@gatehouse/shared/values/instant.ts';
import type { OrderLifeLimits } from './limits.ts';
import type { OrderRecords } from './order-records.ts';
import type { PriceSeen } from './triggers.ts';

/** What a watch over the market works with. */
interface SilenceDeps {
  readonly records: Pick<OrderRecords, 'incident'>;
  readonly monotonicMs: () => number;
  readonly limits: Pick<OrderLifeLimits, 'marketSilentMsMax'>;
}

/** Whether prices are to be expected, and whether anything depends on them. */
interface Expected {
  readonly isMarketOpen: boolean;
  readonly isNeeded: boolean;
}

/**
 * Finds out that a market has fallen silent while something depends on its prices.
 *
 * Shape: bars come once in their span, so that only what is later than that is silence. It is an alarm once, and a notice when prices
 *        come again; a market that its calendar calls closed is expected to be silent.
 */
export class MarketSilence {
  readonly #deps: SilenceDeps;
  #heardMs: number | undefined;
  #barMs = 0;
  #lost: string | undefined;
  #isTold = false;
  #says: string | undefined;

  constructor(deps: SilenceDeps) {
    this.#deps = deps;
  }

  /** Why nothing is known of the market; undefined while it is heard or nothing depends on it. */
  get says(): string | undefined {
    return this.#says;
  }

  heard({ openAt, closeAt }: Pick<PriceSeen, 'openAt' | 'closeAt'>): void {
    this.#heardMs = this.#deps.monotonicMs();
    this.#lost = undefined;
    if (closeAt > openAt) this.#barMs = ageMs(openAt, closeAt);
    if (!this.#isTold) return;
    this.#isTold = false;
    this.#says = undefined;
    this.#deps.records.incident({
      code: 'MARKET_BACK',
      severity: 'notice',
      message: 'Prices of the market come again.',
      hint: 'Orders that wait at the edge follow them from now on.',
    });
  }

  /** Whoever listens to the market knows that it cannot be heard. */
  lost(reason: string): void {
    this.#lost ??= reason;
  }

  look({ isMarketOpen, isNeeded }: Expected): void {
    const nowMs = this.#deps.monotonicMs();
    this.#heardMs ??= nowMs;
    if (!isMarketOpen) this.#heardMs = nowMs;
    const silentMs = nowMs - this.#heardMs;
    const isSilent = silentMs > this.#deps.limits.marketSilentMsMax + this.#barMs;
    if (!isMarketOpen || !isNeeded || (this.#lost === undefined && !isSilent)) {
      this.#says = undefined;
      return;
    }
    const why = this.#lost === undefined ? '' : ` The market cannot be heard: ${this.#lost}`;
    this.#says = `No price of the market came for ${Math.floor(silentMs / 1_000)} s.${why}`;
    if (this.#isTold) return;
    this.#isTold = true;
    this.#deps.records.incident({
      code: 'MARKET_SILENT',
      message: `${this.#says} Orders that wait at the edge cannot be triggered, and what is held is not watched.`,
      hint: 'Look at the market itself; close what is held by hand where it must not wait.',
    });
  }
}
