import type { Currency } from '../values/currency.ts';
import { type Decimal, isZero, negate, subtract, trim, ZERO } from '../values/decimal.ts';
import type { Instant } from '../values/instant.ts';
import { worth } from './exact.ts';
import {
  adjustLots,
  applyToLots,
  type LotAdjustment,
  type LotFill,
  type Lots,
  mergeLots,
  NO_LOTS,
  splitLots,
} from './lots.ts';
import { adjustPosition, applyFill, FLAT, mergePositions, type Position, splitPosition } from './position.ts';
import type { SplitRatio } from './split.ts';

/** An execution as it counts now. Shape: `feeCurrency` is absent where the fee is in the currency of the price. */
export interface HeldFill extends LotFill {
  readonly order: string;
  readonly feeCurrency?: Currency | undefined;
}

/**
 * What moved a holding.
 *
 * Shape: a `busted` fill counts for nothing and is kept, since it may be corrected later. An `undo` takes an execution back that is too
 *        old to be taken out of the row.
 */
export type HoldingStep =
  | { readonly kind: 'fill' | 'busted' | 'undo'; readonly fill: HeldFill }
  | { readonly kind: 'adjustment'; readonly adjustment: LotAdjustment }
  | { readonly kind: 'split'; readonly at: Instant; readonly ratio: SplitRatio };

/** A position by both methods: at average cost, and as lots of which the oldest are closed first. */
export interface Valued {
  readonly average: Position;
  readonly lots: Lots;
}

/**
 * What an account holds of one instrument, by both methods over the same executions.
 *
 * Shape: `base` with the `steps` since it gives what is held now. What changes later about one of the steps (a bust, a correction, a
 *        split that is told late, a fill that was on its way at a split) is put in its place and all is folded again, so the books are as
 *        if it had been so from the beginning. An execution older than the steps is taken back by its reverse at its own price and fee:
 *        cash and the identity are exact then too, and what it had realised moves into the cost of what is held.
 */
export interface Holding extends Valued {
  readonly currency: Currency;
  readonly base: Valued;
  readonly steps: readonly HoldingStep[];
}

/** At least so many steps are kept where there were as many, and fewer than twice as many. */
export const STEPS_KEPT = 50;

const NOTHING: Valued = { average: FLAT, lots: NO_LOTS };

/** A holding before anything moved it. */
export function emptyHolding(currency: Currency): Holding {
  return { ...NOTHING, currency, base: NOTHING, steps: [] };
}

/** A holding as a snapshot has it: the base with its steps, folded again. */
export function restoredHolding({ currency, base, steps }: Omit<Holding, keyof Valued>): Holding {
  return { ...folded(base, steps, currency), currency, base, steps };
}

/** The holding after an execution. Shape: one from before a split that is on record counts before it. */
export function takeFill(holding: Holding, fill: HeldFill): Holding {
  const step: HoldingStep = { kind: 'fill', fill };
  const split = holding.steps.findIndex((known) => known.kind === 'split' && known.at > fill.at);
  return split === -1 ? appended(holding, step) : insertedAt(holding, split, step);
}

/** The holding after a person has set it right. */
export function takeAdjustment(holding: Holding, adjustment: LotAdjustment): Holding {
  return appended(holding, { kind: 'adjustment', adjustment });
}

/** The holding after a split. Shape: executions at or after its moment are in new units already and count after it. */
export function takeSplit(holding: Holding, at: Instant, ratio: SplitRatio): Holding {
  const step: HoldingStep = { kind: 'split', at, ratio };
  const index = firstSince(holding, at);
  return index === -1 ? appended(holding, step) : insertedAt(holding, index, step);
}

/** What was held before a moment, as far back as the steps go. Units: signed, of the instrument. */
export function quantityBefore({ base, steps, average, currency }: Holding, at: Instant): Decimal {
  const index = firstSince({ steps }, at);
  return index === -1 ? average.quantity : folded(base, steps.slice(0, index), currency).average.quantity;
}

/** An execution among the steps, with whether it counts. */
export function findFill(
  holding: Holding,
  id: string,
): { readonly fill: HeldFill; readonly isBusted: boolean } | undefined {
  const step = holding.steps.find((known) => isFill(known) && known.fill.fill === id);
  if (step === undefined || !isFill(step)) return undefined;
  return { fill: step.fill, isBusted: step.kind === 'busted' };
}

