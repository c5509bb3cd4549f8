import { readFileSync } from 'node:fs';
import { connect as connectTcp, isIP, Socket } from 'node:net';
import { connect as connectTls, type SecureContextOptions } from 'node:tls';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { type IClientOptions, MqttClient } from 'mqtt';

/** A connection to the broker that comes back by itself. */
export interface BrokerLink {
  readonly isConnected: boolean;
  /** What was handed over and not yet receipted by the broker. Units: bytes. */
  readonly bufferedBytes: number;
  /** Hands a message over. Shape: that the broker took it means nothing; whoever sends keeps what is not acknowledged. */
  publish(topic: string, payload: Buffer): void;
  stop(): Promise<void>;
}

/** The files of a connection by TLS, read anew for each connection, so that a renewed certificate counts from the next one on. */
export interface BrokerFiles {
  /** Who signed the broker's certificate; without it the authorities that the system knows. */
  readonly authority?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

/** What a link needs. Shape: `random` is between 0 and 1, for the jitter of reconnections. */
export interface BrokerLinkDeps {
  readonly url: string;
  readonly files?: BrokerFiles | undefined;
  /** What an enrolled edge shows and believes, asked for each connection; it takes the place of the files. */
  readonly secure?: (() => SecureContextOptions) | undefined;
  readonly clientId: string;
  readonly topic: string;
  readonly random: () => number;
  readonly onConnect: () => void;
  readonly onClose: (why: string) => void;
  readonly onMessage: (payload: Buffer) => void;
  /** Another topic that is heard where the broker allows it. */
  readonly beside?: { readonly topic: string; readonly onMessage: (payload: Buffer) => void };
}

/** The waits between two attempts to connect. Units: milliseconds. */
export const RECONNECT_MS_MIN = 250;
/** The longest wait before its jitter of up to a half. Units: milliseconds. */
export const RECONNECT_MS_MAX = 15_000;

const KEEPALIVE_SECONDS = 15;
const CONNECT_TIMEOUT_MS = 10_000;
const PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883 };

/**
 * Connects to a broker over MQTT 3.1.1 and keeps trying.
 *
 * Errors: `CONFIG_INVALID` for an address that is not `mqtt://` or `mqtts://`; later failures reach `onClose`.
 */
export function openBrokerLink(deps: BrokerLinkDeps): BrokerLink {
  const address = parseAddress(deps.url);
  const client = new MqttClient(
    () => openOrFail(address, deps.secure ?? (() => readFiles(deps.files ?? {}))),
    clientOptions(deps, address),
  );
  let attempts = 0;
  let bufferedBytes = 0;
  let isStopped = false;
  let why = 'the connection ended';
  let timer: NodeJS.Timeout | undefined;

  client.on('connect', () => {
    attempts = 0;
    client.subscribe(deps.topic, { qos: 1 }, (error) => {
      if (error === null || error === undefined) deps.onConnect();
      else client.stream.destroy(error);
    });
    // Whatever comes there comes by another way too, so a broker that refuses it is no reason to stay away.
    if (deps.beside !== undefined) client.subscribe(deps.beside.topic, { qos: 1 }, () => {});
  });
  client.on('message', (topic, payload) => {
    if (topic === deps.beside?.topic) deps.beside.onMessage(payload);
    else deps.onMessage(payload);
  });
  client.on('error', (error) => {
    why = describeError(error);
  });
  client.on('close', () => {
    deps.onClose(why);
    clearTimeout(timer);
    if (isStopped) return;
    timer = setTimeout(() => client.reconnect(), waitMs(attempts, deps.random()));
    attempts += 1;
  });
  client.connect();

  return {
    get isConnected() {
      return client.connected;
    },
    get bufferedBytes() {
      return bufferedBytes;
    },
    publish: (topic, payload) => {
      if (!client.connected) return;
      bufferedBytes += payload.length;
      client.publish(topic, payload, { qos: 1 }, () => {
        bufferedBytes -= payload.length;
      });
    },
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await client.endAsync(true);
    },
  };
}

/** The wait before the next attempt: doubling, bounded, and different for each edge. Units: milliseconds. */
export function waitMs(attempts: number, random: number): number {
  const steady = Math.min(RECONNECT_MS_MAX, RECONNECT_MS_MIN * 2 ** Math.min(attempts, 16));
  return Math.round(steady * (1 + random / 2));
}

function clientOptions({ clientId }: BrokerLinkDeps, address: URL): IClientOptions {
  return {
    clientId,
    protocolVersion: 4,
    clean: true,
    // Our own timer reconnects, with a bound and jitter.
    reconnectPeriod: 0,
    manualConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepalive: KEEPALIVE_SECONDS,
    resubscribe: false,
    queueQoSZero: false,
    ...(address.username === '' ? {} : { username: decodeURIComponent(address.username) }),
    ...(address.password === '' ? {} : { password: decodeURIComponent(address.password) }),
  };
}

/** A file that cannot be read is a connection that fails: it is tried again, and the reason is shown meanwhile. */
function openOrFail(address: URL, secure: () => SecureContextOptions): Socket {
  try {
    return openStream(address, secure);
  } catch (error) {
    return new Socket().destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

/** Without `noDelay` on every new stream, small messages wait for each other: eleven round trips a second. */
function openStream(address: URL, secureOf: () => SecureContextOptions): Socket {
  const target = { host: address.hostname.replace(/^\[|\]$/g, ''), port: portOf(address) };
  if (address.protocol === 'mqtts:') {
    const secure = connectTls({ ...target, ...serverName(target.host), ...secureOf() });
    secure.setNoDelay(true);
    return secure;
  }
  return connectTcp({ ...target, noDelay: true });
}

/** A name is asked for in the greeting; an address is not, the protocol has no room for one. */
function serverName(host: string): { readonly servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

function readFiles({ authority, certificate, key }: BrokerFiles): SecureContextOptions {
  return {
    ...(authority === undefined ? {} : { ca: readFileSync(authority) }),
    ...(certificate === undefined ? {} : { cert: readFileSync(certificate) }),
    ...(key === undefined ? {} : { key: readFileSync(key) }),
  };
}

function portOf(address: URL): number {
  return address.port === '' ? (PORTS[address.protocol] ?? 0) : Number(address.port);
}

function parseAddress(text: string): URL {
  const address = URL.canParse(text) ? new URL(text) : undefined;
  if (address !== undefined && address.protocol in PORTS) return address;
  throw new KitError('CONFIG_INVALID', `a broker at ${JSON.stringify(text)}`, {
    hint: 'Write it like mqtt://127.0.0.1:1883 or mqtts://broker.example:8883.',
  });
}
