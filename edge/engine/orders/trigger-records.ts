import { isTerminal } from '@gatehouse/shared/accounts/order-life.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { TriggerBody } from '@gatehouse/shared/schema/trigger-bodies.ts';

/** What is on record of the market for orders that wait at the edge, for as long as they are open. */
export interface TriggerRecords {
  fold(entry: EntryBody): void;
  of(order: string): TriggerBody | undefined;
  /** Sorted by order. */
  readonly all: readonly TriggerBody[];
}

/** Records that continue from those of a snapshot. */
export function createTriggerRecords(start: readonly TriggerBody[] = []): TriggerRecords {
  const records = new Map(start.map((one) => [one.order, one]));
  return {
    fold: (entry) => {
      if (entry.kind === 'trigger') records.set(entry.body.order, entry.body);
      else if (records.size > 0 && entry.kind === 'order' && isTerminal(entry.body.state))
        records.delete(entry.body.order);
    },
    of: (order) => records.get(order),
    get all() {
      return [...records.values()].sort((a, b) => (a.order < b.order ? -1 : 1));
    },
  };
}
