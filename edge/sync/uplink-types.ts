import type { Ack } from '@gatehouse/shared/journal/ack.ts';
import type { Signer, Verifier } from '@gatehouse/shared/journal/note.ts';
import type { Journal } from '../journal/journal-types.ts';
import type { BrokerFiles, BrokerLink, BrokerLinkDeps } from './broker-link.ts';
import type { LedgerWitness } from './ledger-witness.ts';
import type { Timers } from './timers.ts';

/**
 * How the records of this edge reach the hub.
 *
 * Units: `lagSeconds` is the age of the oldest entry the hub does not have; `secondsLeft` until it has all, at the pace of the
 *        last seconds; `provenSeq` is the last entry that this edge saw proven to lie in the hub's ledger.
 */
export interface UplinkState {
  readonly connected: boolean;
  readonly ackedSeq: number;
  readonly provenSeq: number;
  readonly pending: number;
  readonly perSecond: number;
  readonly secondsLeft: number | undefined;
  readonly lagSeconds: number;
  readonly trouble: string | undefined;
}

/** The way of the journal to the hub. */
export interface Uplink {
  readonly state: UplinkState;
  /** Resolves when the hub has everything that is durable now, or after the time is over. Units: milliseconds. */
  drained(withinMs: number): Promise<boolean>;
  stop(): Promise<void>;
}

/**
 * What an uplink needs.
 *
 * Shape: `onLoss` and `onFork` are told of signed acks that this journal contradicts; `onSetBack` of a hub that knows less than
 *        it signed before, `onRefuted` of one that contradicts itself, once until it is well again.
 * Units: `bytesPerSecond` caps what is sent; absent is no cap.
 */
export interface UplinkDeps {
  readonly url: string;
  readonly files?: BrokerFiles | undefined;
  readonly secure?: BrokerLinkDeps['secure'];
  readonly journal: Pick<Journal, 'head' | 'durableSeq' | 'read' | 'compareWithAck' | 'acknowledge' | 'onDurable'>;
  readonly signer: Signer;
  readonly hub: readonly Verifier[];
  readonly witness: LedgerWitness;
  readonly monotonicMs: () => number;
  readonly random: () => number;
  readonly onAck: (note: string, ack: Ack) => void;
  readonly onLoss: (ack: Ack, note: string) => void;
  readonly onFork: (ack: Ack) => void;
  readonly onSetBack: (message: string) => void;
  readonly onRefuted: (message: string, note: string) => void;
  /** Hears once of an entry that no batch can bring through the broker. */
  readonly onTooLong?: (message: string) => void;
  /** Hears signed notes that cannot wait for the way down. */
  readonly onDown?: ((note: string) => void) | undefined;
  readonly resendMs?: number;
  readonly bytesPerSecond?: number | undefined;
  /** The way to the broker and the timers, where they are not the network's and the system's. */
  readonly openLink?: ((deps: BrokerLinkDeps) => BrokerLink) | undefined;
  readonly timers?: Timers | undefined;
}
