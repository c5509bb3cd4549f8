import { ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { InstrumentCell } from '../own-facts.ts';
import type { InstrumentState, InstrumentTerms } from './holding-state.ts';

const FLAT = { position: ZERO, openBuy: ZERO, openSell: ZERO };

type Quantities = Pick<InstrumentCell, 'position' | 'openBuy' | 'openSell'>;

/** What the gate hears of an instrument in a scope. */
export function asAnswer(state: InstrumentState, terms: InstrumentTerms, quantities: Quantities): InstrumentCell {
  const { currency, multiplier } = terms;
  return { currency, multiplier, ...quantities, mark: state.mark, markAt: state.markAt };
}

/** The same where the scope never dealt in it. */
export function flatIn(instrument: InstrumentState, terms: InstrumentTerms): InstrumentCell {
  const answer = instrument.flat ?? asAnswer(instrument, terms, FLAT);
  instrument.flat = answer;
  return answer;
}
