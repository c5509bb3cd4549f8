import { readFileSync } from 'node:fs';
import { connect as connectTcp, isIP, Socket } from 'node:net';
import { connect as connectTls, type SecureContextOptions } from 'node:tls';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import {
  connectProperties,
  PACKET_BYTES_MAX,
  publishProperties,
  refusalIn,
} from '@gatehouse/shared/mqtt/mqtt-terms.ts';
import { createVersionChoice, type MqttVersion } from '@gatehouse/shared/mqtt/version-choice.ts';
import { type IClientOptions, type IConnackPacket, MqttClient, ReasonCodes } from 'mqtt';
import { type BrokerLimits, type BrokerOutbox, createBrokerOutbox } from './broker-outbox.ts';

/** A connection to the broker that comes back by itself. */
export interface BrokerLink {
  readonly isConnected: boolean;
  /** What was handed over and not yet receipted by the broker. Units: bytes. */
  readonly bufferedBytes: number;
  /** The version of MQTT that is spoken, or would be with the next connection. */
  readonly version: MqttVersion;
  /** The longest packet that the broker takes, where it says so. Units: bytes. */
  readonly packetBytesMax?: number | undefined;
  /** Why the broker took the last message not, where it says so. */
  readonly refusal: string | undefined;
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
/** Without a receipt, where the broker names no number of its own. */
const IN_FLIGHT_MAX = 256;
const PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883 };

/**
 * Connects to a broker over MQTT 5, or 3.1.1 where the broker has no more, and keeps trying.
 *
 * Shape:  nothing rests on MQTT 5: it says why something was refused, how much the broker takes at once, and what nobody needs any more.
 * Errors: `CONFIG_INVALID` for an address that is not `mqtt://` or `mqtts://`; later failures reach `onClose`.
 */
export function openBrokerLink(deps: BrokerLinkDeps): BrokerLink {
  return new MqttLink(deps);
}

class MqttLink implements BrokerLink {
  readonly #deps: BrokerLinkDeps;
  readonly #client: MqttClient;
  readonly #choice = createVersionChoice();
  readonly #outbox: BrokerOutbox;
  #attempts = 0;
  #isStopped = false;
  #isTaken = false;
  #isReached = false;
  #reason: number | undefined;
  #packetBytesMax: number | undefined;
  #why = 'the connection ended';
  #timer: NodeJS.Timeout | undefined;
  /** Handed about on its own, as the last thing that is asked of a link. */
  readonly stop = async (): Promise<void> => {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#client.endAsync(true);
  };

