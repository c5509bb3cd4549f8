import { inForce } from '@gatehouse/shared/law/in-force.ts';
import { type Decimal, divide, fromInteger, maximum, signOf, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { MarginQuestion, MarginRates } from './margin-requirement.ts';
import {
  INITIAL_MARGIN,
  INTRADAY_MARGIN,
  legalRates,
  MAINTENANCE_MARGIN,
  type MarginRule,
  MINIMUM_EQUITY,
  type RatesBps,
} from './margin-rules.ts';

/** The ways in which an account may deal with borrowed money. */
export type MarginRegime = 'reg-t' | 'intraday' | 'venue';

const BPS_SCALE = 4;
/** The share that a leverage leaves to be covered is rounded up at this scale, against the account. */
const SHARE_SCALE = 18;
const ONE: Decimal = Object.freeze({ units: 1n, scale: 0 });

/**
 * What has to be covered under a regime on a day, by the law and by the house's own row, of which the higher counts.
 *
 * Shape:  under `reg-t` the initial margin, and the maintenance margin where that is higher; under `intraday` the margin for
 *         positions of the day; under `venue` what the leverage of the venue leaves, and the house's initial margin. The rate
 *         for what is owed is never below that for what is held. Undefined on a day before the first rule of the regime; a row
 *         that names no leverage has no rates under `venue`.
 */
export function ratesUnder(regime: MarginRegime, day: string): MarginQuestion['ratesFor'] | undefined {
  switch (regime) {
    case 'reg-t': {
      const initial = ruleOn(INITIAL_MARGIN, day);
      const maintenance = ruleOn(MAINTENANCE_MARGIN, day);
      if (initial === undefined || maintenance === undefined) return undefined;
      return (row, assetClass) =>
        highest([
          legalRates(initial, assetClass),
          legalRates(maintenance, assetClass),
          both(row.initialBps),
          both(row.maintenanceBps),
        ]);
    }
    case 'intraday': {
      const intraday = ruleOn(INTRADAY_MARGIN, day);
      if (intraday === undefined) return undefined;
      return (row, assetClass) => highest([legalRates(intraday, assetClass), both(row.maintenanceBps)]);
    }
    case 'venue':
      return ({ leverageMax, initialBps }) => leverageRates(leverageMax, initialBps);
  }
}

/**
 * What an account must be worth to deal under a regime, in US dollars; zero where the regime sets nothing.
 *
 * Errors: `NOT_FOUND` for a day before the first rule.
 */
export function minimumEquityUsd(regime: MarginRegime, day: string): Decimal {
  return regime === 'venue' ? ZERO : fromInteger(inForce(MINIMUM_EQUITY, day).amountUsd);
}

function ruleOn(rules: readonly MarginRule[], day: string): MarginRule | undefined {
  return rules.some(({ from }) => from <= day) ? inForce(rules, day) : undefined;
}

function leverageRates(leverageMax: Decimal | undefined, initialBps: number): MarginRates | undefined {
  if (leverageMax === undefined || signOf(leverageMax) <= 0) return undefined;
  const left = divide(ONE, leverageMax, { scale: SHARE_SCALE, rounding: 'up' });
  const share = maximum(left, asShare(initialBps));
  return { long: share, short: share };
}

function highest(rates: readonly RatesBps[]): MarginRates {
  const long = Math.max(...rates.map(({ longBps }) => longBps));
  const short = Math.max(long, ...rates.map(({ shortBps }) => shortBps));
  return { long: asShare(long), short: asShare(short) };
}

function both(bps: number): RatesBps {
  return { longBps: bps, shortBps: bps };
}

function asShare(bps: number): Decimal {
  return { units: BigInt(bps), scale: BPS_SCALE };
}
