import { BATCH_BYTES_MAX } from '../journal/batch.ts';
import type { MqttVersion } from './version-choice.ts';

/** What a client asks of a broker that speaks MQTT 5. Units: seconds, messages, bytes. */
export interface ConnectProperties {
  readonly sessionExpiryInterval: number;
  readonly receiveMaximum: number;
  readonly maximumPacketSize: number;
}

/** The longest packet: a full batch with its topic. Units: bytes. */
export const PACKET_BYTES_MAX = BATCH_BYTES_MAX + 1_024;

/** Everything is sent again by whoever said it, so a copy that waited longer is worth nothing. Units: seconds. */
export const MESSAGE_EXPIRY_SECONDS = 60;

const RECEIVE_MAX = 64;
const HIGHEST_3_1_1_REASON = 5;

/**
 * What stands in a CONNECT besides what 3.1.1 has.
 *
 * Shape: the session ends with its connection: a broker is to keep nothing for anybody.
 */
export function connectProperties(version: MqttVersion): ConnectProperties | undefined {
  if (version !== 5) return undefined;
  return { sessionExpiryInterval: 0, receiveMaximum: RECEIVE_MAX, maximumPacketSize: PACKET_BYTES_MAX };
}

/** What stands in a PUBLISH besides what 3.1.1 has. */
export function publishProperties(version: MqttVersion): { readonly messageExpiryInterval: number } | undefined {
  return version === 5 ? { messageExpiryInterval: MESSAGE_EXPIRY_SECONDS } : undefined;
}

/** The number in a CONNACK that says no, from an error of the client library; undefined for any other error. */
export function refusalIn(error: Error): number | undefined {
  const code: unknown = Object.getOwnPropertyDescriptor(error, 'code')?.value;
  return typeof code === 'number' && (code <= HIGHEST_3_1_1_REASON || code >= 0x80) ? code : undefined;
}
