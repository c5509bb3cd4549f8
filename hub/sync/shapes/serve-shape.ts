import { randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '../../store/database.ts';
import { eventStreamAnswer } from './event-stream.ts';
import type { Shape } from './shape.ts';
import {
  type AnswerStyle,
  chunkAnswer,
  laterAnswer,
  nextCursor,
  nowAnswer,
  refetchAnswer,
  wrongAnswer,
} from './shape-answers.ts';
import type { ShapeLimits } from './shape-limits.ts';
import { isAfter, type ShapeOffset } from './shape-offset.ts';
import type { ShapeRegistry } from './shape-registry.ts';
import type { Reading, ShapeRequest } from './shape-request.ts';
import type { ShapeSource } from './shape-source.ts';
import { subsetAnswer } from './subset-answer.ts';
import { waitForNews } from './wait-for-news.ts';

/** What answering for a shape needs. */
export interface Serving {
  readonly database: Database;
  readonly registry: ShapeRegistry;
  readonly limits: ShapeLimits;
  readonly style: AnswerStyle;
  /** How many requests wait at this moment. */
  readonly waiting: { count: number };
  /** Units: milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** A sound request and where its shape comes from. */
export interface ShapeQuestion {
  readonly asked: ShapeRequest;
  readonly source: Extract<ShapeSource, { kind: 'source' }>;
}

/** Answers one request for a shape. Errors: those of `ShapeRegistry.open`. */
export async function serveShape(serving: Serving, request: Request, question: ShapeQuestion): Promise<Response> {
  const { asked, source } = question;
  const { registry, style } = serving;
  const refusal = asked.subset === undefined ? undefined : source.refusesSubset(asked.subset);
  if (refusal !== undefined) return wrongAnswer({ subset__where: [refusal] });
  const name = JSON.stringify([source.key, asked.replica, asked.log]);
  const known = registry.named(name);
  if (known !== undefined && (asked.handle === undefined ? !source.isVolatile : asked.handle === known.handle)) {
    return serveFrom(serving, request, { asked, shape: known });
  }
  const definition = await source.define(asked);
  if (definition.kind === 'wrong') return undefinedAnswer(question, definition);
  const shape = await registry.open(definition.value);
  registry.name(name, shape);
  if (asked.handle !== undefined && asked.handle !== shape.handle) return refetchAnswer(style, shape.handle);
  return serveFrom(serving, request, { asked, shape });
}

/** A table that was there and is gone may come back: the word that ends a stream for good is kept for new ones. */
function undefinedAnswer({ asked }: ShapeQuestion, { errors }: Extract<Reading<never>, { kind: 'wrong' }>): Response {
  if (asked.hadHandle && errors['table'] !== undefined) return laterAnswer({ message: errors['table'].join(', ') });
  return wrongAnswer(errors);
}

interface Serve {
  readonly asked: ShapeRequest;
  readonly shape: Shape;
}

async function serveFrom(serving: Serving, request: Request, { asked, shape }: Serve): Promise<Response> {
  const { style } = serving;
  if (asked.subset !== undefined) return subsetAnswer(serving, shape, asked);
  if (asked.isNow) return nowAnswer(shape, lastSeenLsn(serving, shape), style);
  const ahead = await holdAhead(serving, request, { asked, shape });
  if (ahead !== undefined) return ahead;
  if (!asked.live) return chunkAnswer(request, answerOf(serving, { asked, shape }));
  return serveLive(serving, request, { asked, shape });
}

async function serveLive(serving: Serving, request: Request, { asked, shape }: Serve): Promise<Response> {
  const { limits, registry, style, waiting, nowMs } = serving;
  const { longPollMs } = limits;
  const cursor = nextCursor(
    { nowMs: nowMs(), longPollMs, random: () => randomBytes(4).readUInt32BE() / 2 ** 32 },
    asked.cursor,
  );
  if (waiting.count >= limits.waitingMax) return tooMany();
  waiting.count += 1;
  if (asked.events) {
    return eventStreamAnswer({
      shape,
      from: asked.offset,
      cursor,
      style,
      limits,
      lastSeenLsn: () => lastSeenLsn(serving, shape),
      signal: request.signal,
      onEnd: () => {
        waiting.count -= 1;
      },
    });
  }
  try {
    const news = await waitForNews(shape, { after: asked.offset, ms: longPollMs, signal: request.signal });
    if (news === 'dropped') return refetchAnswer(style, registry.handleAfter(shape));
    return chunkAnswer(request, { ...answerOf(serving, { asked, shape }), cursor, mark: randomUUID() });
  } finally {
    waiting.count -= 1;
  }
}

/** A place that is not there yet may be a little ahead of this process; one that stays away is none of this shape. */
async function holdAhead(serving: Serving, request: Request, { asked, shape }: Serve): Promise<Response | undefined> {
  const { limits, registry, style, waiting } = serving;
  const isAhead = (): boolean =>
    isAfter(asked.offset, shape.lastOffset) && asked.offset.transaction > registry.lastCommitLsn + 1n;
  if (!isAhead()) return undefined;
  if (waiting.count >= limits.waitingMax) return tooMany();
  waiting.count += 1;
  try {
    const before: ShapeOffset = { transaction: asked.offset.transaction, operation: asked.offset.operation - 1 };
    const news = await waitForNews(shape, { after: before, ms: limits.longPollMs / 2, signal: request.signal });
    if (news === 'dropped') return refetchAnswer(style, registry.handleAfter(shape));
    return isAhead() ? wrongAnswer({ offset: ['out of bounds for this shape'] }) : undefined;
  } finally {
    waiting.count -= 1;
  }
}

function answerOf(serving: Serving, { asked, shape }: Serve) {
  const chunk = shape.read(asked.offset);
  const { style } = serving;
  return { shape, chunk, from: asked.offset, lastSeenLsn: lastSeenLsn(serving, shape), style };
}

/** The newest commit that the shape has everything of. */
function lastSeenLsn({ registry }: Serving, { lastOffset }: Shape): bigint {
  return lastOffset.transaction > registry.lastCommitLsn ? lastOffset.transaction : registry.lastCommitLsn;
}

function tooMany(): Response {
  return laterAnswer({ code: 'concurrent_request_limit_exceeded', message: 'too many requests wait for news' });
}
