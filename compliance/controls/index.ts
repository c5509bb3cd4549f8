import type { Control } from '../define-control.ts';
import { duplicateOrder } from './duplicate-order.ts';
import { maxOrderQuantity } from './max-order-quantity.ts';
import { maxOrderValue } from './max-order-value.ts';
import { positionLimit } from './position-limit.ts';
import { priceCollar } from './price-collar.ts';
import { tradingState } from './trading-state.ts';

/** Every control that this release can run, in the order of a decision's rows; superseded versions stay listed. */
export const controls: readonly Control[] = [
  tradingState,
  maxOrderQuantity,
  maxOrderValue,
  priceCollar,
  positionLimit,
  duplicateOrder,
];
