import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { KitError } from '@gatehouse/shared/errors.ts';
import { Aedes } from 'aedes';
import { limitPackets } from './packet-limit.ts';
import { edgeOfUpTopic, isAckTopic, isDownTopic } from './topics.ts';
import type { UplinkDeps, UplinkServer } from './uplink-server.ts';

/** What the hub's own broker needs. Shape: port 0 takes a free one. */
export interface BrokerDeps extends UplinkDeps {
  readonly port: number;
}

/** How many edges may be connected to the hub's own broker. */
export const CONNECTIONS_MAX = 256;

const HOST = '127.0.0.1';
const QOS_MAX = 1;
const CLIENT_ID_LENGTH_MAX = 128;
const CLIENT_QUEUE_MAX = 64;

/**
 * The hub's own MQTT 3.1.1 broker, on this machine alone.
 *
 * Shape:  it keeps no message: what comes goes straight to ingest, and an acknowledgement that is missed is asked for
 *         again. An edge may only send to `e/<edge>/up` and hear `e/<edge>/ack` and `e/<edge>/down`.
 * Errors: `PORT_TAKEN`.
 */
export async function startBroker(deps: BrokerDeps): Promise<UplinkServer> {
  const broker = await Aedes.createBroker({
    maxClientsIdLength: CLIENT_ID_LENGTH_MAX,
    queueLimit: CLIENT_QUEUE_MAX,
    authorizePublish: (client, packet, done) => {
      const edge = edgeOfUpTopic(packet.topic);
      if (client === null) return done(null);
      if (edge === undefined || packet.retain || packet.qos > QOS_MAX)
        return done(new Error(`not for ${packet.topic}`));
      deps.receive(edge, bytesOf(packet.payload));
      return done(null);
    },
    authorizeSubscribe: (_client, subscription, done) =>
      done(null, isAckTopic(subscription.topic) || isDownTopic(subscription.topic) ? subscription : null),
  });
  broker.on('clientError', (_client, error) => deps.log(`a connection of the broker failed: ${error.message}`));
  broker.on('connectionError', (_client, error) => deps.log(`a connection of the broker failed: ${error.message}`));

  const sockets = new Set<Socket>();
  // Without it each small packet waits for the acknowledgement of the one before, 25 round trips a second at best.
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    broker.handle(socket);
    limitPackets(socket, deps.log);
  });
  server.maxConnections = CONNECTIONS_MAX;
  const port = await listen(server, deps.port);
  return {
    address: `mqtt://${HOST}:${port}`,
    publish: (topic, payload) => {
      const packet = { cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false } as const;
      broker.publish(packet, (error) => {
        if (error) deps.log(`${topic} was not published: ${error.message}`);
      });
    },
    close: async () => {
      await new Promise<void>((resolve) => broker.close(resolve));
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, port)));
    server.listen(port, HOST, () => resolve((server.address() as AddressInfo).port));
  });
}

function listenError(cause: NodeJS.ErrnoException, port: number): KitError {
  if (cause.code === 'EADDRINUSE') {
    return new KitError('PORT_TAKEN', `port ${port} for edges is taken by another program`, {
      hint: 'Stop that program, or give the hub another port with GATEHOUSE_MQTT_PORT.',
      cause,
    });
  }
  return new KitError('BROKER_UNREACHABLE', `port ${port} for edges cannot be opened: ${cause.message}`, { cause });
}

function bytesOf(payload: string | Buffer): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload;
}
