import { KitError } from '@gatehouse/shared/errors.ts';
import { isDataFault } from '../../store/database.ts';
import type { Shape, ShapeChunk } from './shape.ts';
import { offsetText, type ShapeOffset } from './shape-offset.ts';
import type { RequestErrors } from './shape-request.ts';

/**
 * Who may keep an answer.
 *
 * Shape: `public` is what a general server of the protocol says, so that caches and pages of other origins can take part;
 *        `private` keeps limits out of shared caches and a person's rows from the next person at the same browser.
 */
export type AnswerStyle = 'public' | 'private';

type Headers = Readonly<Record<string, string>>;

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const NO_STORE = { 'cache-control': 'no-store', 'surrogate-control': 'no-store' };
const EXPOSED =
  'electric-cursor,electric-handle,electric-has-data,electric-offset,electric-schema,electric-up-to-date,electric-internal-known-error,retry-after';
const METHODS = 'GET, POST, HEAD, DELETE, OPTIONS';
const PREFLIGHT_SECONDS = 86_400;
const RETRY_AFTER_SECONDS = 1;
const MUST_REFETCH = JSON.stringify([{ headers: { control: 'must-refetch' } }]);
/** From when the cursor of live requests counts. Source: Electric's server. */
const CURSOR_EPOCH_MS = Date.UTC(2024, 9, 9);
const CURSOR_JUMP_SECONDS_MAX = 3_600;

/** What an answer is said to be good for. */
export type CacheCase = 'first' | 'log' | 'live' | 'events' | 'refetch' | 'never';

const CACHE: Readonly<Record<CacheCase, string>> = {
  first: 'public, max-age=604800, s-maxage=3600, stale-while-revalidate=2629746',
  log: 'public, max-age=60, stale-while-revalidate=300',
  live: 'public, max-age=5, stale-while-revalidate=5',
  events: 'public, max-age=59',
  refetch: 'public, max-age=60, must-revalidate',
  never: 'no-cache',
};

/** The headers that say who may keep an answer for how long. */
export function cacheHeaders(style: AnswerStyle, cacheCase: CacheCase): Headers {
  if (style === 'public') return { 'cache-control': CACHE[cacheCase] };
  const own = CACHE[cacheCase].replace('public', 'private').replace(/, s-maxage=\d+/, '');
  return { 'cache-control': own, vary: 'authorization, cookie' };
}

/** The headers that let pages of other origins read an answer; none where answers are private. */
export function corsHeaders(style: AnswerStyle, request: Request): Headers {
  if (style === 'private') return {};
  return {
    'access-control-allow-origin': request.headers.get('origin') ?? '*',
    'access-control-allow-methods': METHODS,
    'access-control-expose-headers': EXPOSED,
  };
}

/** The answer to a browser that asks what it may ask. */
export function preflight(request: Request): Response {
  const asked = request.headers.get('access-control-request-headers');
  const headers = { ...(asked === null ? {} : { 'access-control-allow-headers': asked }) };
  return new Response(null, { status: 204, headers: { ...headers, 'access-control-max-age': `${PREFLIGHT_SECONDS}` } });
}

/** The message that says that there was nothing else up to a commit. */
export function upToDate(lastSeenLsn: bigint): string {
  return JSON.stringify({ headers: { control: 'up-to-date', global_last_seen_lsn: `${lastSeenLsn}` } });
}

/** A piece of a shape's snapshot or log, and how it was asked for. */
export interface ChunkAnswer {
  readonly shape: Shape;
  readonly chunk: ShapeChunk;
  readonly from: ShapeOffset;
  readonly lastSeenLsn: bigint;
  readonly style: AnswerStyle;
  /** Present for a live request. */
  readonly cursor?: string;
  /** What sets an empty live answer apart from every other one. */
  readonly mark?: string;
}

