import type { Shape } from './shape.ts';
import { type AnswerStyle, cacheHeaders, upToDate } from './shape-answers.ts';
import type { ShapeLimits } from './shape-limits.ts';
import { offsetText, type ShapeOffset } from './shape-offset.ts';
import { waitForNews } from './wait-for-news.ts';

/** What a stream of events is made of. */
export interface EventStreamDeps {
  readonly shape: Shape;
  readonly from: ShapeOffset;
  readonly cursor: string;
  readonly style: AnswerStyle;
  readonly limits: ShapeLimits;
  /** The newest commit that the shape has everything of. */
  readonly lastSeenLsn: () => bigint;
  readonly signal: AbortSignal;
  readonly onEnd: () => void;
}

const KEEP_ALIVE = ': keep-alive\n\n';

/**
 * Answers with a stream of events.
 *
 * Shape: the header tells the place of the request, not of what follows, and each batch ends with a position that is one
 *        beyond the last commit: a client that was cut off in the middle of a batch asks for the whole batch again, and one
 *        that had it whole for nothing of it. Commits lie eight bytes apart, so the position never belongs to another one.
 */
export function eventStreamAnswer(deps: EventStreamDeps): Response {
  const { shape, style } = deps;
  const left = new AbortController();
  const signal = AbortSignal.any([deps.signal, left.signal]);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const send = (text: string): void => controller.enqueue(encoder.encode(text));
        const isSlow = (): boolean => (controller.desiredSize ?? 0) <= 0;
        void pump(deps, { send, isSlow, signal })
          .then(() => controller.close())
          .catch(() => undefined)
          .finally(deps.onEnd);
      },
      cancel: () => left.abort(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: deps.limits.chunkBytes }),
  );
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream',
      ...cacheHeaders(style, 'events'),
      connection: 'keep-alive',
      'electric-handle': shape.handle,
      'electric-offset': offsetText(deps.from),
      'electric-cursor': deps.cursor,
      'electric-has-data': `${shape.hasAfter(deps.from)}`,
    },
  });
}

interface Pump {
  readonly send: (text: string) => void;
  /** Whether more is waiting to be read than should; the client then comes again from where it was. */
  readonly isSlow: () => boolean;
  readonly signal: AbortSignal;
}

async function pump(deps: EventStreamDeps, { send, isSlow, signal }: Pump): Promise<void> {
  const { shape, limits } = deps;
  const until = performance.now() + limits.eventStreamMs;
  let at = deps.from;
  while (!signal.aborted && !isSlow()) {
    const leftMs = until - performance.now();
    if (leftMs <= 0) return;
    const news = await waitForNews(shape, { after: at, ms: Math.min(leftMs, limits.keepAliveMs), signal });
    if (news === 'dropped' || news === 'left') return;
    if (news === 'silence') send(KEEP_ALIVE);
    else at = sendChunk(deps, at, send);
  }
}

function sendChunk(deps: EventStreamDeps, from: ShapeOffset, send: (text: string) => void): ShapeOffset {
  const { messages, end, isEnd } = deps.shape.read(from);
  const told = isEnd ? [...messages, upToDate(deps.lastSeenLsn() + 1n)] : messages;
  // A message holds no line break of its own; joined ones are told apart by theirs.
  send(
    told
      .flatMap((message) => message.split(',\n'))
      .map((message) => `data: ${message}\n\n`)
      .join(''),
  );
  return end;
}
