import { assert, KitError } from '@gatehouse/shared/errors.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { FigureText, Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { type Currency, currency as currencyOf } from '@gatehouse/shared/values/currency.ts';
import {
  type Decimal,
  decimal,
  divide,
  fromUnits,
  isZero,
  multiply,
  toText,
  trim,
} from '@gatehouse/shared/values/decimal.ts';
import type { Lei } from '@gatehouse/shared/values/identifiers.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { breakers } from './breakers/index.ts';
import { currentControls } from './controls/index.ts';
import { KILL_FLATTEN } from './reserved-algorithms.ts';
import { authorityParts, healthParts } from './starter/authority-parts.ts';
import { capitalParts, portfolioParts } from './starter/capital-parts.ts';
import { lawParts } from './starter/law-parts.ts';
import { errorParts, rateParts, sanityParts } from './starter/order-parts.ts';
import { starterBreakers } from './starter/starter-breakers.ts';
import {
  type Pace,
  perCent,
  type StarterBreaker,
  type StarterFigure,
  type StarterPart,
  type StarterTerms,
} from './starter/terms.ts';

/** Who signs a first sheet, for whom, and from when. Shape: people are opaque ids; they sign in these roles. */
export interface SheetHead {
  readonly id: string;
  readonly sequence: number;
  readonly mark: Sheet['mark'];
  readonly legalEntity: Lei;
  readonly from: Instant;
  readonly maker: string;
  readonly checkers: readonly string[];
  readonly reason: string;
}

/** What a demonstration sheet is made out to. Shape: what is left out is that of the default replay. */
export interface DemoSheetRequest {
  readonly id: string;
  readonly legalEntity: Lei;
  readonly accounts: readonly string[];
  readonly from: Instant;
  readonly maker: string;
  readonly checkers?: readonly string[];
  readonly sequence?: number;
  readonly instruments?: readonly string[];
  readonly algorithms?: readonly string[];
  readonly venues?: readonly string[];
  readonly pace?: Pace;
}

/**
 * What a careful sheet for a paper account is made for.
 *
 * Units: `capital` in `currency`; `price` is what one unit of a typical instrument costs, `lot` the least that one can order of it.
 */
export interface PaperAccount {
  readonly accounts: readonly string[];
  readonly capital: Decimal;
  readonly currency: Currency;
  readonly price: Decimal;
  readonly lot: Decimal;
  readonly instruments: readonly string[];
  readonly algorithms: readonly string[];
  readonly venues: readonly string[];
  readonly assetClasses: readonly string[];
  readonly sectors: readonly string[];
  readonly pace: Pace;
  /** Whether quotes come beside bars. */
  readonly hasQuotes?: boolean;
}

const BPS_SCALE = 4;
const CLOSING_SCOPE: ScopeText = `algorithm:${KILL_FLATTEN}`;
const PAPER_ORDER_BPS = 500;
const PAPER_POSITION_BPS = 2_000;
const REASON_LENGTH_MAX = 2_000;

/** The default replay: daily bars of the S&P 500 from 2000 to 2020, two strategies, an account of a million US dollars. */
const DEMO = {
  instruments: ['SP500-INDEX'],
  algorithms: ['ema-cross', 'bollinger-reversion'],
  venues: ['SIM'],
} as const;

/**
 * A sheet for demonstrations on paper and for nothing else.
 *
 * Units: sized for an index between 700 and 3,400 USD and an account of 1,000,000 USD.
 */
export function demoSheet(request: DemoSheetRequest): Sheet {
  const { id, legalEntity, from, maker, checkers = [], sequence = 1 } = request;
  const reason =
    'Limits for a demonstration on paper, sized for an index of 700 to 3,400 USD and an account of 1,000,000 USD.';
  return starterSheet({ id, sequence, mark: 'DEMO', legalEntity, from, maker, checkers, reason }, demoTerms(request));
}

/** What the demonstration's sheet is made for. */
export function demoTerms({ accounts, ...given }: DemoSheetRequest): StarterTerms {
  return {
    isDemo: true,
    accounts,
    algorithms: given.algorithms ?? DEMO.algorithms,
    instruments: given.instruments ?? DEMO.instruments,
    venues: given.venues ?? DEMO.venues,
    assetClasses: ['index'],
    sectors: ['broad-market'],
    pace: given.pace ?? 'daily',
    currency: currencyOf('USD'),
    capital: decimal('1000000'),
    quantityMax: decimal('200'),
    quantityWhy: 'Orders are for 25 to 50 units; four times the largest of them is more likely an error than an idea.',
    positionMax: decimal('150'),
    positionWhy: 'At 3,400 USD that is 510,000 USD, about half of the account.',
    orderShareBps: 1_500,
    exposureShareBps: 6_000,
    dayLossShareBps: 200,
    drawdownShareBps: 2_000,
    collarBps: 200,
    collarWhy: 'The index moves by less than two per cent on most days; a limit farther away is likely an error.',
  };
}

/**
 * What a careful first sheet of a paper account is made for.
 *
 * Errors: `VALUE_MALFORMED` where the capital does not buy one lot within the share that one order may have.
 */