/** Answers with a chunk, and with the word that the end is reached where it is. */
export function chunkAnswer(request: Request, answer: ChunkAnswer): Response {
  const { shape, chunk, from, cursor, style } = answer;
  const isLive = cursor !== undefined;
  const hasData = chunk.messages.length > 0;
  const etag = `"${shape.handle}:${offsetText(from)}:${offsetText(chunk.end)}${hasData ? '' : `:${answer.mark ?? ''}`}"`;
  const cacheCase = isLive ? 'live' : from.transaction < 0n ? 'first' : 'log';
  const headers = {
    ...JSON_TYPE,
    ...cacheHeaders(style, cacheCase),
    'electric-handle': shape.handle,
    'electric-offset': offsetText(chunk.end),
    'electric-has-data': `${hasData}`,
    ...(isLive ? { 'electric-cursor': cursor } : { 'electric-schema': headerText(shape.schemaText) }),
    ...(chunk.isEnd ? { 'electric-up-to-date': '' } : {}),
    etag,
  };
  if (!isLive && request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers });
  const parts = [chunk.text, chunk.isEnd ? upToDate(answer.lastSeenLsn) : ''].filter((part) => part !== '');
  return new Response(`[${parts.join(',\n')}]`, { headers });
}

/** Answers a request for `now`: nothing, and where to go on. */
export function nowAnswer(shape: Shape, lastSeenLsn: bigint, style: AnswerStyle): Response {
  return new Response(`[${upToDate(lastSeenLsn)}]`, {
    headers: {
      ...JSON_TYPE,
      ...cacheHeaders(style, 'never'),
      'electric-handle': shape.handle,
      'electric-offset': offsetText(shape.lastOffset),
      'electric-schema': headerText(shape.schemaText),
      'electric-has-data': 'false',
      'electric-up-to-date': '',
    },
  });
}

/** Tells a client to begin again, with a handle that is not the one it has. */
export function refetchAnswer(style: AnswerStyle, handle: string): Response {
  return new Response(MUST_REFETCH, {
    status: 409,
    headers: {
      ...JSON_TYPE,
      ...cacheHeaders(style, 'refetch'),
      'electric-handle': handle,
    },
  });
}

/** Answers a request that is not sound. */
export function wrongAnswer(errors: RequestErrors): Response {
  return jsonAnswer(400, { message: 'Invalid request', errors });
}

/** Answers a failure; what is not ours to tell is told in general words. */
export function failureAnswer(error: unknown): Response {
  // A condition that divides by a row's zero fails again however often it is asked.
  if (isDataFault(error)) return wrongAnswer({ where: [error instanceof Error ? error.message : 'cannot be judged'] });
  if (!(error instanceof KitError)) return laterAnswer({ message: 'the database refused the question' });
  const { http, retry } = error.treatment;
  const body = { code: error.code.toLowerCase(), message: error.message, ...(error.hint ? { hint: error.hint } : {}) };
  return retry === 'later' ? laterAnswer(body) : jsonAnswer(http, body);
}

/** Asks to come again in a moment. */
export function laterAnswer(body: Readonly<Record<string, unknown>>): Response {
  return jsonAnswer(503, body, { 'retry-after': `${RETRY_AFTER_SECONDS}` });
}

/** Any answer that nobody may keep. */
export function jsonAnswer(status: number, body: unknown, headers: Headers = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { ...JSON_TYPE, ...NO_STORE, ...headers } });
}

/** A header holds bytes of one character each; whatever else a name holds is escaped, which JSON allows. */
export function headerText(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * The word by which a live request differs from the one before it, so that a cache between does not answer it with old news.
 *
 * Units: `nowMs` milliseconds since 1970. Source: `get_next_interval_timestamp` of Electric's server.
 */
export function nextCursor(
  { nowMs, longPollMs, random }: { readonly nowMs: number; readonly longPollMs: number; readonly random: () => number },
  previous: string | undefined,
): string {
  const every = Math.floor(longPollMs / 1_000);
  const next = every < 1 ? 0 : (Math.floor((nowMs - CURSOR_EPOCH_MS) / 1_000 / every) + 1) * every;
  const before = Number(previous ?? Number.NaN);
  if (every < 1 || !Number.isSafeInteger(before) || next > before) return `${next}`;
  return `${before + 1 + Math.floor(random() * CURSOR_JUMP_SECONDS_MAX)}`;
}
