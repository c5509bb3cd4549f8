import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { Currency } from '@gatehouse/shared/values/currency.ts';
import { type Decimal, multiply, signOf, trim } from '@gatehouse/shared/values/decimal.ts';
import { ageMs } from '@gatehouse/shared/values/instant.ts';
import type { FactFiles } from './fact-files.ts';
import { type Figures, NO_FIGURES } from './verdict.ts';

/** What amounts are converted with. Shape: `currency` is the firm's own. Units: `rateAgeMsMax` in milliseconds of market time. */
export interface ConversionInput {
  readonly files: Pick<FactFiles, 'rates'>;
  readonly facts: Pick<DecisionFacts, 'now'>;
  readonly currency: Currency;
  readonly rateAgeMsMax: number;
}

/** An amount in the firm's currency, or the sentence that says why it has none. */
export type Converted =
  | { readonly kind: 'known'; readonly amount: Decimal; readonly figures: Figures }
  | { readonly kind: 'unknown'; readonly reason: string; readonly figures: Figures };

/**
 * The value of an amount in the firm's own currency, exact.
 *
 * Shape:  an amount in that currency needs no rate. Otherwise the rate from the one to the other counts, as the file of rates
 *         writes it: a rate of the other direction is not turned round, since that would round. A rate that is not known, not
 *         above zero, too old or from the future gives no value. The figures name the rate and its age.
 * Units:  `amount` in `from`; the age of a rate is measured in market time, as that of a price.
 */
export function inFirmCurrency(amount: Decimal, from: Currency, input: ConversionInput): Converted {
  const { currency, files, facts, rateAgeMsMax } = input;
  if (from === currency) return { kind: 'known', amount, figures: NO_FIGURES };
  if (files.rates === undefined) return unknown('The file of exchange rates is not known.', NO_FIGURES);
  const row = files.rates.of(from, currency);
  if (row === undefined) return unknown(`The rate from ${from} to ${currency} is not known.`, NO_FIGURES);

  const rateAgeMs = ageMs(row.at, facts.now);
  const figures = { rateCurrency: from, rate: row.rate, rateAgeMs };
  if (signOf(row.rate) <= 0) return unknown(`The rate from ${from} to ${currency} is not above zero.`, figures);
  if (rateAgeMs < 0) return unknown(`The rate from ${from} to ${currency} is from the future.`, figures);
  if (rateAgeMs > rateAgeMsMax) return unknown(`The rate from ${from} to ${currency} is too old.`, figures);
  return { kind: 'known', amount: trim(multiply(amount, row.rate)), figures };
}

function unknown(reason: string, figures: Figures): Converted {
  return { kind: 'unknown', reason, figures };
}
