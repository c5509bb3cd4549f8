import type { IncomingMessage, ServerResponse } from 'node:http';
import { type HttpDoor, openHttpDoor } from '../http-door.ts';
import type { Witness, WitnessAnswer, WitnessRequest } from './witness.ts';

/** Where a witness answers. Shape: port 0 takes a free one. */
export interface WitnessDoorDeps {
  readonly witness: Pick<Witness, 'add'>;
  readonly host: string;
  readonly port: number;
  readonly report: (line: string) => void;
}

const BODY_BYTES_MAX = 64 * 1024;
const CONNECTIONS_MAX = 16;
const REQUEST_MS_MAX = 20_000;
const OLD = /^old (0|[1-9]\d{0,15})$/;
const HASH = /^[A-Za-z0-9+/]{43}=$/;

/**
 * Serves `POST /add-checkpoint`.
 *
 * Shape:  the door's address is the submission prefix.
 * Errors: as `listenOn`.
 * Source: C2SP tlog-witness, "HTTP Interface".
 */
export function openWitnessDoor({ witness, host, port, report }: WitnessDoorDeps): Promise<HttpDoor> {
  return openHttpDoor({
    answer: (request, response) => answer(witness, request, response),
    refuse: (response) => send(response, 503, 'the witness cannot answer'),
    connectionsMax: CONNECTIONS_MAX,
    requestMsMax: REQUEST_MS_MAX,
    report,
    host,
    port,
    variable: '--listen',
  });
}

async function answer(
  witness: Pick<Witness, 'add'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.url !== '/add-checkpoint') return send(response, 404, 'no path of a witness');
  if (request.method !== 'POST') return send(response, 405, 'checkpoints are posted');
  const text = await bodyOf(request);
  const asked = text === undefined ? undefined : parseRequest(text);
  if (asked === undefined) return send(response, 400, 'not an old size, a proof and a checkpoint');
  const said = await witness.add(asked);
  if (said.status === 200) return send(response, 200, said.line);
  if (said.status !== 409) return send(response, said.status, said.reason);
  response.setHeader('Content-Type', 'text/x.tlog.size');
  send(response, 409, `${said.size}`);
}

function parseRequest(text: string): WitnessRequest | undefined {
  const end = text.indexOf('\n\n');
  const [first = '', ...hashes] = text.slice(0, end).split('\n');
  const [, size] = OLD.exec(first) ?? [];
  if (end < 0 || size === undefined || !hashes.every((hash) => HASH.test(hash))) return undefined;
  return {
    oldSize: Number(size),
    proof: hashes.map((hash) => Buffer.from(hash, 'base64')),
    note: text.slice(end + 2),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: WitnessAnswer['status'] | 405 | 503, text: string): void {
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.writeHead(status, { 'Cache-Control': 'no-store' });
  response.end(`${text}\n`);
}
