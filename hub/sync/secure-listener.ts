import { constants } from 'node:crypto';
import { createServer, type TLSSocket } from 'node:tls';
import { type DeviceIdentity, identityOf } from './enrolment/device-identity.ts';
import type { ServerCertificate } from './enrolment/server-certificate.ts';
import { listenOn } from './listen-on.ts';

/** A listener that lets in nobody without a certificate of the hub's authority. Shape: port 0 takes a free one. */
export interface SecureListenerDeps {
  readonly host: string;
  readonly port: number;
  /** The variable that gives it another port, for the cure of a port that is taken. */
  readonly variable: string;
  readonly connectionsMax: number;
  readonly certificate: ServerCertificate;
  readonly onConnection: (socket: TLSSocket, device: DeviceIdentity) => void;
  readonly log: (line: string) => void;
}

/** An open listener. */
export interface SecureListener {
  readonly port: number;
  close(): Promise<void>;
}

const HANDSHAKE_MS_MAX = 10_000;
const LOG_LINES_A_MINUTE_MAX = 20;
const MINUTE_MS = 60_000;

/**
 * Listens over TLS 1.3 with certificates on both sides.
 *
 * Shape:  no session is ever resumed, so that each connection shows its certificate anew. Errors: as `listenOn`.
 */
export async function openSecureListener(deps: SecureListenerDeps): Promise<SecureListener> {
  const { certificate } = deps;
  const sockets = new Set<TLSSocket>();
  const log = boundedLog(deps.log);
  const server = createServer(
    {
      ...certificate.context(),
      requestCert: true,
      rejectUnauthorized: true,
      handshakeTimeout: HANDSHAKE_MS_MAX,
      secureOptions: constants.SSL_OP_NO_TICKET,
      noDelay: true,
    },
    (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      socket.on('error', () => undefined);
      const device = identityOf(socket);
      if (device !== undefined) return deps.onConnection(socket, device);
      log('a connection showed a certificate that names no edge');
      socket.destroy();
    },
  );
  server.maxConnections = deps.connectionsMax;
  server.on('tlsClientError', (error) => log(`a connection without a good certificate was refused: ${error.message}`));
  const stop = certificate.onRenewed(() => server.setSecureContext(certificate.context()));
  const port = await listenOn(server, deps);
  return {
    port,
    close: async () => {
      stop();
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Strangers who try again and again must not fill the log. */
function boundedLog(log: (line: string) => void): (line: string) => void {
  let [fromMs, lines] = [performance.now(), 0];
  return (line) => {
    if (performance.now() - fromMs > MINUTE_MS) [fromMs, lines] = [performance.now(), 0];
    lines += 1;
    if (lines <= LOG_LINES_A_MINUTE_MAX) log(line);
  };
}
