import { createHash, type Hash } from 'node:crypto';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { BODY_CHUNK_BYTES_MAX, BODY_PATH, BODY_SIZE_HEADER } from '@gatehouse/shared/schema/control.ts';
import type { ControlAlarm } from './heartbeat-watch.ts';

/** A text that is known by its hash. Units: `bytesMax` is the most that it may have. */
export interface WantedBody {
  readonly hash: string;
  readonly bytesMax: number;
}

/** Fetches from the hub, piece by piece, what is too long for a row of a shape. */
export interface BodyFetcher {
  /** The text, once it is whole and has its hash; until then its fetching goes on. */
  take(wanted: WantedBody): string | undefined;
  /** Lets go of a text that is not needed any more. */
  forget(hash: string): void;
  stop(): void;
}

/** What a fetcher works with. Shape: `address` ends before the path; `onWhole` hears when a text is there. */
export interface BodyFetcherDeps {
  readonly address: string;
  readonly fetch: typeof fetch;
  readonly monotonicMs: () => number;
  readonly onWhole: () => void;
  readonly onAlarm: (alarm: ControlAlarm) => void;
  readonly log: (line: string) => void;
}

/** So long a piece may take. Units: milliseconds. */
const PIECE_MS_MAX = 20_000;
/** A piece that is not the last has at least so much, so that a text comes in a bounded number of them. Units: bytes. */
export const PIECE_BYTES_MIN = 65_536;
/** Below this, over the time that was spent asking, a text counts as kept back. Units: bytes in a second. */
export const BYTES_PER_SECOND_MIN = 8_192;
/** After so long without a new piece a person is told. Units: milliseconds. */
export const BODY_WITHHELD_MS_MAX = 60_000;
/** So long a text whose bytes were wrong is not asked for again. Units: milliseconds. */
const WRONG_PAUSE_MS = 30_000;
/** So many texts are fetched or kept at once. */
const BODIES_MAX = 64;

interface Fetching {
  readonly wanted: WantedBody;
  pieces: Buffer[];
  /** Over the pieces so far: the hash of all of a long text at once would hold up a kill. */
  hasher: Hash;
  bytes: number;
  /** How long the whole is, as the first piece said. */
  size: number | undefined;
  /** How long it was asked for, without the pauses between. */
  askedMs: number;
  whole: string | undefined;
  isAsking: boolean;
  progressMs: number;
  notBeforeMs: number;
  isTold: boolean;
}

/** What one question brought. */
interface Piece {
  readonly piece: Buffer;
  readonly size: number;
}

/**
 * A fetcher that has nothing yet.
 *
 * Shape:  pieces are asked for one after the other, each from where the ones before it end, so that a cut costs one piece at most. Nothing
 *         of a text counts before all of it has its hash. A piece has a least length and a longest time, and a text that comes slower than
 *         it must is an alarm and still waited for, since the line may be no better.
 */
