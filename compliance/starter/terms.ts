import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { FigureText } from '@gatehouse/shared/schema/sheet.ts';
import type { Currency } from '@gatehouse/shared/values/currency.ts';
import { type Decimal, fromUnits, multiply, rescale, toText, trim } from '@gatehouse/shared/values/decimal.ts';

/** How often prices come: as daily bars, as bars of a minute, or as quotes. */
export type Pace = 'daily' | 'minute' | 'live';

/**
 * What a first sheet is made for.
 *
 * Shape:  `isDemo` is a replay of bars of the past on paper, where lists never change and no hub may delay anything.
 * Units:  `capital` in `currency`; `quantityMax` and `positionMax` in units of an instrument; shares of the capital and collars in
 *         basis points.
 */
export interface StarterTerms {
  readonly isDemo: boolean;
  readonly accounts: readonly string[];
  readonly algorithms: readonly string[];
  readonly instruments: readonly string[];
  readonly venues: readonly string[];
  readonly assetClasses: readonly string[];
  readonly sectors: readonly string[];
  readonly pace: Pace;
  /** Whether quotes come beside bars; with the pace of quotes they do. */
  readonly hasQuotes?: boolean;
  readonly currency: Currency;
  readonly capital: Decimal;
  readonly quantityMax: Decimal;
  readonly quantityWhy: string;
  readonly positionMax: Decimal;
  readonly positionWhy: string;
  readonly orderShareBps: number;
  readonly exposureShareBps: number;
  readonly dayLossShareBps: number;
  readonly drawdownShareBps: number;
  readonly collarBps: number;
  readonly collarWhy: string;
}

/** A figure of a first sheet with the reason for its size. */
export interface StarterFigure {
  readonly name: string;
  readonly figure: FigureText;
  readonly why: string;
  /** Another size for the algorithm that closes whole positions under a kill, where there is one. */
  readonly closing?: { readonly figure: FigureText; readonly why: string };
}

/** What a first sheet says about one control. Shape: `why` is for a control that has nothing to set. */
export type StarterPart =
  | {
      readonly control: string;
      readonly per: 'firm' | 'account' | 'algorithm';
      readonly figures: readonly StarterFigure[];
      readonly why?: string;
    }
  | { readonly control: string; readonly off: string };

/** What a first sheet says about one breaker. */
export interface StarterBreaker {
  readonly breaker: string;
  readonly scope: ScopeText;
  readonly level: 'pause' | 'cancel' | 'flatten';
  readonly figures: readonly StarterFigure[];
  readonly why?: string;
}

/** A second, a minute, an hour and a day. Units: milliseconds. */
export const MS = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

const BPS_SCALE = 4;
const CENTS = 2;

/** Whether anybody says at which prices one can deal now. */
export function isQuoted({ hasQuotes, pace }: StarterTerms): boolean {
  return hasQuotes ?? pace === 'live';
}

/** A figure with its reason. */
export function because(name: string, figure: FigureText, why: string): StarterFigure {
  return { name, figure, why };
}

/** A figure for every order, and a wider one for an order that closes a whole position. */
export function orClosing(given: StarterFigure, figure: FigureText): StarterFigure {
  return {
    ...given,
    closing: { figure, why: 'A kill closes a whole position with one order, however many built it.' },
  };
}

/** A share of the capital as a sheet writes it, rounded down to a hundredth. Units: `bps` in basis points. */
export function shareOf({ capital }: StarterTerms, bps: number): string {
  const share = multiply(capital, fromUnits(BigInt(bps), BPS_SCALE));
  return toText(trim(rescale(share, { scale: CENTS, rounding: 'down' })));
}

/** A share in words: 250 is `2.5 per cent`. Units: basis points. */
export function perCent(bps: number): string {
  return `${toText(trim(fromUnits(BigInt(bps), CENTS)))} per cent`;
}

/** The capital in words. */
export function capitalText({ capital, currency }: StarterTerms): string {
  return `the capital of ${toText(trim(capital))} ${currency}`;
}

/** The oldest price that is still one of the market, and why. */
export function priceAge({ pace }: StarterTerms): { readonly ms: number; readonly why: string } {
  if (pace === 'daily') {
    return {
      ms: 4 * MS.day,
      why: 'Bars are daily; a weekend with a holiday takes four days, and a longer gap is a reason to look.',
    };
  }
  if (pace === 'minute')
    return { ms: 3 * MS.minute, why: 'Bars come every minute; when three are missing the feed is down.' };
  return {
    ms: 5 * MS.second,
    why: 'A market that trades is quoted again within seconds; a longer silence is a fault.',
  };
}

/** The oldest rate of exchange that is trusted; the firm's own currency needs none. */
export function rateAge(): StarterFigure {
  return because(
    'rateAgeMsMax',
    MS.day,
    'Rates are fixed once a day; everything in the currency of the firm needs none.',
  );
}

/** How far from the last price a market order is taken to trade, against us. Units: basis points. */
export function marketOrder({ pace }: StarterTerms): StarterFigure {
  return pace === 'daily'
    ? because(
        'marketOrderBps',
        200,
        'An order decided on a daily close fills at a later price; two per cent covers most days.',
      )
    : because('marketOrderBps', 100, 'An order fills moments after it was decided; one per cent covers a fast market.');
}

/** How every control on values measures what is held and what is ordered. */
export function valuation(terms: StarterTerms): readonly StarterFigure[] {
  const { ms, why } = priceAge(terms);
  return [marketOrder(terms), because('markAgeMsMax', ms, why), rateAge()];
}

/** What a whole position may be worth when it is closed: twice what may be held, since prices move. Units: basis points. */
export function closingShareBps({ exposureShareBps }: StarterTerms): number {
  return 2 * exposureShareBps;
}
