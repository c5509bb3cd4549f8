/** What goes out over one connection after the other, never more of it than the broker takes at once. */
export interface BrokerOutbox {
  /** What was handed over and not yet receipted by the broker of this connection. Units: bytes. */
  readonly bufferedBytes: number;
  /** Why the broker took the last message not; undefined where it took it. */
  readonly refusal: string | undefined;
  /** A connection began, with what its broker takes. */
  opened(limits: BrokerLimits): void;
  /** A connection ended: whoever sent what it had not receipted sends it again. */
  closed(): void;
  /** Errors: none; what is too long or too much is not sent, and `refusal` says so. */
  publish(topic: string, payload: Buffer): void;
}

/** What a broker takes. Units: messages without a receipt; bytes of a packet. */
export interface BrokerLimits {
  readonly inFlightMax: number;
  readonly packetBytesMax: number;
}

/** Gives one message to the connection; the receipt names the reason where the broker refused it. */
export type SendMessage = (topic: string, payload: Buffer, receipted: (refusal: string | undefined) => void) => void;

/** So many messages wait for their turn; whoever sends more sends it again. */
export const WAITING_MAX = 256;
/** What a packet has besides topic and payload. Units: bytes. */
const PACKET_FRAME_BYTES = 64;

interface Message {
  readonly topic: string;
  readonly payload: Buffer;
}

/** What an outbox works with. Shape: `onSilence` is told where a receipt is overdue. */
export interface OutboxDeps {
  readonly send: SendMessage;
  readonly monotonicMs: () => number;
  readonly onSilence: () => void;
}

/** After so long without the oldest receipt the connection is taken for dead, whatever else it carries. Units: milliseconds. */
export const RECEIPT_MS_MAX = 20_000;

/** An outbox over a connection. Source: MQTT 5 sections 3.2.2.3.3 (receive maximum) and 3.2.2.3.6 (maximum packet size). */
export function createBrokerOutbox({ send, monotonicMs, onSilence }: OutboxDeps): BrokerOutbox {
  let limits: BrokerLimits = { inFlightMax: 0, packetBytesMax: 0 };
  let connection = 0;
  /** When each message without a receipt was sent, in that order. */
  let inFlight = new Map<number, number>();
  let sent = 0;
  let bufferedBytes = 0;
  let refusal: string | undefined;
  let waiting: Message[] = [];

  function pump(): void {
    while (inFlight.size < limits.inFlightMax) {
      const next = waiting.shift();
      if (next === undefined) return;
      const [mine, bytes] = [connection, next.payload.length];
      sent += 1;
      const number = sent;
      inFlight.set(number, monotonicMs());
      send(next.topic, next.payload, (why) => {
        // The receipts of a connection that has ended, where they still come, are of nothing that is counted.
        if (mine !== connection) return;
        inFlight.delete(number);
        bufferedBytes -= bytes;
        refusal = why;
        pump();
      });
    }
  }
  function reset(): void {
    connection += 1;
    inFlight = new Map();
    bufferedBytes = 0;
    waiting = [];
  }

  return {
    get bufferedBytes() {
      return bufferedBytes;
    },
    get refusal() {
      return refusal;
    },
    opened: (given) => {
      reset();
      limits = given;
      refusal = undefined;
    },
    closed: reset,
    publish: (topic, payload) => {
      const bytes = payload.length + topic.length + PACKET_FRAME_BYTES;
      if (bytes > limits.packetBytesMax) {
        refusal = `the broker takes packets of ${limits.packetBytesMax} bytes, and a message has ${bytes}`;
        return;
      }
      const [oldestMs] = inFlight.values();
      if (oldestMs !== undefined && monotonicMs() - oldestMs > RECEIPT_MS_MAX) return onSilence();
      if (waiting.length >= WAITING_MAX) return;
      bufferedBytes += payload.length;
      waiting.push({ topic, payload });
      pump();
    },
  };
}
