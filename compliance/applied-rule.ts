import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { BoundControl, Control } from './define-control.ts';

/** A control with the figures of one scope, ready to judge. Shape: `version` is the one that the sheet was read for. */
export interface ScopedRule extends BoundControl {
  readonly control: Control;
  readonly version: number;
  readonly scope: ScopeText;
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