export function paperTerms({ price, lot, ...account }: PaperAccount): StarterTerms {
  const unitsOf = (bps: number) => wholeLots({ amount: shareOfCapital(account.capital, bps), price, lot });
  const quantityMax = unitsOf(PAPER_ORDER_BPS);
  if (isZero(quantityMax)) {
    const capital = `${toText(account.capital)} ${account.currency}`;
    throw new KitError('VALUE_MALFORMED', `a capital of ${capital}, too little for a lot at ${toText(price)}`, {
      hint: 'Name a smaller lot or price, or more capital.',
    });
  }
  const at = `at ${toText(trim(price))} ${account.currency} for a unit`;
  return {
    ...account,
    isDemo: false,
    quantityMax,
    quantityWhy: `${perCent(PAPER_ORDER_BPS)} of the capital ${at}.`,
    positionMax: unitsOf(PAPER_POSITION_BPS),
    positionWhy: `${perCent(PAPER_POSITION_BPS)} of the capital ${at}.`,
    orderShareBps: PAPER_ORDER_BPS,
    exposureShareBps: 5_000,
    dayLossShareBps: 300,
    drawdownShareBps: 1_000,
    collarBps: 500,
    collarWhy:
      'Five per cent is the width of the bands of the largest US shares, and half of the ten that is the most for a first sheet.',
  };
}

/**
 * A first sheet: it names every control of this release as on, with figures and reasons, or off, with the reason.
 *
 * Shape: its maker answers for every control until the firm names somebody else.
 */
export function starterSheet({ checkers, ...head }: SheetHead, terms: StarterTerms): Sheet {
  const parts = starterParts(terms);
  return {
    v: 1,
    ...head,
    environment: 'paper',
    accounts: [...terms.accounts],
    currency: terms.currency,
    checkers: [...checkers],
    controls: currentControls.map(({ id, version }) => ({
      ...controlLine(partFor(parts, id), version, terms),
      owner: head.maker,
    })),
    breakers: starterBreakers(terms).map(breakerLine),
  };
}

/** What a first sheet says about each control. */
export function starterParts(terms: StarterTerms): readonly StarterPart[] {
  return [
    ...sanityParts(terms),
    ...errorParts(terms),
    ...rateParts(terms),
    ...capitalParts(terms),
    ...portfolioParts(),
    ...lawParts(terms),
    ...authorityParts(terms),
    ...healthParts(terms),
  ];
}

type ControlLine = Sheet['controls'][number];
type BreakerLine = NonNullable<Sheet['breakers']>[number];

function partFor(parts: readonly StarterPart[], id: string): StarterPart {
  const part = parts.find(({ control }) => control === id);
  assert(part !== undefined, `the first sheet says something about ${id}`);
  return part;
}

function controlLine(part: StarterPart, version: number, terms: StarterTerms): ControlLine {
  if ('off' in part) return { control: part.control, off: { reason: part.off } };
  const { control, per } = part;
  const on = scopesFor(per, terms).map((scope) => {
    const figures = scope === CLOSING_SCOPE ? part.figures.map(closingFigure) : part.figures;
    return { scope, figures: namedFigures(figures), reason: part.why ?? reasonsOf(figures) };
  });
  return { control, version, on };
}

function closingFigure({ name, figure, why, closing }: StarterFigure): StarterFigure {
  return { name, ...(closing ?? { figure, why }) };
}

/** The algorithm that closes positions under a kill needs limits as any other, or nothing could be closed. */
function scopesFor(
  per: 'firm' | 'account' | 'algorithm',
  { accounts, algorithms }: StarterTerms,
): readonly ScopeText[] {
  if (per === 'firm') return ['firm'];
  if (per === 'account') return accounts.map((account) => `account:${account}`);
  return [...algorithms.map((algorithm): ScopeText => `algorithm:${algorithm}`), CLOSING_SCOPE];
}

function breakerLine({ breaker, scope, level, figures, why }: StarterBreaker): BreakerLine {
  const known = breakers.find(({ id }) => id === breaker);
  assert(known !== undefined, `the first sheet names a breaker of this release, not ${breaker}`);
  const { version } = known;
  return { breaker, version, scope, level, figures: namedFigures(figures), reason: why ?? reasonsOf(figures) };
}

function namedFigures(figures: readonly StarterFigure[]): Record<string, FigureText> {
  return Object.fromEntries(figures.map(({ name, figure }) => [name, figure]));
}

function reasonsOf(figures: readonly StarterFigure[]): string {
  return figures
    .map(({ name, why }) => `${name}: ${why}`)
    .join(' ')
    .slice(0, REASON_LENGTH_MAX);
}

function shareOfCapital(capital: Decimal, bps: number): Decimal {
  return multiply(capital, fromUnits(BigInt(bps), BPS_SCALE));
}

interface Purse {
  readonly amount: Decimal;
  readonly price: Decimal;
  readonly lot: Decimal;
}

function wholeLots({ amount, price, lot }: Purse): Decimal {
  return trim(multiply(divide(amount, multiply(price, lot), { scale: 0, rounding: 'down' }), lot));
}
