import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Control, Judge, Settle } from './define-control.ts';
import type { Figures } from './verdict.ts';

/** A control with the figures of one scope, ready to judge. */
export interface ScopedRule {
  readonly scope: ScopeText;
  readonly limits: Figures;
  readonly judge: Judge;
  readonly settle: Settle | undefined;
  applies(order: Order): boolean;
}

/** What a sheet says about one control of the registry; `version` is the one that the sheet was read for. */
export type RuleLine = { readonly control: Control; readonly version: number } & (
  | { readonly kind: 'on'; readonly rules: readonly ScopedRule[] }
  | { readonly kind: 'off'; readonly reason: string }
  | { readonly kind: 'unnamed' }
);

/** A line of the sheet as it meets an order: with the rule of one scope, or without one where nothing can be judged. */
export type AppliedRule = AskedRule | { readonly line: RuleLine; readonly rule: undefined };

/** A line of the sheet with a rule that an order is judged by. */
export interface AskedRule {
  readonly line: RuleLine;
  readonly rule: ScopedRule;
}
