import { constants } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import type { DeviceAccess } from '../enrolment/device-access.ts';
import { type DeviceIdentity, identityOf } from '../enrolment/device-identity.ts';
import type { DeviceRequests } from '../enrolment/device-requests.ts';
import type { ServerCertificate } from '../enrolment/server-certificate.ts';
import { listenOn } from '../listen-on.ts';
import { createDoorRate } from './door-rate.ts';
import { createDoorRoutes, type DoorHandler } from './door-routes.ts';

/** The hub's one door for edges over HTTPS. */
export interface EdgeDoor {
  /** Shape: `https://name:port`. */
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

/** What the door needs. Shape: port 0 takes a free one; `name` is the host name in the address that edges are given. */
export interface EdgeDoorDeps {
  readonly host: string;
  readonly name: string;
  readonly port: number;
  readonly certificate: ServerCertificate;
  readonly access: DeviceAccess;
  readonly requests: DeviceRequests;
  /** Answers below `/v1/shapes/`, for the edge that the certificate names. */
  readonly shapes?: DoorHandler | undefined;
  readonly monotonicMs: () => number;
  readonly log: (line: string) => void;
}

/** How many connections the door holds at once; an edge uses a few. */
export const DOOR_CONNECTIONS_MAX = 1_024;

const HEADERS_MS_MAX = 10_000;
const HANDSHAKE_MS_MAX = 10_000;
/** The body of a request is there soon; the answer to it may wait for news as long as it likes. */
const REQUEST_MS_MAX = 30_000;
const KEEP_ALIVE_MS = 60_000;
const HEADER_BYTES_MAX = 16_384;

/**
 * Opens the door.
 *
 * Shape:  TLS 1.3; a certificate is asked for and not demanded, since a new edge has none yet; each way says what it needs.
 * Errors: `PORT_TAKEN`.
 */
export async function openEdgeDoor(deps: EdgeDoorDeps): Promise<EdgeDoor> {
  const { certificate, access } = deps;
  const rate = createDoorRate(deps.monotonicMs);
  const routes = createDoorRoutes({ ...deps, rate });
  const listener = getRequestListener(
    (request, env) => {
      const { socket } = (env as HttpBindings).incoming;
      return routes(request, { device: deviceOf(socket), address: addressOf(socket) });
    },
    { overrideGlobalObjects: false },
  );
  const server = createServer(
    {
      ...certificate.context(),
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_MS_MAX,
      secureOptions: constants.SSL_OP_NO_TICKET,
      headersTimeout: HEADERS_MS_MAX,
      requestTimeout: REQUEST_MS_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
      noDelay: true,
    },
    (request, response) => void listener(request, response),
  );
  server.maxConnections = DOOR_CONNECTIONS_MAX;
  const stopCutting = cutOffRefused(server, access);
  const stopRenewing = certificate.onRenewed(() => server.setSecureContext(certificate.context()));
  const port = await listenOn(server, { ...deps, variable: 'GATEHOUSE_EDGE_PORT' });
  return {
    address: `https://${deps.name}:${port}`,
    port,
    close: () => {
      stopCutting();
      stopRenewing();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** An answer that waits for news must not outlive the access of its edge. */
function cutOffRefused(server: Server, access: DeviceAccess): () => void {
  const held = new Map<TLSSocket, DeviceIdentity>();
  server.on('secureConnection', (socket) => {
    const device = identityOf(socket);
    if (device === undefined) return;
    held.set(socket, device);
    socket.once('close', () => held.delete(socket));
  });
  return access.onRead(() => {
    for (const [socket, device] of held) if (access.refusalOf(device) !== undefined) socket.destroy();
  });
}

function deviceOf(socket: Socket): DeviceIdentity | undefined {
  return socket instanceof TLSSocket ? identityOf(socket) : undefined;
}

function addressOf({ remoteAddress }: Socket): string {
  return (remoteAddress ?? 'unknown').replace(/^::ffff:/, '');
}