  constructor(deps: BrokerLinkDeps) {
    const address = parseAddress(deps.url);
    this.#deps = deps;
    this.#client = new MqttClient(() => this.#open(address), clientOptions(deps, address));
    this.#outbox = createBrokerOutbox({
      monotonicMs: () => performance.now(),
      send: (topic, payload, receipted) => {
        const properties = publishProperties(this.version);
        const options = { qos: 1, ...(properties === undefined ? {} : { properties }) } as const;
        this.#client.publish(topic, payload, options, (error) => receipted(refusalOfMessage(topic, error)));
      },
      onSilence: () => this.#cut('the broker gives no receipts'),
    });
    this.#client.on('connect', (packet) => this.#take(packet));
    this.#client.on('message', (topic, payload) => {
      if (topic === deps.beside?.topic) deps.beside.onMessage(payload);
      else deps.onMessage(payload);
    });
    this.#client.on('error', (error) => {
      this.#why = describeError(error);
      this.#reason = this.#isTaken ? undefined : refusalIn(error);
    });
    this.#client.on('disconnect', ({ reasonCode }) => {
      this.#why = `the broker ended the connection: ${reasonText(reasonCode)}`;
    });
    this.#client.on('close', () => this.#lose());
    this.#connect(() => this.#client.connect());
  }

  get isConnected(): boolean {
    return this.#client.connected;
  }

  get bufferedBytes(): number {
    return this.#outbox.bufferedBytes;
  }

  get version(): MqttVersion {
    return this.#choice.version;
  }

  get packetBytesMax(): number | undefined {
    return this.#packetBytesMax;
  }

  get refusal(): string | undefined {
    return this.#outbox.refusal;
  }

  publish(topic: string, payload: Buffer): void {
    if (this.#client.connected) this.#outbox.publish(topic, payload);
  }

  #open(address: URL): Socket {
    const socket = openOrFail(address, this.#deps.secure ?? (() => readFiles(this.#deps.files ?? {})));
    socket.once(address.protocol === 'mqtts:' ? 'secureConnect' : 'connect', () => {
      this.#isReached = true;
    });
    return socket;
  }

  #connect(begin: () => void): void {
    const properties = connectProperties(this.version);
    this.#client.options.protocolVersion = this.version;
    if (properties === undefined) delete this.#client.options.properties;
    else this.#client.options.properties = { ...properties };
    this.#isTaken = false;
    this.#isReached = false;
    this.#reason = undefined;
    begin();
  }

  #take(packet: IConnackPacket): void {
    const { clientId, topic, beside, onConnect } = this.#deps;
    this.#choice.accepted();
    this.#isTaken = true;
    this.#packetBytesMax = packet.properties?.maximumPacketSize;
    this.#outbox.opened(limitsIn(packet));
    this.#client.subscribe(topic, { qos: 1 }, (error) => {
      if (error !== null && error !== undefined)
        return this.#cut(`the broker does not let ${clientId} hear ${topic}: ${describeError(error)}`);
      // Not before: one that takes connections and lets nobody hear is asked ever less often.
      this.#attempts = 0;
      onConnect();
    });
    // Whatever comes there comes by another way too, so a broker that refuses it is no reason to stay away.
    if (beside !== undefined) this.#client.subscribe(beside.topic, { qos: 1 }, () => {});
  }

  #cut(why: string): void {
    this.#why = why;
    this.#client.stream.destroy();
  }

  #lose(): void {
    this.#outbox.closed();
    clearTimeout(this.#timer);
    const isReached = this.#isReached;
    const isAtOnce = !this.#isTaken && this.#choice.ended({ reason: this.#reason, isReached });
    if (!isAtOnce) this.#deps.onClose(this.#why);
    if (this.#isStopped) return;
    const afterMs = isAtOnce ? 0 : waitMs(this.#attempts, this.#deps.random());
    this.#timer = setTimeout(() => this.#connect(() => this.#client.reconnect()), afterMs);
    if (!isAtOnce) this.#attempts += 1;
  }
}

/** What a broker of MQTT 5 says that it takes; one of 3.1.1 says nothing. */
function limitsIn({ properties }: IConnackPacket): BrokerLimits {
  return {
    inFlightMax: properties?.receiveMaximum ?? IN_FLIGHT_MAX,
    packetBytesMax: properties?.maximumPacketSize ?? PACKET_BYTES_MAX,
  };
}

/** Source: MQTT 5 section 3.4.2.1, the reason in a PUBACK. */
function refusalOfMessage(topic: string, error: Error | null | undefined): string | undefined {
  const code = error === null || error === undefined ? undefined : refusalIn(error);
  return code === undefined ? undefined : `the broker refuses what is sent to ${topic}: ${reasonText(code)}`;
}

function reasonText(code: number | undefined): string {
  const words: Readonly<Record<number, string>> = ReasonCodes;
  return (words[code ?? 0] ?? '') || `it gives reason ${code ?? 'none'}`;
}

/** The wait before the next attempt: doubling, bounded, and different for each edge. Units: milliseconds. */
export function waitMs(attempts: number, random: number): number {
  const steady = Math.min(RECONNECT_MS_MAX, RECONNECT_MS_MIN * 2 ** Math.min(attempts, 16));
  return Math.round(steady * (1 + random / 2));
}

function clientOptions({ clientId }: BrokerLinkDeps, address: URL): IClientOptions {
  const properties = connectProperties(5);
  return {
    clientId,
    // The client library takes its number of messages without a receipt from here alone.
    ...(properties === undefined ? {} : { properties: { ...properties } }),
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
