import type { DecisionBody } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { Cell, Section } from '../render/document.ts';

/** Collects each refused order with every control that refused it, what tickets set aside, and counts per control. */
export class RefusalTables {
  readonly #rows: Cell[][] = [];
  readonly #byControl = new Map<string, number>();

  decision(decision: DecisionBody, order: Order | undefined): void {
    for (const row of decision.rows) {
      if (row.verdict !== 'refuse' && row.verdict !== 'overridden') continue;
      const control = `${row.control}@${row.version}`;
      if (row.verdict === 'refuse') this.#byControl.set(control, (this.#byControl.get(control) ?? 0) + 1);
      this.#rows.push([
        instantText(decision.facts.now),
        decision.order,
        order === undefined
          ? null
          : `${order.algorithm.id}: ${order.side} ${toText(order.quantity)} ${order.instrument} ${priceOf(order)}`,
        control,
        row.scope,
        row.verdict === 'refuse' ? 'refused' : 'overridden',
        row.reason ?? null,
        Object.entries(row.figures ?? {})
          .map(([name, value]) => `${name} ${shown(value)}`)
          .join(', '),
      ]);
    }
  }

  get byControl(): ReadonlyMap<string, number> {
    return this.#byControl;
  }

  sections(): readonly Section[] {
    const counts = [...this.#byControl.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    return [
      {
        id: 'refusals-by-control',
        title: 'Refusals by control',
        note: 'An order refused by two controls counts under both; every control looks at every order.',
        columns: [
          { title: 'Control', kind: 'text', share: 3 },
          { title: 'Refusals', kind: 'integer' },
        ],
        rows: counts.map(([control, count]) => [control, `${count}`]),
        emptyText: 'No control refused an order in the period.',
      },
      {
        id: 'refused-orders',
        title: 'Exceptions: refused orders and overrides',
        note: 'A refusal that a signed ticket set aside stands as overridden and is not counted above. Times are the market time of the decision. Figures are what the control observed and the limit in force.',
        columns: [
          { title: 'Decided, UTC', kind: 'instant', share: 2 },
          { title: 'Order', kind: 'text', share: 2 },
          { title: 'What', kind: 'text', share: 3 },
          { title: 'Control', kind: 'text', share: 2 },
          { title: 'Scope', kind: 'text' },
          { title: 'Outcome', kind: 'text' },
          { title: 'Reason', kind: 'text', share: 5 },
          { title: 'Figures', kind: 'text', share: 6 },
        ],
        rows: this.#rows,
        emptyText: 'No order was refused in the period.',
      },
    ];
  }
}

const IDLE_ZEROS = /^(-?\d+)(?:(\.\d*[1-9])0+|\.0+)$/;

/** A decimal without the zeros that working it out left at its end; any other text as it is. */
function shown(value: string): string {
  return value.replace(IDLE_ZEROS, '$1$2');
}

function priceOf(order: Order): string {
  return order.limitPrice === undefined ? 'at market' : `at ${toText(order.limitPrice)}`;
}
