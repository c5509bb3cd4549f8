import { type IncomingMessage, STATUS_CODES } from 'node:http';
import { Agent, request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';

/** A `fetch` that shows this edge's certificate and believes the hub's authority alone. */
export interface DoorFetch {
  readonly fetch: typeof fetch;
  close(): void;
}

/** What it works with. Shape: `secure` is asked with each request, and another answer opens another connection. */
export interface DoorFetchDeps {
  readonly secure: () => SecureContextOptions;
  readonly headers?: Readonly<Record<string, string>>;
}

const SOCKETS_MAX = 16;
const IDLE_MS_MAX = 30_000;
const NO_BODY_STATUSES = new Set([204, 205, 304]);

/**
 * Opens it. Shape: over `node:https`, since the built-in `fetch` takes no certificate; bodies are sent as text or bytes and come
 * back as they arrive, so an answer that goes on for ever can be read.
 */
export function createDoorFetch({ secure, headers = {} }: DoorFetchDeps): DoorFetch {
  // A session that is resumed would show the certificate of before.
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX, maxCachedSessions: 0, timeout: IDLE_MS_MAX });
  return {
    fetch: async (input, init) => {
      const request = new Request(input, init);
      request.signal.throwIfAborted();
      const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
      return send(request, { body, agent, headers, secure: secure() });
    },
    close: () => agent.destroy(),
  };
}

interface Sending {
  readonly body: Buffer | undefined;
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
  readonly secure: SecureContextOptions;
}

function send({ url, method, headers, signal }: Request, sending: Sending): Promise<Response> {
  const { body, agent, secure } = sending;
  const { hostname } = new URL(url);
  const name = isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? { servername: hostname } : {};
  const all = {
    ...Object.fromEntries(headers),
    ...sending.headers,
    ...(body === undefined ? {} : { 'content-length': `${body.length}` }),
  };
  return new Promise((resolve, reject) => {
    const options = { method, agent, headers: all, signal, minVersion: 'TLSv1.3', ...name, ...secure } as const;
    const outgoing = requestHttps(url, options, (incoming) => {
      // An answer that breaks off ends its reader with the reason; without one it must not end the process.
      incoming.on('error', () => undefined);
      resolve(responseOf(incoming));
    });
    // As the built-in one does: an abort by its own name, everything else as a failure of the network.
    outgoing.once('error', (cause) =>
      reject(signal.aborted ? signal.reason : new TypeError(`fetch failed: ${cause.message}`, { cause })),
    );
    outgoing.end(body);
  });
}

function responseOf(incoming: IncomingMessage): Response {
  const { statusCode: status = 502, rawHeaders } = incoming;
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
  }
  const isEmpty = NO_BODY_STATUSES.has(status);
  if (isEmpty) incoming.resume();
  const body = isEmpty ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>);
  return new Response(body, { status, statusText: STATUS_CODES[status] ?? '', headers });
}
