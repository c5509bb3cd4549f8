import { isChangeMessage, type Message } from '@electric-sql/client';
import type { LiveRowMessage, ToPage } from '../live/live-messages.ts';

/** A row as a shape has it. */
export type RowText = Readonly<Record<'edge' | 'kind' | 'key' | 'body', string>>;

type RowsMessage = Extract<ToPage, { kind: 'rows' }>;

/** The rows of one shape, as far as they are whole. */
export interface LiveRows {
  /** What a page has to hear of it; nothing where nothing is whole or has changed. */
  take(messages: readonly Message<RowText>[]): RowsMessage | undefined;
  /** Everything; nothing before the first whole. */
  whole(): RowsMessage | undefined;
  /** The shape is read from its start again; what is shown stays until that is whole. */
  restart(): void;
}

/** Rows that nobody has read yet. */
export function createLiveRows(): LiveRows {
  let shown: Map<string, RowText> | undefined;
  let next: Map<string, RowText> | undefined = new Map();
  let changed = new Set<string>();
  let pulsedAt: number | undefined;

  const age = () => (pulsedAt === undefined ? {} : { pulseAgeMs: Date.now() - pulsedAt });
  const restart = (): void => {
    next = new Map();
    changed = new Set();
  };
  const whole = (): RowsMessage | undefined =>
    shown && { kind: 'rows', isWhole: true, put: [...shown].map(rowOf), drop: [], ...age() };

  function settle(): RowsMessage | undefined {
    const isWhole = next !== undefined;
    const rows = next ?? shown ?? new Map<string, RowText>();
    const ids = [...changed];
    shown = rows;
    next = undefined;
    changed = new Set();
    if (ids.some((id) => rows.get(id)?.kind === 'pulse')) pulsedAt = Date.now();
    if (isWhole) return whole();
    if (ids.length === 0) return undefined;
    const put = ids.flatMap((id) => {
      const text = rows.get(id);
      return text === undefined ? [] : [rowOf([id, text])];
    });
    return { kind: 'rows', isWhole: false, put, drop: ids.filter((id) => !rows.has(id)), ...age() };
  }
  return {
    whole,
    restart,
    take: (messages) => {
      let isEnd = false;
      for (const message of messages) {
        if (isChangeMessage(message)) {
          const rows = next ?? shown;
          const { key, value, headers } = message;
          if (headers.operation === 'delete') rows?.delete(key);
          else rows?.set(key, { ...rows.get(key), ...value });
          changed.add(key);
        } else if (message.headers.control === 'must-refetch') {
          restart();
          isEnd = false;
        } else if (message.headers.control === 'up-to-date') isEnd = true;
      }
      return isEnd ? settle() : undefined;
    },
  };
}

function rowOf([id, { edge, kind, key, body }]: readonly [string, RowText]): LiveRowMessage {
  return { id, edge, kind, key, body: JSON.parse(body) as unknown };
}
