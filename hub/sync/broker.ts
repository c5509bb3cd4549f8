import { createServer, type Socket } from 'node:net';
import { Aedes, type AuthenticateError } from 'aedes';
import { type BrokerConnections, createBrokerConnections } from './broker-connections.ts';
import type { DeviceAccess } from './enrolment/device-access.ts';
import type { ServerCertificate } from './enrolment/server-certificate.ts';
import { listenOn } from './listen-on.ts';
import { limitPackets } from './packet-limit.ts';
import { openSecureListener } from './secure-listener.ts';
import { edgeHearing, edgeOfUpTopic } from './topics.ts';
import type { UplinkDeps, UplinkServer } from './uplink-server.ts';

/** What the hub's own broker needs. Shape: port 0 takes a free one; with `secure` enrolled edges reach it from elsewhere too. */
export interface BrokerDeps extends UplinkDeps {
  readonly port: number;
  readonly secure?: SecureBroker | undefined;
}

/** The way in for enrolled edges. Shape: `name` is the host name in the address that they are given. */
export interface SecureBroker {
  readonly host: string;
  readonly name: string;
  readonly port: number;
  readonly certificate: ServerCertificate;
  readonly access: DeviceAccess;
}

/** How many edges may be connected to the hub's own broker. */
export const CONNECTIONS_MAX = 256;

const HOST = '127.0.0.1';
const QOS_MAX = 1;
const CLIENT_ID_LENGTH_MAX = 128;
const CLIENT_QUEUE_MAX = 64;

const OTHER_VERSION = 1;
const NOT_AUTHORIZED = 5;

/**
 * The hub's own MQTT 3.1.1 broker: for edges of this machine without a certificate, for enrolled ones with theirs.
 *
 * Shape:  it keeps no message: what comes goes straight to ingest, and an acknowledgement that is missed is asked for
 *         again. An edge may only send to `e/<edge>/up` and hear `e/<edge>/ack` and `e/<edge>/down`; by a certificate only as
 *         the edge that it names, and an edge that was ever enrolled only by its certificate.
 * Errors: `PORT_TAKEN`.
 */
export async function startBroker(deps: BrokerDeps): Promise<UplinkServer> {
  const connections = createBrokerConnections(deps.secure?.access, deps.log);
  const broker = await Aedes.createBroker({
    maxClientsIdLength: CLIENT_ID_LENGTH_MAX,
    queueLimit: CLIENT_QUEUE_MAX,
    authenticate: (client, username, ...[, done]) => {
      const why = connections.refusalOf(client, username);
      if (why === undefined) return done(null, true);
      deps.log(`a client of the broker was refused: ${why}`);
      return done(notAuthorized(why), false);
    },
    authorizePublish: (client, packet, done) => {
      const edge = edgeOfUpTopic(packet.topic);
      if (client === null) return done(null);
      if (edge === undefined || packet.retain || packet.qos > QOS_MAX || !connections.mayUse(client, edge))
        return done(new Error(`not for ${packet.topic}`));
      deps.receive(edge, bytesOf(packet.payload));
      return done(null);
    },
    authorizeSubscribe: (client, subscription, done) => {
      const edge = edgeHearing(subscription.topic);
      return done(null, edge !== undefined && connections.mayUse(client, edge) ? subscription : null);
    },
    authorizeForward: (client, packet) => {
      const edge = edgeHearing(packet.topic);
      return edge !== undefined && connections.mayUse(client, edge) ? packet : null;
    },
  });
  broker.on('clientError', (_client, error) => deps.log(`a connection of the broker failed: ${error.message}`));
  broker.on('connectionError', (_client, error) => {
    // A client that asks for MQTT 5 first comes again in 3.1.1.
    if (!isOtherVersion(error)) deps.log(`a connection of the broker failed: ${error.message}`);
  });

  const sockets = new Set<Socket>();
  // Without it each small packet waits for the acknowledgement of the one before, 25 round trips a second at best.
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    broker.handle(socket);
    limitPackets(socket, deps.log);
  });
  server.maxConnections = CONNECTIONS_MAX;
  const port = await listenOn(server, { host: HOST, port: deps.port, variable: 'GATEHOUSE_MQTT_PORT' });
  const secure = await openSecure({ broker, connections, deps }).catch(async (error: unknown) => {
    await new Promise<void>((resolve) => server.close(() => resolve()));
    throw error;
  });
  return {
    address: `mqtt://${HOST}:${port}`,
    ...(secure === undefined ? {} : { secureAddress: `mqtts://${deps.secure?.name}:${secure.port}` }),
    publish: (topic, payload) => {
      const packet = { cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false } as const;
      broker.publish(packet, (error) => {
        if (error) deps.log(`${topic} was not published: ${error.message}`);
      });
    },
    close: async () => {
      connections.close();
      await new Promise<void>((resolve) => broker.close(resolve));
      await secure?.close();
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function openSecure(parts: {
  readonly broker: Aedes;
  readonly connections: BrokerConnections;
  readonly deps: BrokerDeps;
}) {
  const { broker, connections, deps } = parts;
  if (deps.secure === undefined) return Promise.resolve(undefined);
  const { log } = deps;
  return openSecureListener({
    ...deps.secure,
    variable: 'GATEHOUSE_MQTTS_PORT',
    connectionsMax: CONNECTIONS_MAX,
    log,
    onConnection: (socket, device) => {
      connections.hold(socket, device);
      broker.handle(socket);
      limitPackets(socket, log);
    },
  });
}

/** MQTT's own word for a client that may not connect. Source: MQTT 3.1.1 section 3.2.2.3. */
function notAuthorized(why: string): AuthenticateError {
  return Object.assign(new Error(why), { returnCode: NOT_AUTHORIZED });
}

function isOtherVersion(error: Error): boolean {
  return Object.getOwnPropertyDescriptor(error, 'errorCode')?.value === OTHER_VERSION;
}

function bytesOf(payload: string | Buffer): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload;
}
