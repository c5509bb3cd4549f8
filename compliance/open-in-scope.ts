import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { CheckInput } from './define-control.ts';
import { withoutRoom } from './open-quantities.ts';
import type { InstrumentCell, OpenOrder, OpenQuantities } from './own-facts.ts';
import { appliesTo } from './scopes.ts';

type Input = Pick<CheckInput, 'order' | 'own'>;

/** The open order that this one takes the place of; undefined where it replaces none, or none that is still open. */
export function replacedOrder({ order, own }: Input): OpenOrder | undefined {
  return order.replaces === undefined ? undefined : own.openOrder(order.replaces);
}

/**
 * What a scope has open in the order's instrument beside the order: without what it replaces and what its group counts for already.
 *
 * Shape: `cell` is that of the scope and the order's instrument. Units: of the instrument.
 */
export function openInScope(cell: InstrumentCell, { order, own }: Input, scope: ScopeText): OpenQuantities {
  const { openBuy: buy, openSell: sell, held } = cell;
  let open: OpenQuantities = held === undefined ? { buy, sell } : { buy, sell, held };
  for (const room of own.room(order)) {
    if (room.order.instrument !== order.instrument || !appliesTo(scope, room.order)) continue;
    open = withoutRoom(open, room);
  }
  return open;
}
