import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import type { SeenBy } from './check-input.ts';
import { judgeAge } from './data-age.ts';
import type { PortfolioAnswer, PortfolioFigure } from './fact-files.ts';
import { DurationMs, lowerIsTighter } from './limit-fields.ts';
import { known, pass, type ReducingOnly, reducingOnly, refuse, type Verdict } from './verdict.ts';

/** Where a figure stands to its limit; `impossible` is a figure that cannot be what it claims to be. */
export type FigureStanding = 'inside' | 'outside' | 'impossible';

/** A figure as it is named within a sentence, and the sentences that say how it stands. */
export interface FigureWords {
  readonly name: string;
  readonly inside: string;
  readonly outside: string;
  readonly impossible: string;
}

/** The sentences about a figure, put together once for many orders. */
export function figureWords(name: string): FigureWords {
  return {
    name,
    inside: `The ${name} is within its limit.`,
    outside: `The ${name} is beyond its limit`,
    impossible: `The ${name} is no figure that it can have.`,
  };
}

/** What is asked of a figure that somebody else computed. */
export interface FigureQuestion {
  readonly figure: PortfolioFigure;
  readonly words: FigureWords;
  readonly figureAgeMsMax: number;
  readonly judge: (answer: PortfolioAnswer) => FigureStanding;
}

/** The scopes that portfolios are kept by. */
export const portfolioScopes = ['firm', 'desk', 'trader', 'client', 'account', 'algorithm'] as const;

/** The figure that every control on a portfolio has. Shape: fields for its `limits`. */
export const figureLimits = {
  figureAgeMsMax: DurationMs.describe(
    'How old the figure may be, in milliseconds of market time since the moment that it was computed for.',
  ).meta(lowerIsTighter),
} as const;

/**
 * Judges an order by a dated figure of the portfolio that it goes into.
 *
 * Shape:  a figure that is missing, too old, from the future or impossible refuses every order. A figure beyond its limit refuses
 *         all but an order that can only bring its account's position nearer to zero.
 * Errors: throws `NotKnown`, which refuses, where the file has no such figure for the scope.
 */
export function judgeFigure(
  input: SeenBy<'moment', never, 'portfolio'>,
  scope: ScopeText,
  question: FigureQuestion,
): Verdict | ReducingOnly {
  const { figure, words, figureAgeMsMax, judge } = question;
  const row = known(input.files.portfolio.of(scope, figure), words.name);
  const age = judgeAge(words.name, { at: row.at, now: input.facts.now, ageMsMax: figureAgeMsMax });
  const figures = { figure: row.value, figureAgeMs: age.ageMs };
  if (age.problem !== undefined) return refuse(age.problem, figures);

  switch (judge(row)) {
    case 'inside':
      return pass(words.inside, figures);
    case 'outside':
      return reducingOnly(words.outside, figures);
    case 'impossible':
      return refuse(words.impossible, figures);
  }
}

/** Judges a figure as an exact number; a text that is none is impossible. */
export function asNumber(judge: (value: Decimal) => FigureStanding): (answer: PortfolioAnswer) => FigureStanding {
  return ({ number }) => (number === undefined ? 'impossible' : judge(number));
}