/** What an execution is instead of what it was. Units: as in the fill. */
export type FillFigures = Pick<HeldFill, 'quantity' | 'price' | 'fee'>;

/** The holding with other figures of an execution among its steps, or without it. */
export function changeFill(holding: Holding, id: string, after: FillFigures | undefined): Holding {
  const steps = holding.steps.map((step): HoldingStep => {
    if (!isFill(step) || step.fill.fill !== id) return step;
    if (after === undefined) return { kind: 'busted', fill: step.fill };
    return { kind: 'fill', fill: { ...step.fill, ...figuresOf(after) } };
  });
  return restoredHolding({ ...holding, steps });
}

/** The holding with an execution taken back that is older than its steps, and with other figures in its place where there are any. */
export function reverseFill(holding: Holding, fill: HeldFill, after: FillFigures | undefined): Holding {
  const undone = appended(holding, { kind: 'undo', fill: reversed(fill) });
  if (after === undefined) return appended(undone, { kind: 'busted', fill });
  return appended(undone, { kind: 'fill', fill: { ...fill, ...figuresOf(after) } });
}

/** Two holdings as one, after a change of symbol. Shape: where both have moved, what each was made of can be changed in place no more. */
export function mergeHoldings(a: Holding, b: Holding | undefined): Holding {
  if (b === undefined) return a;
  const base = { average: mergePositions(b.average, a.average), lots: mergeLots(b.lots, a.lots) };
  return { ...base, currency: b.currency, base, steps: [] };
}

/** What an execution moves in cash. Shape: the fee stands apart, since it may be in another currency. */
export function paidFor({ side, quantity, price, multiplier }: HeldFill): Decimal {
  const paid = worth(quantity, price, multiplier);
  return trim(side === 'buy' ? negate(paid) : paid);
}

function firstSince({ steps }: Pick<Holding, 'steps'>, at: Instant): number {
  return steps.findIndex((step) => isFill(step) && step.fill.at >= at);
}

function isFill(step: HoldingStep): step is Extract<HoldingStep, { fill: HeldFill }> & { kind: 'fill' | 'busted' } {
  return step.kind === 'fill' || step.kind === 'busted';
}

function figuresOf({ quantity, price, fee }: FillFigures): FillFigures {
  return { quantity, price, fee };
}

function reversed(fill: HeldFill): HeldFill {
  return { ...fill, side: fill.side === 'buy' ? 'sell' : 'buy', fee: negate(fill.fee) };
}

function insertedAt(holding: Holding, index: number, step: HoldingStep): Holding {
  const steps = [...holding.steps.slice(0, index), step, ...holding.steps.slice(index)];
  return restoredHolding({ ...holding, steps });
}

function appended(holding: Holding, step: HoldingStep): Holding {
  const { currency } = holding;
  const now = stepped(holding, step, currency);
  const steps = [...holding.steps, step];
  if (steps.length < 2 * STEPS_KEPT) return { ...now, currency, base: holding.base, steps };
  const base = folded(holding.base, steps.slice(0, -STEPS_KEPT), currency);
  return { ...now, currency, base, steps: steps.slice(-STEPS_KEPT) };
}

function folded(base: Valued, steps: readonly HoldingStep[], currency: Currency): Valued {
  return steps.reduce((valued, step) => stepped(valued, step, currency), base);
}

function stepped({ average, lots }: Valued, step: HoldingStep, currency: Currency): Valued {
  if (step.kind === 'busted') return { average, lots };
  if (step.kind === 'adjustment') {
    return { average: adjustPosition(average, step.adjustment), lots: adjustLots(lots, step.adjustment) };
  }
  if (step.kind === 'split') return { average: splitPosition(average, step.ratio), lots: splitLots(lots, step.ratio) };
  const { fill } = step;
  const isOwnFee = fill.feeCurrency === undefined || fill.feeCurrency === currency;
  const moved = applyFill(average, isOwnFee ? fill : { ...fill, fee: ZERO });
  return { average: moved, lots: applyToLots(lots, fill).lots };
}

/** Whether a change is about the figures that are known. */
export function isSameFigures(a: FillFigures, b: FillFigures): boolean {
  return [subtract(a.quantity, b.quantity), subtract(a.price, b.price), subtract(a.fee, b.fee)].every(isZero);
}
