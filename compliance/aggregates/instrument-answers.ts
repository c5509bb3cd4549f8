import { multiply, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { InstrumentCell, InstrumentGroup, SideQuantities } from '../own-facts.ts';
import type { Cell, InstrumentState, InstrumentTerms } from './holding-state.ts';

const FLAT = { position: ZERO, openBuy: ZERO, openSell: ZERO, held: undefined };

type Quantities = Pick<InstrumentCell, 'position' | 'openBuy' | 'openSell' | 'held'>;

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

/** The parts of a scope that an instrument belongs to. */
export function groupsOf({ terms, tier }: InstrumentState): readonly InstrumentGroup[] {
  const groups: InstrumentGroup[] =
    terms === undefined ? [] : [`sector:${terms.sector}`, `asset-class:${terms.assetClass}`];
  return tier === undefined ? groups : [...groups, `tier:${tier}`];
}

/** Takes in that the mark or the terms of an instrument changed. */
export function revalue(instrument: InstrumentState): void {
  const { terms, mark } = instrument;
  instrument.unitValue = terms === undefined || mark === undefined ? undefined : multiply(mark, terms.multiplier);
  instrument.flat = undefined;
  instrument.version += 1;
}

/** What waits at the edge, where something does. */
export function heldIn({ heldBuy: buy, heldSell: sell }: Cell): SideQuantities | undefined {
  return buy.units === 0n && sell.units === 0n ? undefined : { buy, sell };
}
