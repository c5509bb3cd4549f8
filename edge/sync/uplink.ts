import { describeError } from '@gatehouse/shared/errors.ts';
import { type Ack, openAck } from '@gatehouse/shared/journal/ack.ts';
import { encodeBatch } from '@gatehouse/shared/journal/batch.ts';
import { headOf } from '@gatehouse/shared/journal/chain.ts';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { signHead } from '@gatehouse/shared/journal/head-note.ts';
import type { Signer, Verifier } from '@gatehouse/shared/journal/note.ts';
import type { Journal } from '../journal/journal-types.ts';
import { type BrokerLink, openBrokerLink } from './broker-link.ts';
import { createLagWatch } from './lag-watch.ts';

/** How the records of this edge reach the hub. Units: `lagSeconds` is the age of the oldest entry the hub does not have. */
export interface UplinkState {
  readonly connected: boolean;
  readonly ackedSeq: number;
  readonly pending: number;
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

/** What an uplink needs. Shape: `onLoss` and `onFork` are told of signed acks that this journal contradicts. */
export interface UplinkDeps {
  readonly url: string;
  readonly journal: Pick<Journal, 'head' | 'durableSeq' | 'read' | 'compareWithAck' | 'acknowledge' | 'onDurable'>;
  readonly signer: Signer;
  readonly hub: readonly Verifier[];
  readonly monotonicMs: () => number;
  readonly random: () => number;
  readonly onAck: (note: string, ack: Ack) => void;
  readonly onLoss: (ack: Ack) => void;
  readonly onFork: (ack: Ack) => void;
  /** Hears signed notes that cannot wait for the way down. */
  readonly onDown?: (note: string) => void;
  readonly resendMs?: number;
}

/** What may be on its way and not acknowledged. */
const UPLINK_BOUNDS = { batchEntries: 500, batchBytes: 1_048_576, batchesInFlight: 8 } as const;

/** After so long without progress everything above the hub's ack is sent again. Units: milliseconds. */
const RESEND_MS = 3_000;

const DRAIN_POLL_MS = 20;

/**
 * Sends the journal to the hub, in order and again until it is acknowledged.
 *
 * Shape: each connection begins with a hello, and the hub's signed answer says where to go on; an older ack of ours does not.
 *        The broker's own receipt clears nothing. Errors: `CONFIG_INVALID` for the broker's address.
 */
export function startUplink(deps: UplinkDeps): Uplink {
  return new MqttUplink(deps);
}

class MqttUplink implements Uplink {
  readonly #deps: UplinkDeps;
  readonly #link: BrokerLink;
  readonly #topic: string;
  readonly #lag: ReturnType<typeof createLagWatch>;
  readonly #timer: NodeJS.Timeout;
  readonly #forget: () => void;
  #ackedSeq = 0;
  #sentSeq = 0;
  #inFlight: number[] = [];
  #isGreeted = false;
  #isPumping = false;
  #isStopped = false;
  #progressMs = 0;
  #trouble: string | undefined;

