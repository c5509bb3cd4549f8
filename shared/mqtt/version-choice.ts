/** A version of MQTT by the number in its CONNECT: 3.1.1 is 4. */
export type MqttVersion = 4 | 5;

/** Which version the next connection speaks. */
export interface VersionChoice {
  readonly version: MqttVersion;
  /** The broker took the connection: what it speaks is kept from now on. */
  accepted(): void;
  /** A connection ended before the broker took it; true where the next one is to be tried at once. */
  ended(how: UnansweredEnd): boolean;
}

/** How a connection ended that no broker took. Shape: `reason` is the number in its CONNACK, `isReached` whether somebody listened. */
export interface UnansweredEnd {
  readonly reason: number | undefined;
  readonly isReached: boolean;
}

/** So many connections in a row that a broker ends without a word, and the other version is tried. */
export const SILENT_ENDS_MAX = 2;

/** The number of "unacceptable protocol version" in 3.1.1 and in 5. Source: MQTT 3.1.1 section 3.2.2.3, MQTT 5 section 3.2.2.2. */
const WRONG_VERSION: ReadonlySet<number> = new Set([1, 132]);

/**
 * Chooses the version of one client's connections: 5 where the broker has it, else 3.1.1.
 *
 * Shape: a refusal by version switches at once, though only once until a broker took a connection, so that one which refuses
 *        both is asked at the usual pace. Silence switches while nothing is known.
 */
export function createVersionChoice(first: MqttVersion = 5): VersionChoice {
  let version = first;
  let isKnown = false;
  let silentEnds = 0;
  let switches = 0;
  const turn = (): void => {
    version = version === 5 ? 4 : 5;
    silentEnds = 0;
  };
  return {
    get version() {
      return version;
    },
    accepted: () => {
      isKnown = true;
      silentEnds = 0;
      switches = 0;
    },
    ended: ({ reason, isReached }) => {
      if (reason !== undefined && WRONG_VERSION.has(reason)) {
        turn();
        switches += 1;
        return switches === 1;
      }
      if (reason !== undefined || !isReached || isKnown) return false;
      silentEnds += 1;
      if (silentEnds >= SILENT_ENDS_MAX) turn();
      return false;
    },
  };
}