export function createBodyFetcher(deps: BodyFetcherDeps): BodyFetcher {
  const { monotonicMs, onWhole, onAlarm, log } = deps;
  const known = new Map<string, Fetching>();
  const over = new AbortController();

  function begin(wanted: WantedBody): Fetching {
    const [oldest] = known.size >= BODIES_MAX ? known.keys() : [];
    if (oldest !== undefined) known.delete(oldest);
    const one = nothingOf(wanted, monotonicMs());
    known.set(wanted.hash, one);
    return one;
  }

  async function run(one: Fetching): Promise<void> {
    one.isAsking = true;
    try {
      while (one.whole === undefined && known.get(one.wanted.hash) === one) await step(one);
      onWhole();
    } catch (error) {
      if (!over.signal.aborted) log(`${nameOf(one)} is asked for again: ${describeError(error)}`);
    } finally {
      one.isAsking = false;
    }
  }

  async function step(one: Fetching): Promise<void> {
    const sinceMs = monotonicMs();
    try {
      add(one, await ask(deps, one, over.signal));
      one.progressMs = monotonicMs();
    } finally {
      one.askedMs += monotonicMs() - sinceMs;
    }
    if (one.bytes === one.size) finish(one);
    else if (isSlow(one)) tell(one, `comes slowly, with less than ${BYTES_PER_SECOND_MIN} bytes in a second`);
  }

  function finish(one: Fetching): void {
    const { pieces, hasher, wanted } = one;
    const isRight = hasher.digest('hex') === wanted.hash;
    Object.assign(one, nothingOf(wanted, monotonicMs()), { isAsking: true, isTold: one.isTold });
    if (isRight) {
      one.whole = Buffer.concat(pieces).toString('utf8');
      return;
    }
    one.notBeforeMs = monotonicMs() + WRONG_PAUSE_MS;
    const message = `what the hub gave as ${nameOf(one)} has another hash`;
    onAlarm({ code: 'CONTROL_BODY_WRONG', severity: 'alarm', message });
    throw new KitError('MESSAGE_MALFORMED', message);
  }

  function tell(one: Fetching, how: string): void {
    if (one.isTold) return;
    one.isTold = true;
    const message = `${nameOf(one)} ${how}; ${one.bytes} bytes of it are there`;
    onAlarm({ code: 'CONTROL_WITHHELD', severity: 'alarm', message });
  }

  return {
    take: (wanted) => {
      const one = known.get(wanted.hash) ?? begin(wanted);
      if (one.whole !== undefined) return one.whole;
      if (monotonicMs() - one.progressMs >= BODY_WITHHELD_MS_MAX) tell(one, 'does not come');
      if (!one.isAsking && monotonicMs() >= one.notBeforeMs && !over.signal.aborted) void run(one);
      return undefined;
    },
    forget: (hash) => void known.delete(hash),
    stop: () => over.abort(),
  };
}

function nothingOf(wanted: WantedBody, nowMs: number): Fetching {
  const times = { askedMs: 0, progressMs: nowMs, notBeforeMs: nowMs };
  const none = { pieces: [], bytes: 0, size: undefined, hasher: createHash('sha256') };
  return { wanted, ...none, ...times, whole: undefined, isAsking: false, isTold: false };
}

function add(one: Fetching, { piece, size }: Piece): void {
  one.pieces.push(piece);
  one.hasher.update(piece);
  one.bytes += piece.length;
  one.size = size;
}

async function ask(
  { address, fetch: fetchOne }: BodyFetcherDeps,
  { wanted, bytes, size: told }: Fetching,
  over: AbortSignal,
): Promise<Piece> {
  const signal = AbortSignal.any([over, AbortSignal.timeout(PIECE_MS_MAX)]);
  const response = await fetchOne(`${address}${BODY_PATH}${wanted.hash}?from=${bytes}`, { signal });
  if (!response.ok) {
    await response.body?.cancel();
    throw new KitError('HUB_UNREACHABLE', `the hub answered ${response.status}`);
  }
  const size = Number(response.headers.get(BODY_SIZE_HEADER));
  const piece = await boundedBytes(response);
  const left = size - bytes;
  const isSame = told === undefined || told === size;
  const isBounded = Number.isSafeInteger(size) && size <= wanted.bytesMax && isSame && piece.length <= left;
  if (isBounded && piece.length > 0 && piece.length >= Math.min(left, PIECE_BYTES_MIN)) return { piece, size };
  throw new KitError(
    'MESSAGE_MALFORMED',
    `${piece.length} bytes after ${bytes} of ${size}, at most ${wanted.bytesMax}`,
  );
}

async function boundedBytes({ body }: Response): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > BODY_CHUNK_BYTES_MAX) {
      throw new KitError('BODY_TOO_LARGE', `a piece of more than ${BODY_CHUNK_BYTES_MAX} bytes`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The time of one piece is free, so that a short text is never slow. */
function isSlow({ bytes, askedMs }: Fetching): boolean {
  return askedMs > PIECE_MS_MAX && bytes < ((askedMs - PIECE_MS_MAX) / 1_000) * BYTES_PER_SECOND_MIN;
}

function nameOf({ wanted }: Fetching): string {
  return `the text ${wanted.hash}`;
}