  constructor(deps: UplinkDeps) {
    const { edge } = deps.journal.head;
    this.#deps = deps;
    this.#topic = `e/${edge}/up`;
    this.#lag = createLagWatch(deps.monotonicMs);
    this.#link = openBrokerLink({
      url: deps.url,
      clientId: edge,
      topic: `e/${edge}/ack`,
      random: deps.random,
      onConnect: () => this.#greet(),
      onClose: (why) => this.#lose(why),
      onMessage: (payload) => void this.#hear(payload.toString('utf8')),
      beside: {
        topic: `e/${edge}/down`,
        onMessage: (payload) => deps.onDown?.(payload.toString('utf8')),
      },
    });
    this.#forget = deps.journal.onDurable((seq) => {
      this.#lag.reached(seq);
      void this.#pump();
    });
    const resendMs = deps.resendMs ?? RESEND_MS;
    this.#timer = setInterval(() => this.#resend(resendMs), resendMs / 2);
  }

  get state(): UplinkState {
    const { durableSeq } = this.#deps.journal;
    return {
      connected: this.#link.isConnected && this.#isGreeted,
      ackedSeq: this.#ackedSeq,
      pending: Math.max(0, durableSeq - this.#ackedSeq),
      lagSeconds: durableSeq > this.#ackedSeq ? this.#lag.seconds(this.#ackedSeq) : 0,
      trouble: this.#trouble,
    };
  }

  async drained(withinMs: number): Promise<boolean> {
    const goal = this.#deps.journal.durableSeq;
    const endMs = this.#deps.monotonicMs() + withinMs;
    while (this.#ackedSeq < goal && this.#deps.monotonicMs() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
    }
    return this.#ackedSeq >= goal;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.#forget();
    await this.#link.stop();
  }

  #greet(): void {
    this.#trouble = undefined;
    this.#isGreeted = false;
    this.#inFlight = [];
    this.#sendHello();
  }

  #sendHello(): void {
    void this.#guard(async () => {
      const { journal, signer } = this.#deps;
      // The head must be durable: a hub may never hear of an entry that a power cut can take back.
      const [last] = await journal.read(journal.durableSeq, { entries: 1, bytes: 1 });
      const head = last === undefined ? journal.head : headOf(last);
      this.#link.publish(this.#topic, encodeBatch([], signHead(signer, head)));
      this.#progressMs = this.#deps.monotonicMs();
    });
  }

  #lose(why: string): void {
    this.#isGreeted = false;
    this.#inFlight = [];
    if (!this.#isStopped) this.#trouble = why;
  }

  async #hear(note: string): Promise<void> {
    await this.#guard(async () => {
      const ack = openAck(note, this.#deps.hub);
      const { journal } = this.#deps;
      if (ack.edge !== journal.head.edge) return;
      const comparison = ack.epoch === journal.head.epoch ? await journal.compareWithAck(ack.seq, ack.hash) : 'forked';
      if (comparison === 'lost') return this.#deps.onLoss(ack);
      if (comparison === 'forked') return this.#deps.onFork(ack);
      this.#take(note, ack);
    });
    await this.#pump();
  }

  #take(note: string, ack: Ack): void {
    const isFirst = !this.#isGreeted;
    if (!isFirst && ack.seq <= this.#ackedSeq) return;
    this.#isGreeted = true;
    this.#ackedSeq = ack.seq;
    this.#progressMs = this.#deps.monotonicMs();
    this.#inFlight = this.#inFlight.filter((last) => last > ack.seq);
    if (isFirst || this.#sentSeq < ack.seq) this.#sentSeq = ack.seq;
    this.#lag.acked(ack.seq);
    this.#deps.journal.acknowledge(ack.seq);
    this.#deps.onAck(note, ack);
  }

  /** One at a time: a second caller finds that the first goes on as long as there is something to send. */
  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      await this.#guard(() => this.#sendAll());
    } finally {
      this.#isPumping = false;
    }
  }

  async #sendAll(): Promise<void> {
    const { journal } = this.#deps;
    const { batchEntries, batchBytes, batchesInFlight } = UPLINK_BOUNDS;
    while (this.#mayflow() && this.#inFlight.length < batchesInFlight && this.#sentSeq < journal.durableSeq) {
      const from = this.#sentSeq + 1;
      const entries = await journal.read(from, { entries: batchEntries, bytes: batchBytes });
      // While the read was under way the connection may have ended or the hub sent us elsewhere.
      if (entries.length === 0 || !this.#mayflow()) return;
      if (this.#sentSeq + 1 === from) this.#sendBatch(entries);
    }
  }

  #mayflow(): boolean {
    return this.#isGreeted && !this.#isStopped && this.#link.isConnected;
  }

  #sendBatch(entries: readonly SealedEntry[]): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    this.#link.publish(this.#topic, encodeBatch(entries, signHead(this.#deps.signer, headOf(last))));
    this.#sentSeq = last.header.seq;
    this.#inFlight.push(last.header.seq);
  }

  #resend(resendMs: number): void {
    if (!this.#link.isConnected || this.#deps.monotonicMs() - this.#progressMs < resendMs) return;
    if (!this.#isGreeted) {
      this.#sendHello();
      return;
    }
    if (this.#inFlight.length === 0) return;
    this.#inFlight = [];
    this.#sentSeq = this.#ackedSeq;
    this.#progressMs = this.#deps.monotonicMs();
    void this.#pump();
  }

  /** What goes wrong here is shown and tried again; it never stops trading. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#isStopped) this.#trouble = describeError(error);
    }
  }
}
