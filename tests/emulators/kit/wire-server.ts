import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { runExchange } from './exchange.ts';
import { createFaultPlan, type FaultAnswer, type FaultPlan } from './faults.ts';
import { createSocketLine, type SocketLine } from './socket-line.ts';
import { createTimers, type Timers } from './timers.ts';
import { createWireLog, type WireLog } from './wire-log.ts';

/** An HTTP request as a venue reads it. Shape: `query` and `body` are the raw texts, since signatures are over them. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
  /** Query and body decoded; where both name a parameter, the query's wins. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** What the venue answers to an HTTP request. */
export interface WireAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What an emulated venue does with a WebSocket connection of a client. */
export interface LineEvents {
  message(text: string): void;
  closed(): void;
}

/** The venue behind the wire. Shape: `connect` returns nothing for a path that it serves no socket at. */
export interface WireVenue {
  handle(request: WireRequest): WireAnswer;
  connect(line: SocketLine): LineEvents | undefined;
}

/** A venue on a free port of the loopback. */
export interface WireServer {
  readonly port: number;
  readonly faults: FaultPlan;
  readonly log: WireLog;
  /** The WebSocket connections that stand now. */
  lines(): readonly SocketLine[];
  /** Breaks every connection and refuses new ones, as a pulled plug does. */
  unplug(): Promise<void>;
  /** Listens again, at the same port. */
  plug(): Promise<void>;
  stop(): Promise<void>;
}

const BODY_BYTES_MAX = 256 * 1024;
const CONNECTIONS_MAX = 1_000;

/** Puts a venue on the wire. Errors: rejects where no port can be had. */
export async function startWireServer(
  venueOf: (wire: { readonly log: WireLog; readonly timers: Timers }) => WireVenue,
): Promise<WireServer> {
  const faults = createFaultPlan();
  const log = createWireLog();
  const timers = createTimers();
  const venue = venueOf({ log, timers });
  const sockets = new Set<Socket>();
  const lines = new Set<SocketLine>();
  const acceptor = new WebSocketServer({ noServer: true, autoPong: false, maxPayload: BODY_BYTES_MAX });
  let connections = 0;

  const server = createServer((incoming, outgoing) => {
    collect(incoming, (body) => answer({ incoming, outgoing, body }, { venue, faults, log, timers }));
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  server.on('upgrade', (incoming: IncomingMessage, raw: Duplex, head: Buffer) => {
    acceptor.handleUpgrade(incoming, raw, head, (socket) => {
      connections += 1;
      const url = incoming.url ?? '/';
      const line = createSocketLine({ id: connections, url, socket, raw, faults, log, timers });
      const events = venue.connect(line);
      if (events === undefined) {
        socket.close(1008, 'nothing is served at this path');
        return;
      }
      log.add({ direction: 'in', connection: line.id, method: 'OPEN', path: url, text: '' });
      lines.add(line);
      socket.on('error', () => socket.terminate());
      socket.on('message', (data) => events.message(data.toString()));
      socket.on('close', () => {
        lines.delete(line);
        log.add({ direction: 'in', connection: line.id, method: 'CLOSE', path: url, text: '' });
        events.closed();
      });
    });
  });

  async function listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
    return (server.address() as AddressInfo).port;
  }

  async function unplug(): Promise<void> {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const line of lines) line.terminate();
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  const port = await listen(0);
  return {
    port,
    faults,
    log,
    lines: () => [...lines],
    unplug,
    async plug() {
      if (!server.listening) await listen(port);
    },
    async stop() {
      faults.clear();
      timers.clear();
      await unplug();
      acceptor.close();
    },
  };
}

interface Call {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly body: string;
}

function collect(incoming: IncomingMessage, then: (body: string) => void): void {
  const parts: Buffer[] = [];
  let size = 0;
  incoming.on('data', (part: Buffer) => {
    size += part.length;
    if (size > BODY_BYTES_MAX) incoming.destroy();
    else parts.push(part);
  });
  incoming.on('end', () => then(Buffer.concat(parts).toString()));
}

interface Behind {
  readonly venue: WireVenue;
  readonly faults: FaultPlan;
  readonly log: WireLog;
  readonly timers: Timers;
}

function answer({ incoming, outgoing, body }: Call, { venue, faults, log, timers }: Behind): void {
  const request = read(incoming, body);
  const { method, path, query, parameters } = request;
  const entry = log.add({ direction: 'in', connection: 0, method, path, text: query + body });
  runExchange<WireAnswer>({
    fault: faults.takeForRequest({ method, path, parameters }),
    entry,
    handle: () => venue.handle(request),
    instead: ({ status, headers, body: text }: FaultAnswer) => ({
      status,
      ...(headers === undefined ? {} : { headers }),
      body: text ?? '',
    }),
    describe: ({ status, body: text }) => ({ status, text }),
    send(made) {
      if (outgoing.destroyed) return;
      outgoing.writeHead(made.status, head(made));
      outgoing.end(made.body);
    },
    cut(made) {
      if (outgoing.destroyed) return;
      outgoing.writeHead(made.status, head(made));
      outgoing.write(made.body.slice(0, Math.floor(made.body.length / 2)), () => outgoing.destroy());
    },
    reset: () => outgoing.destroy(),
    later: timers.later,
  });
}

function head(answered: WireAnswer): Record<string, string> {
  return {
    'content-type': 'application/json;charset=UTF-8',
    ...answered.headers,
    'content-length': `${Buffer.byteLength(answered.body)}`,
  };
}

function read(incoming: IncomingMessage, body: string): WireRequest {
  const [path = '/', ...rest] = (incoming.url ?? '/').split('?');
  const query = rest.join('?');
  const parameters = new Map([...new URLSearchParams(body), ...new URLSearchParams(query)]);
  return { method: incoming.method ?? 'GET', path, query, body, headers: incoming.headers, parameters };
}
