import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { describeError } from '@gatehouse/shared/errors.ts';
import { CHECKPOINT_PATH, parseTilePath } from '@gatehouse/shared/journal/tile-path.ts';
import { listenOn } from '../../sync/listen-on.ts';
import type { LogReader } from './log-reader.ts';

/** Where a log is served. Shape: port 0 takes a free one. */
export interface LogDoorDeps {
  readonly log: LogReader;
  readonly host: string;
  readonly port: number;
  readonly report: (line: string) => void;
}

/** The open door. Shape: `address` is the prefix of the log. */
export interface LogDoor {
  readonly address: string;
  close(): Promise<void>;
}

const CONNECTIONS_MAX = 64;
const HEADERS_MS_MAX = 10_000;
const REQUEST_MS_MAX = 30_000;
const FOR_EVER = 'public, max-age=31536000, immutable';
const NOT_KEPT = 'no-store';
const compress = promisify(gzip);

/**
 * Serves a log to whoever asks: its checkpoint, tiles and bundles of headers, and nothing else. Bodies are not in it.
 *
 * Errors: as `listenOn`.
 * Source: C2SP tlog-tiles, "APIs".
 */
export async function openLogDoor({ log, host, port, report }: LogDoorDeps): Promise<LogDoor> {
  const server = createServer(
    { headersTimeout: HEADERS_MS_MAX, requestTimeout: REQUEST_MS_MAX },
    (request, response) => {
      answer(log, request, response).catch((error: unknown) => {
        report(`a request to the log failed: ${describeError(error)}`);
        if (response.headersSent) response.destroy();
        else refuse(response, 503, 'the log cannot be read');
      });
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  const open = await listenOn(server, { host, port, variable: 'GATEHOUSE_LOG_PORT' });
  return {
    address: `http://${host.includes(':') ? `[${host}]` : host}:${open}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(log: LogReader, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(response, 405, 'a log is only read');
  }
  const path = (request.url ?? '').slice(1);
  const tile = parseTilePath(path);
  if (tile === undefined && path !== CHECKPOINT_PATH) return refuse(response, 404, 'no path of a log');
  const bytes = await log.read(path);
  if (bytes === undefined) return refuse(response, 404, 'the log has not come so far, or a full tile took its place');
  const isZipped = tile?.level === 'entries' && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  const body = isZipped ? await compress(bytes) : bytes;
  response.writeHead(200, {
    'Content-Type': tile === undefined ? 'text/plain; charset=utf-8' : 'application/octet-stream',
    'Cache-Control': tile === undefined ? NOT_KEPT : FOR_EVER,
    'Content-Length': body.length,
    'X-Content-Type-Options': 'nosniff',
    ...(tile?.level === 'entries' ? { Vary: 'Accept-Encoding' } : {}),
    ...(isZipped ? { 'Content-Encoding': 'gzip' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  // A path that is not there yet may be there in a moment.
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': NOT_KEPT });
  response.end(`${reason}\n`);
}
