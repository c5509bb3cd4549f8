import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ApiKey } from './accounts.ts';
import { REFUSALS, Refusal } from './refusal.ts';

/** What an endpoint asks of its caller. Shape: `key` needs a key alone, the last two a signature too. */
export type Security = 'none' | 'key' | 'user-data' | 'trade';

/** A request as far as access to it is concerned. Shape: `payload` is what the signature is over. */
export interface Credentials {
  readonly key: string | undefined;
  readonly signature: string | undefined;
  readonly timestamp: string | undefined;
  readonly recvWindow: string | undefined;
  readonly payload: string;
}

const DEFAULT_WINDOW_MS = 5_000;
const WINDOW_MS_MAX = 60_000;
const AHEAD_MS = 1_000;

/** Lets a request in. Errors: -2014, -2015, -1102, -1131, -1021 and -1022, in the order in which Binance looks. */
export function admit(
  credentials: Credentials,
  { security, keys, nowMs }: { readonly security: Security; readonly keys: readonly ApiKey[]; readonly nowMs: number },
): ApiKey | undefined {
  if (security === 'none') return undefined;
  if (credentials.key === undefined || credentials.key === '') {
    throw new Refusal(-2014, 'API-key format invalid.', { status: 401 });
  }
  const known = keys.find(({ key }) => key === credentials.key);
  if (known === undefined) throw REFUSALS.badKey();
  if (security === 'key') return known;
  checkTime(credentials, nowMs);
  checkSignature(credentials, known.secret);
  const { reading, spotTrading } = known.permissions;
  if (security === 'trade' ? !spotTrading : !reading) throw REFUSALS.badKey();
  return known;
}

function checkTime({ timestamp, recvWindow }: Credentials, nowMs: number): void {
  if (timestamp === undefined || !/^\d{1,16}$/.test(timestamp)) throw REFUSALS.missing('timestamp');
  const windowMs = recvWindow === undefined ? DEFAULT_WINDOW_MS : Number(recvWindow);
  if (!(windowMs > 0 && windowMs <= WINDOW_MS_MAX)) {
    throw new Refusal(-1131, `recvWindow must be less than ${WINDOW_MS_MAX}`);
  }
  const sentMs = Number(timestamp);
  if (sentMs >= nowMs + AHEAD_MS) {
    throw new Refusal(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
  }
  if (nowMs - sentMs > windowMs) throw new Refusal(-1021, 'Timestamp for this request is outside of the recvWindow.');
}

function checkSignature({ signature, payload }: Credentials, secret: string): void {
  if (signature === undefined || signature === '') throw REFUSALS.missing('signature');
  const expected = createHmac('sha256', secret).update(payload).digest();
  const sent = Buffer.from(signature, 'hex');
  if (sent.length === expected.length && timingSafeEqual(sent, expected)) return;
  throw new Refusal(-1022, 'Signature for this request is not valid.');
}

/** What a signature over HTTP covers: query and body in a row, without the signature itself. */
export function signedText(query: string, body: string): string {
  const without = (text: string): string =>
    text
      .split('&')
      .filter((part) => !part.startsWith('signature='))
      .join('&');
  return without(query) + without(body);
}

/** What a signature in a socket covers: all parameters in the order of their names. */
export function signedParameters(parameters: ReadonlyMap<string, string>): string {
  return [...parameters]
    .filter(([name]) => name !== 'signature')
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}
