import type { Currency } from '../values/currency.ts';
import type { Decimal } from '../values/decimal.ts';

/**
 * What can be traded, under our own id.
 *
 * Shape: `declared` says in words what a demo instrument stands for; ISIN, CFI and symbols are dated attributes kept elsewhere.
 * Units: `tick` in `currency` per unit, `lot` in units, `multiplier` in `currency` per point and unit.
 */
export interface Instrument {
  readonly id: string;
  readonly title: string;
  readonly declared?: string;
  readonly venue: string;
  readonly currency: Currency;
  readonly tick: Decimal;
  readonly lot: Decimal;
  readonly multiplier: Decimal;
  readonly zone: string;
}
