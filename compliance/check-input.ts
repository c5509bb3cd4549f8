import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Currency } from '@gatehouse/shared/values/currency.ts';
import type { FactFiles } from './fact-files.ts';
import type { OrderProfile } from './order-profile.ts';
import type { OwnFacts } from './own-facts.ts';
import type { WorkedExposures } from './valuation.ts';

/** The name of something outside that a decision may know. */
export type FactName = Exclude<keyof DecisionFacts, 'now' | 'wallAt' | 'day' | 'files'>;

/** The kind of a dated file that a decision may use. */
export type FileName = Exclude<keyof FactFiles, 'hash'>;

/** The facts of a decision, with those that a control needs certain to be there. */
export type KnownFacts<Needs extends FactName> = DecisionFacts & {
  readonly [Name in Needs]-?: Exclude<DecisionFacts[Name], undefined>;
};

/** The dated files of a decision, with those that a control needs certain to be there. */
export type KnownFiles<Needs extends FileName> = FactFiles & {
  readonly [Name in Needs]-?: Exclude<FactFiles[Name], undefined>;
};

/**
 * What a check looks at.
 *
 * Shape: `currency` is the firm's own, in which values are compared. `exposures` is room for what several controls of this one
 *        decision work out alike; only `exposureAfter` uses it, and without it each control works for itself.
 */
export interface CheckInput<Needs extends FactName = never, Files extends FileName = never> {
  readonly order: Order;
  readonly facts: KnownFacts<Needs>;
  readonly files: KnownFiles<Files>;
  readonly own: OwnFacts;
  readonly currency: Currency;
  readonly exposures?: WorkedExposures[];
}

/**
 * How much a check looks at, so that its verdict can stand for all orders that are alike in that.
 *
 * Shape: `profile` is what orders of a kind have in common, the dated files and the trading day; `moment` the same with all facts.
 *        `all` adds the terms of the order and the own records, and such a verdict stands for one order alone.
 */
export type Sight = 'profile' | 'moment' | 'all';

/** What a check sees by its sight; it is handed no more than that by its type. */
export type SeenBy<Sees extends Sight, Needs extends FactName, Files extends FileName> = Sees extends 'all'
  ? CheckInput<Needs, Files>
  : {
      readonly order: OrderProfile;
      readonly facts: Sees extends 'profile' ? Pick<DecisionFacts, 'day'> : KnownFacts<Needs>;
      readonly files: KnownFiles<Files>;
      readonly currency: Currency;
    };
