import { POLL_PATH, POLLED_MAX } from '../live/live-view.ts';
import type { PollAnswer } from '../live/poll-answer.ts';

interface Waiting {
  readonly id: number;
  readonly path: string;
  readonly query: string;
  settle(answer: Response): void;
  fail(error: unknown): void;
}

/** How long questions are gathered before they go out together. Units: milliseconds. */
const GATHER_MS = 30;
/** The hub answers within 20 s. Units: milliseconds. */
const ANSWER_MS_MAX = 45_000;

/**
 * A `fetch` for the streams of one browser that sends all questions which wait for news over one connection.
 *
 * Shape: everything else goes out by itself. A question that nobody waits for any more is left out of the next round.
 */
export function createPollFetch(headers: Readonly<Record<string, string>>): typeof fetch {
  const waiting = new Map<number, Waiting>();
  let ids = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking: AbortController | undefined;

  async function ask(): Promise<void> {
    timer = undefined;
    asking?.abort();
    const round = [...waiting.values()].slice(0, POLLED_MAX);
    if (round.length === 0) return;
    const abort = new AbortController();
    asking = abort;
    try {
      for (const answer of await answersOf(round, headers, abort.signal)) {
        const { id, status, headers: told, body } = answer;
        waiting.get(id)?.settle(new Response(body, { status, headers: told }));
        waiting.delete(id);
      }
    } catch (error) {
      if (asking !== abort) return;
      for (const one of round) {
        waiting.delete(one.id);
        one.fail(error);
      }
    }
    if (asking !== abort) return;
    asking = undefined;
    if (waiting.size > 0) soon();
  }
  function soon(): void {
    if (timer === undefined) timer = setTimeout(() => void ask(), GATHER_MS);
  }

  return (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input, location.origin);
    if (url.searchParams.get('live') !== 'true') return fetch(input, { ...init, cache: 'no-store' });
    return new Promise((settle, fail) => {
      ids += 1;
      const id = ids;
      const leave = (): void => {
        waiting.delete(id);
        if (waiting.size === 0) asking?.abort();
        fail(init?.signal?.reason);
      };
      if (init?.signal?.aborted === true) return leave();
      init?.signal?.addEventListener('abort', leave, { once: true });
      waiting.set(id, { id, path: url.pathname, query: url.search, settle, fail });
      soon();
    });
  };
}

/** Errors: what `fetch` throws, also where the hub is silent for too long. */
async function answersOf(
  round: readonly Waiting[],
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly PollAnswer[]> {
  const requests = round.map(({ id, path, query }) => ({ id, path, query }));
  const answer = await fetch(POLL_PATH, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ requests }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)]),
  });
  const text = await answer.text();
  // What is refused as a whole is refused for each of them.
  if (!answer.ok) return round.map(({ id }) => ({ id, status: answer.status, headers: {}, body: text }));
  return (JSON.parse(text) as { readonly answers: readonly PollAnswer[] }).answers;
}
