import { inForce } from '@gatehouse/shared/law/in-force.ts';
import type { AssetClass } from '@gatehouse/shared/schema/facts/reference-data.ts';
import { type Decimal, divide, maximum, signOf } from '@gatehouse/shared/values/decimal.ts';
import type { HouseRow, MarginRates } from './margin-requirement.ts';
import {
  INITIAL_MARGIN,
  INTRADAY_MARGIN,
  legalRates,
  MAINTENANCE_MARGIN,
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
 *         for what is owed is never below that for what is held. Undefined where the row names no leverage for `venue`.
 * Errors: `NOT_FOUND` for a day before the first rule.
 */
export function ratesUnder(
  regime: MarginRegime,
  day: string,
): (row: HouseRow, assetClass: AssetClass) => MarginRates | undefined {
  switch (regime) {
    case 'reg-t': {
      const initial = inForce(INITIAL_MARGIN, day);
      const maintenance = inForce(MAINTENANCE_MARGIN, day);
      return (row, assetClass) =>
        highest([
          legalRates(initial, assetClass),
          legalRates(maintenance, assetClass),
          both(row.initialBps),
          both(row.maintenanceBps),
        ]);
    }
    case 'intraday': {
      const intraday = inForce(INTRADAY_MARGIN, day);
      return (row, assetClass) => highest([legalRates(intraday, assetClass), both(row.maintenanceBps)]);
    }
    case 'venue':
      return ({ leverageMax, initialBps }) => leverageRates(leverageMax, initialBps);
  }
}

/** What an account must be worth to deal under a regime, in US dollars; undefined where the regime sets nothing. */
export function minimumEquityUsd(regime: MarginRegime, day: string): Decimal | undefined {
  if (regime === 'venue') return undefined;
  return { units: BigInt(inForce(MINIMUM_EQUITY, day).amountUsd), scale: 0 };
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
