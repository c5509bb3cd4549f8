import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { subtract } from '@gatehouse/shared/values/decimal.ts';
import { restOf } from './aggregates/open-orders.ts';
import type { CheckInput } from './define-control.ts';
import type { InstrumentCell, OpenOrder, OpenQuantities } from './own-facts.ts';
import { appliesTo } from './scopes.ts';

type Input = Pick<CheckInput, 'order' | 'own'>;

/** The open order that this one takes the place of; undefined where it replaces none, or none that is still open. */
export function replacedOrder({ order, own }: Input): OpenOrder | undefined {
  return order.replaces === undefined ? undefined : own.openOrder(order.replaces);
}

/**
 * What a scope has open in the order's instrument, the order that it replaces left out.
 *
 * Shape: `cell` is that of the scope and the order's instrument. Units: of the instrument.
 */
export function openInScope(cell: InstrumentCell, input: Input, scope: ScopeText): OpenQuantities {
  const open = { buy: cell.openBuy, sell: cell.openSell };
  const replaced = replacedOrder(input);
  if (replaced === undefined || replaced.order.instrument !== input.order.instrument) return open;
  if (!appliesTo(scope, replaced.order)) return open;

  const rest = restOf(replaced);
  return replaced.order.side === 'buy'
    ? { ...open, buy: subtract(open.buy, rest) }
    : { ...open, sell: subtract(open.sell, rest) };
}
