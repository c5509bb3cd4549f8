import { FetchError, isChangeMessage, type Message, ShapeStream } from '@electric-sql/client';
import type { LivePort, LiveRowMessage, ToPage } from '../live/live-messages.ts';
import { SESSION_HEADER } from '../live/live-view.ts';

/** One shape of the hub, with the pages that show it. */
export interface LiveStream {
  readonly pages: ReadonlySet<LivePort<ToPage>>;
  /** Also for a page that is there already: it gets everything once more. */
  add(page: LivePort<ToPage>): void;
  delete(page: LivePort<ToPage>): void;
  close(): void;
}

/** What a stream works with. Shape: `fetch` carries its questions; `onSignedOut` is told once. */
export interface LiveStreamDeps {
  readonly path: string;
  readonly session: string;
  readonly fetch: typeof fetch;
  readonly onSignedOut: () => void;
}

type RowText = Readonly<Record<'edge' | 'kind' | 'key' | 'body', string>>;

const BACK_OFF = { initialDelay: 500, maxDelay: 10_000, multiplier: 2 };
/** A stream that ended is made anew after so long, and up to twice that. Units: milliseconds. */
const RECREATE_MS = 3_000;
const SIGNED_OUT = [401, 403];

/** Follows a shape with the official client for as long as it is open. */
export function openLiveStream(deps: LiveStreamDeps): LiveStream {
  const { path, session } = deps;
  const pages = new Set<LivePort<ToPage>>();
  let texts = new Map<string, RowText>();
  /** What comes in after the hub said that everything has to be fetched anew; what is shown stays until it is whole. */
  let next: Map<string, RowText> | undefined = new Map();
  let changed = new Set<string>();
  let pulsedAt: number | undefined;
  let isDown = false;
  let abort = new AbortController();
  let again: ReturnType<typeof setTimeout> | undefined;

  const tell = (message: ToPage): void => {
    for (const page of pages) page.postMessage(message);
  };
  const setDown = (value: boolean): void => {
    if (value === isDown) return;
    isDown = value;
    tell({ kind: value ? 'down' : 'up' });
  };
  const age = () => (pulsedAt === undefined ? {} : { pulseAgeMs: Date.now() - pulsedAt });
  const whole = (): ToPage => {
    return { kind: 'rows', isWhole: true, put: [...texts].map(rowOf), drop: [], ...age() };
  };

  function take(messages: readonly Message<RowText>[]): void {
    for (const message of messages) {
      if (isChangeMessage(message)) {
        const rows = next ?? texts;
        const { key, value, headers } = message;
        if (headers.operation === 'delete') rows.delete(key);
        else rows.set(key, { ...rows.get(key), ...value });
        changed.add(key);
      } else if (message.headers.control === 'must-refetch') {
        next = new Map();
        changed = new Set();
      } else if (message.headers.control === 'up-to-date') {
        settle();
      }
    }
  }
  function settle(): void {
    const isWhole = next !== undefined;
    texts = next ?? texts;
    next = undefined;
    const ids = [...changed];
    changed = new Set();
    if (ids.some((id) => texts.get(id)?.kind === 'pulse')) pulsedAt = Date.now();
    if (isWhole) tell(whole());
    if (isWhole || ids.length === 0) return;
    const put = ids.flatMap((id) => {
      const text = texts.get(id);
      return text === undefined ? [] : [rowOf([id, text])];
    });
    tell({ kind: 'rows', isWhole: false, put, drop: ids.filter((id) => !texts.has(id)), ...age() });
  }
  async function ask(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
    try {
      const answer = await deps.fetch(input, init);
      setDown(answer.status >= 500);
      return answer;
    } catch (error) {
      if (init?.signal?.aborted !== true) setDown(true);
      throw error;
    }
  }
  function open(): void {
    const own = new AbortController();
    abort = own;
    next = new Map();
    const stream = new ShapeStream<RowText>({
      url: `${location.origin}${path}`,
      headers: { [SESSION_HEADER]: session },
      signal: own.signal,
      // Each batch is whole before the next one is asked for, and all questions of the browser share a connection.
      liveSse: false,
      warnOnHttp: false,
      fetchClient: ask,
      backoffOptions: BACK_OFF,
      onError: (error) => {
        if (!(error instanceof FetchError) || !SIGNED_OUT.includes(error.status)) return {};
        deps.onSignedOut();
      },
    });
    stream.subscribe(
      (messages) => {
        if (!own.signal.aborted) take(messages);
      },
      () => {
        if (own.signal.aborted) return;
        own.abort();
        setDown(true);
        again = setTimeout(open, RECREATE_MS * (1 + Math.random()));
      },
    );
  }

  open();
  return {
    pages,
    add: (page) => {
      pages.add(page);
      if (next === undefined || texts.size > 0) page.postMessage(whole());
      if (isDown) page.postMessage({ kind: 'down' });
    },
    delete: (page) => pages.delete(page),
    close: () => {
      abort.abort();
      clearTimeout(again);
    },
  };
}

function rowOf([id, { edge, kind, key, body }]: readonly [string, RowText]): LiveRowMessage {
  return { id, edge, kind, key, body: JSON.parse(body) as unknown };
}
