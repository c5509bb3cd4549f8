import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect as connectTcp, isIP, Socket } from 'node:net';
import { connect as connectTls, type SecureContextOptions } from 'node:tls';
import { KitError } from '@gatehouse/shared/errors.ts';
import { connectProperties, publishProperties, refusalIn } from '@gatehouse/shared/mqtt/mqtt-terms.ts';
import { createVersionChoice, type VersionChoice } from '@gatehouse/shared/mqtt/version-choice.ts';
import { MqttClient, ReasonCodes } from 'mqtt';
import type { BrokerFiles } from '../config.ts';
import { ALL_UP_TOPICS, edgeOfUpTopic } from './topics.ts';
import type { UplinkDeps, UplinkServer } from './uplink-server.ts';

/** What the hub needs to work through a broker of the firm's own. */
export interface ExternalBrokerDeps extends UplinkDeps {
  /** Shape: `mqtt://host:port` or `mqtts://host:port`, with user and password where the broker asks for them. */
  readonly url: string;
  readonly clientId: string;
  readonly files?: BrokerFiles | undefined;
}

/** How long the first connection may take. Units: milliseconds. */
export const CONNECT_TIMEOUT_MS = 10_000;

const RECONNECT_PERIOD_MS = 1_000;
const KEEPALIVE_SECONDS = 30;
const ID_BYTES = 4;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883 };

/**
 * The hub as a client of a broker that the firm runs (Mosquitto, EMQX).
 *
 * Shape:  MQTT 5, or 3.1.1 where the broker has no more; nothing rests on which. A lost or refused connection is made again by
 *         itself; edges send again what was not acknowledged meanwhile.
 * Errors: `CONFIG_INVALID` for an address of another form; `BROKER_UNREACHABLE` where the first connection fails.
 */
export async function connectBroker(deps: ExternalBrokerDeps): Promise<UplinkServer> {
  const url = parseUrl(deps.url);
  const choice = createVersionChoice();
  const line = { isReached: false };
  const properties = connectProperties(choice.version);
  const openLine = (): Socket => {
    line.isReached = false;
    const socket = openOrFail(url, deps.files);
    return socket.once(url.protocol === 'mqtts:' ? 'secureConnect' : 'connect', () => {
      line.isReached = true;
    });
  };
  const client = new MqttClient(openLine, {
    // Several hubs share one broker, and a broker throws out the client whose id comes again.
    clientId: `${deps.clientId}-${randomBytes(ID_BYTES).toString('hex')}`,
    manualConnect: true,
    // The client library takes its number of messages without a receipt from here alone.
    ...(properties === undefined ? {} : { properties: { ...properties } }),
    clean: true,
    keepalive: KEEPALIVE_SECONDS,
    reconnectPeriod: RECONNECT_PERIOD_MS,
    // Without it one refusal, of a broker that is about to stop, would be the last word.
    reconnectOnConnackError: true,
    resubscribe: false,
    queueQoSZero: false,
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
  });
  watchVersion(client, choice, line);
  client.on('error', (error) => deps.log(`the broker at ${url.host}: ${error.message}`));
  client.on('disconnect', ({ reasonCode }) => {
    deps.log(`the broker at ${url.host} ends the connection: ${reasonText(reasonCode)}`);
  });
  client.on('message', (topic, payload) => {
    const edge = edgeOfUpTopic(topic);
    if (edge !== undefined) deps.receive(edge, payload);
  });
  client.connect();
  await ready(client, url, deps.log);
  return {
    address: `${url.protocol}//${url.host}`,
    publish: (topic, payload) => {
      const properties = publishProperties(choice.version);
      client.publish(topic, payload, { qos: 0, ...(properties === undefined ? {} : { properties }) });
    },
    close: async () => {
      await client.endAsync(true);
    },
  };
}

/** Sets the version of each next connection by how the one before ended. */
function watchVersion(client: MqttClient, choice: VersionChoice, line: { readonly isReached: boolean }): void {
  let isTaken = false;
  let reason: number | undefined;
  const apply = (): void => {
    const properties = connectProperties(choice.version);
    client.options.protocolVersion = choice.version;
    if (properties === undefined) delete client.options.properties;
    else client.options.properties = { ...properties };
  };
  client.on('connect', () => {
    isTaken = true;
    choice.accepted();
  });
  client.on('error', (error) => {
    reason = isTaken ? undefined : refusalIn(error);
  });
  client.on('close', () => {
    if (!isTaken) choice.ended({ reason, isReached: line.isReached });
    isTaken = false;
    reason = undefined;
    apply();
  });
  apply();
}

function reasonText(code: number | undefined): string {
  const words: Readonly<Record<number, string>> = ReasonCodes;
  return (words[code ?? 0] ?? '') || `it gives reason ${code ?? 'none'}`;
}

/** Subscribes after each connection; resolves after the first one. */
function ready(client: MqttClient, url: URL, log: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      client.end(true);
      reject(
        new KitError('BROKER_UNREACHABLE', `the broker at ${url.host} did not answer in ${CONNECT_TIMEOUT_MS} ms`, {
          hint: 'Check MQTT_URL and that the broker runs; or leave MQTT_URL out to use the hub’s own broker.',
        }),
      );
    }, CONNECT_TIMEOUT_MS);
    client.on('connect', () => {
      client.subscribe(ALL_UP_TOPICS, { qos: 1 }, (error) => {
        clearTimeout(timer);
        if (error) log(`the broker at ${url.host} refused ${ALL_UP_TOPICS}: ${error.message}`);
        resolve();
      });
    });
  });
}

/** A file that cannot be read is a connection that fails: it is tried again, and the reason is in the log. */
function openOrFail(url: URL, files: BrokerFiles | undefined): Socket {
  try {
    return openSocket(url, files);
  } catch (error) {
    return new Socket().destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

/** Each connection gets a socket without delay; the client's own options would lose it when it connects again. */
function openSocket(url: URL, files: BrokerFiles | undefined): Socket {
  const port = url.port === '' ? (DEFAULT_PORTS[url.protocol] ?? 0) : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol === 'mqtt:') return connectTcp({ host, port, noDelay: true });
  const name = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ host, port, ...name, ...readFiles(files) }).setNoDelay(true);
}

/** Read for each connection, so that a renewed certificate counts from the next one on. */
function readFiles(files: BrokerFiles | undefined): SecureContextOptions {
  const read = (path: string | undefined): Buffer | undefined => (path === undefined ? undefined : readFileSync(path));
  const [ca, cert, key] = [read(files?.authority), read(files?.certificate), read(files?.key)];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && url.protocol in DEFAULT_PORTS) return url;
  throw new KitError('CONFIG_INVALID', `MQTT_URL is ${JSON.stringify(text)}`, {
    hint: 'Write it like mqtt://host:1883 or mqtts://host:8883.',
  });
}
