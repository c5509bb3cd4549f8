import { KitError } from '@gatehouse/shared/errors.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import type { z } from 'zod';

/** One question to the hub's door. Shape: `body` is sent as JSON; `secret` goes as a header and never into an address. */
export interface DoorQuestion<S extends z.ZodType> {
  readonly url: string;
  readonly body?: unknown;
  readonly secret?: string;
  readonly schema: S;
  readonly what: string;
}

const ANSWER_MS_MAX = 20_000;
const ANSWER_LENGTH_MAX = 100_000;
/** What the door answers with where it says no, and how that is said here. */
const REFUSALS = [400, 401, 403, 404, 409, 413] as const;
const CODES: Readonly<Record<(typeof REFUSALS)[number], 'FORBIDDEN' | 'MESSAGE_MALFORMED' | 'NOT_FOUND'>> = {
  400: 'MESSAGE_MALFORMED',
  401: 'FORBIDDEN',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'FORBIDDEN',
  413: 'MESSAGE_MALFORMED',
};

/**
 * Asks the door and reads its answer.
 *
 * Errors: `FORBIDDEN`, `MESSAGE_MALFORMED`, `NOT_FOUND` with the hub's own words where it said no; `HUB_UNREACHABLE` where it said
 *         nothing that can be read, or asks to come later.
 */
export async function askDoor<S extends z.ZodType>(ask: typeof fetch, question: DoorQuestion<S>): Promise<z.output<S>> {
  const { url, body, secret, schema, what } = question;
  const headers = {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
  };
  const signal = AbortSignal.timeout(ANSWER_MS_MAX);
  const response = await ask(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    signal,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw unreachable(url, cause instanceof Error ? cause.message : String(cause), cause);
  });
  const answer = await jsonOf(response, url);
  if (response.ok) return decode(schema, answer, what);
  throw refusalOf(response.status, answer, url);
}

async function jsonOf(response: Response, url: string): Promise<unknown> {
  try {
    const text = await response.text();
    if (text.length > ANSWER_LENGTH_MAX) throw new Error(`${text.length} characters`);
    return JSON.parse(text);
  } catch (cause) {
    throw unreachable(url, `answered ${response.status} with what is no answer of a hub`, cause);
  }
}

function refusalOf(status: number, answer: unknown, url: string): KitError {
  const { message, hint } = (answer ?? {}) as { readonly message?: unknown; readonly hint?: unknown };
  const known = REFUSALS.find((one) => one === status);
  const words = typeof message === 'string' ? message.slice(0, 500) : `it answered ${status}`;
  if (known === undefined) return unreachable(url, words);
  const cure = typeof hint === 'string' ? { hint: hint.slice(0, 500) } : {};
  return new KitError(CODES[known], `the hub says: ${words}`, cure);
}

function unreachable(url: string, why: string, cause?: unknown): KitError {
  return new KitError('HUB_UNREACHABLE', `the hub at ${new URL(url).host}: ${why}`, {
    hint: 'Check that the hub runs, that its name leads to it, and that the clock of this computer is right.',
    cause,
  });
}
