import { AsyncLocalStorage } from 'node:async_hooks';
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** What became of one request on the wire, filled in as it happens. Shape: `left` is set before the first byte can go. */
export interface WireRecord {
  left: boolean;
  status?: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

/** What ccxt hands to the function that fetches for it. */
interface FetchParameters {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The part of a response that ccxt reads. */
interface FetchedResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Readonly<Record<string, string>>;
  text(): Promise<string>;
}

/**
 * The way of REST requests to the exchange, in place of ccxt's own.
 *
 * Shape: each call is exactly one request on one connection; nothing here is ever sent a second time. `record` runs a call of ccxt and
 *        notes what its request did. The timeout covers the whole answer, its body too.
 */
export interface Transport {
  fetch(url: string, parameters: FetchParameters): Promise<FetchedResponse>;
  record<T>(call: () => Promise<T>): Promise<{ readonly wire: WireRecord; readonly outcome: Outcome<T> }>;
  close(): void;
}

/** A result, or what was thrown. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

const SOCKETS_MAX = 16;
const IDLE_MS_MAX = 20_000;
const BODY_BYTES_MAX = 32 * 1024 * 1024;

/** Opens no connection before the first request. */
export function createTransport({ timeoutMs }: { readonly timeoutMs: number }): Transport {
  const records = new AsyncLocalStorage<WireRecord>();
  const pool = { keepAlive: true, maxSockets: SOCKETS_MAX, maxFreeSockets: SOCKETS_MAX, keepAliveMsecs: IDLE_MS_MAX };
  const agents = { http: new HttpAgent(pool), https: new HttpsAgent(pool) };
  return {
    fetch: (url, parameters) =>
      exchangeOnce({ url, parameters, timeoutMs, agents, record: records.getStore() ?? { left: false } }),
    async record(call) {
      const wire: WireRecord = { left: false };
      try {
        return { wire, outcome: { ok: true, value: await records.run(wire, call) } };
      } catch (error) {
        return { wire, outcome: { ok: false, error } };
      }
    },
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

interface OneExchange {
  readonly url: string;
  readonly parameters: FetchParameters;
  readonly timeoutMs: number;
  readonly agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly record: WireRecord;
}

function exchangeOnce({ url, parameters, timeoutMs, agents, record }: OneExchange): Promise<FetchedResponse> {
  const { method, headers = {}, body } = parameters;
  const target = new URL(url);
  const isEncrypted = target.protocol === 'https:';
  const sent = body === undefined ? headers : { ...headers, 'Content-Length': `${Buffer.byteLength(body)}` };
  return new Promise((resolve, reject) => {
    const options = { method, headers: sent, agent: isEncrypted ? agents.https : agents.http };
    const request = isEncrypted ? httpsRequest(target, options) : httpRequest(target, options);
    const timer = setTimeout(() => request.destroy(timedOut(timeoutMs)), timeoutMs);
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      request.destroy();
      reject(asFetchError(error));
    };
    request.on('error', fail);
    request.on('socket', () => markLeft(request, record, isEncrypted ? 'secureConnect' : 'connect'));
    request.on('response', (response) => {
      record.status = response.statusCode ?? 0;
      record.headers = flatHeaders(response);
      readBody(response, (text) => {
        clearTimeout(timer);
        record.body = text;
        resolve({
          status: record.status ?? 0,
          statusText: response.statusMessage ?? '',
          headers: record.headers ?? {},
          text: async () => text,
        });
      }).catch(fail);
    });
    request.end(body);
  });
}

/** A request is written as soon as its connection stands; until then a failure leaves the exchange without it. */
function markLeft({ socket, reusedSocket }: ClientRequest, record: WireRecord, ready: string): void {
  if (socket === null || reusedSocket || !socket.connecting) record.left = true;
  // Before any listener of the request itself, which would write first.
  else socket.prependOnceListener(ready, () => (record.left = true));
}

async function readBody(response: IncomingMessage, done: (text: string) => void): Promise<void> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new TypeError(`an answer of more than ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  if (!response.complete) throw new TypeError('the answer ended in its middle');
  done(Buffer.concat(chunks).toString('utf8'));
}

function flatHeaders(response: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : `${value}`,
    ]),
  );
}

/** An error by whose name ccxt knows a timeout. */
function timedOut(timeoutMs: number): Error {
  const error = new Error(`no whole answer within ${timeoutMs} ms`);
  error.name = 'TimeoutError';
  return error;
}

/** ccxt takes a `TypeError` for a failure of the network and throws its own class for it. */
function asFetchError(error: unknown): Error {
  if (error instanceof Error && error.name === 'TimeoutError') return error;
  return new TypeError(error instanceof Error ? error.message : 'the request failed', { cause: error });
}
