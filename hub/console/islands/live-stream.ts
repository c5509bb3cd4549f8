import { FetchError, ShapeStream } from '@electric-sql/client';
import type { LivePort, ToPage } from '../live/live-messages.ts';
import { SESSION_HEADER } from '../live/live-view.ts';
import { createLiveRows, type RowText } from './live-rows.ts';

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

const BACK_OFF = { initialDelay: 500, maxDelay: 10_000, multiplier: 2 };
/** A stream that ended is made anew after so long, and up to twice that. Units: milliseconds. */
const RECREATE_MS = 3_000;
const SIGNED_OUT = [401, 403];

/** Follows a shape with the official client for as long as it is open. */
export function openLiveStream(deps: LiveStreamDeps): LiveStream {
  const pages = new Set<LivePort<ToPage>>();
  const rows = createLiveRows();
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
    rows.restart();
    streamOf({ ...deps, fetch: ask }, own.signal).subscribe(
      (messages) => {
        const message = own.signal.aborted ? undefined : rows.take(messages);
        if (message !== undefined) tell(message);
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
      const whole = rows.whole();
      if (whole !== undefined) page.postMessage(whole);
      if (isDown) page.postMessage({ kind: 'down' });
    },
    delete: (page) => pages.delete(page),
    close: () => {
      abort.abort();
      clearTimeout(again);
    },
  };
}

function streamOf({ path, session, fetch, onSignedOut }: LiveStreamDeps, signal: AbortSignal): ShapeStream<RowText> {
  return new ShapeStream<RowText>({
    url: `${location.origin}${path}`,
    headers: { [SESSION_HEADER]: session },
    signal,
    // Each batch is whole before the next one is asked for, and all questions of the browser share a connection.
    liveSse: false,
    warnOnHttp: false,
    fetchClient: fetch,
    backoffOptions: BACK_OFF,
    onError: (error) => {
      if (!(error instanceof FetchError) || !SIGNED_OUT.includes(error.status)) return {};
      onSignedOut();
    },
  });
}
