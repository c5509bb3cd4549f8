import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { CHECKPOINT_PATH, parseTilePath } from '@gatehouse/shared/journal/tile-path.ts';
import { type HttpDoor, openHttpDoor } from '../http-door.ts';
import type { LogReader } from './log-reader.ts';

/** Where a log is served. Shape: port 0 takes a free one. */
export interface LogDoorDeps {
  readonly log: LogReader;
  readonly host: string;
  readonly port: number;
  readonly report: (line: string) => void;
}

const CONNECTIONS_MAX = 64;
const REQUEST_MS_MAX = 30_000;
const FOR_EVER = 'public, max-age=31536000, immutable';
const NOT_KEPT = 'no-store';
const compress = promisify(gzip);

/**
 * Serves a log to whoever asks: its checkpoint, tiles and bundles of headers, and nothing else. Bodies are not in it.
 *
 * Shape:  the door's address is the prefix of the log.
 * Errors: as `listenOn`.
 * Source: C2SP tlog-tiles, "APIs".
 */
export function openLogDoor({ log, host, port, report }: LogDoorDeps): Promise<HttpDoor> {
  return openHttpDoor({
    answer: (request, response) => answer(log, request, response),
    refuse: (response) => refuse(response, 503, 'the log cannot be read'),
    connectionsMax: CONNECTIONS_MAX,
    requestMsMax: REQUEST_MS_MAX,
    report: (line) => report(`log: ${line}`),
    host,
    port,
    variable: 'GATEHOUSE_LOG_PORT',
  });
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
