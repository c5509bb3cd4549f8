import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';

/** A closed bar as a strategy sees it: floats for its statistics, and the exact bar beside them. */
export interface StrategyBar {
  readonly index: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly exact: Bar;
}

/** What the strategy itself holds. Units: signed units of the instrument; open is what is entered and not yet done. */
export interface StrategyView {
  readonly position: number;
  readonly openQuantity: number;
}

/** What every proposal says, whatever its type. Shape: without a time in force the order is for the day. */
interface ProposalTerms {
  readonly side: 'buy' | 'sell';
  readonly quantity: number;
  readonly timeInForce?: 'day' | 'gtc' | 'ioc' | 'fok';
  readonly postOnly?: true;
  readonly reduceOnly?: true;
  readonly auction?: 'open' | 'close';
  /** Two orders that close what this one opens, of which one cancels the other. Units: prices. */
  readonly exits?: { readonly takeProfit: number; readonly stopLoss: number };
}

/**
 * An order that a strategy would like; the engine makes it exact and the gate decides.
 *
 * Shape: a limit price belongs to a proposal with a limit alone, a stop price to a stop or take-profit.
 * Units: `quantity` in units of the instrument, cut down to whole lots; `limitPrice` is moved to the tick on the side
 *        that is worse for the strategy's chance of a fill, a stop price to the tick on the side that is reached later.
 */
export type Proposal = ProposalTerms &
  (
    | { readonly type: 'market' }
    | { readonly type: 'limit'; readonly limitPrice: number }
    | { readonly type: 'stop' | 'take-profit'; readonly stopPrice: number }
    | { readonly type: 'stop-limit' | 'take-profit-limit'; readonly stopPrice: number; readonly limitPrice: number }
    | { readonly type: 'trailing-stop'; readonly trailing: { readonly by: 'price' | 'bps'; readonly distance: number } }
  );

/** What a strategy is told before its first bar. */
interface StrategyContext {
  readonly instrument: Instrument;
}

/**
 * A strategy at work on one instrument.
 *
 * Shape: what it remembers depends on the bars alone, never on the view; so it can be warmed up on bars of the past.
 */
export interface RunningStrategy {
  onBar(bar: StrategyBar, view: StrategyView): readonly Proposal[];
}

/** A strategy: deterministic, without clock, randomness, input or output. */
export interface Strategy {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** The same strategy for another size of its orders, where it has one. Units: of the instrument. */
  sized?(units: number): Strategy;
  start(context: StrategyContext): RunningStrategy;
}

/** Declares a strategy. Shape: the id equals the name of its file. */
export function defineStrategy(strategy: Strategy): Strategy {
  return strategy;
}

/** Nothing proposed; one list for all bars. */
export const NO_PROPOSALS: readonly Proposal[] = [];
