import type { ChangeMessage, Message, Row } from '@electric-sql/client';
import type { ControlRow } from '../../journal/control-store.ts';

/** What became of a shape up to a moment at which it was whole. Shape: where `isWhole`, nothing else belongs to it any more. */
export interface ShapeBatch {
  readonly isWhole: boolean;
  readonly rows: ReadonlyMap<string, ControlRow>;
  readonly gone: readonly string[];
}

/** Collects the messages of a stream until the shape is whole again. */
export interface BatchCollector {
  /** The batch, where these messages complete one. Shape: `before` are the rows that the shape had. */
  take(messages: readonly Message<Row>[], before: ReadonlyMap<string, ControlRow>): ShapeBatch | undefined;
  /** How many rows are held that belong to no whole shape yet. */
  readonly pending: number;
}

/**
 * A collector.
 *
 * Shape: what follows a `must-refetch` is kept aside and takes the place of everything only once it is whole: nobody ever sees half
 *        of a list. A message that comes again changes nothing.
 */
export function createBatchCollector(startsWhole: boolean): BatchCollector {
  let isWhole = startsWhole;
  let rows = new Map<string, ControlRow>();
  let gone = new Set<string>();

  function change({ key, value, headers }: ChangeMessage, before: ReadonlyMap<string, ControlRow>): void {
    if (headers.operation === 'delete') {
      rows.delete(key);
      gone.add(key);
      return;
    }
    // An update brings its changed columns alone.
    const known = rows.get(key) ?? (isWhole || gone.has(key) ? undefined : before.get(key));
    rows.set(key, { ...(headers.operation === 'update' ? known : undefined), ...asText(value) });
    gone.delete(key);
  }

  function start(whole: boolean): void {
    isWhole = whole;
    rows = new Map();
    gone = new Set();
  }

  return {
    take: (messages, before) => {
      let isComplete = false;
      for (const message of messages) {
        const { headers } = message;
        if ('control' in headers && headers.control === 'must-refetch') start(true);
        if ('control' in headers) isComplete = headers.control === 'up-to-date';
        if ('key' in message) change(message, before);
      }
      if (!isComplete) return undefined;
      const batch = { isWhole, rows, gone: [...gone] };
      start(false);
      return batch;
    },
    get pending() {
      return rows.size;
    },
  };
}

/** Our tables hold text and whole numbers, and every value travels as text. */
function asText(value: Row): ControlRow {
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, one === null ? '' : String(one)]));
}
