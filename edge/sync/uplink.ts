import { describeError } from '@gatehouse/shared/errors.ts';
import { type Ack, openAck } from '@gatehouse/shared/journal/ack.ts';
import { encodeBatch, wireBytes } from '@gatehouse/shared/journal/batch.ts';
import { headOf } from '@gatehouse/shared/journal/chain.ts';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { type SeenLedger, signHead } from '@gatehouse/shared/journal/head-note.ts';
import { type AckJudgement, createAckJudge } from './ack-judge.ts';
import { createBatchBound, type SentBatch } from './batch-bound.ts';
import { type BrokerLink, openBrokerLink } from './broker-link.ts';
import { createCatchUpWatch } from './catch-up.ts';
import { createLagWatch } from './lag-watch.ts';
import { createOwnLeaves } from './own-leaves.ts';
import { createPreviews } from './previews.ts';
import { systemTimers, type Timers } from './timers.ts';
import { createTokenBucket } from './token-bucket.ts';
import type { Uplink, UplinkDeps, UplinkState } from './uplink-types.ts';

export type { Uplink, UplinkDeps, UplinkState } from './uplink-types.ts';

/** What may be on its way and not acknowledged. Units: `bufferBytes` in the client of the broker. */
const UPLINK_BOUNDS = {
  batchEntries: 500,
  batchBytes: 1_048_576,
  batchesInFlight: 8,
  bufferBytes: 16_777_216,
} as const;

/** With so many batches on their way a part of one waits for more, but not longer than this. Units: milliseconds. */
const LINGER = { batchesInFlightMin: 2, ms: 4 } as const;

/** Acknowledgements that wait to be checked; each is cumulative, so what is dropped is asked for again. */
const HEARD_MAX = 64;

/** After so long without progress everything above the hub's ack is sent again. Units: milliseconds. */
const RESEND_MS = 3_000;

/** Each time in vain doubles the patience, up to this: a hub that is slow must not be made slower. */
const PATIENCE_MAX = 8;

const DRAIN_POLL_MS = 20;

/**
 * Sends the journal to the hub, in order and again until it is acknowledged.
 *
 * Shape: each connection begins with a hello, and the hub's signed answer says where to go on; an older ack of ours does not.
 *        The broker's own receipt clears nothing, and neither does an acknowledgement whose proof does not hold.
 * Errors: `CONFIG_INVALID` for the broker's address.
 */
export function startUplink(deps: UplinkDeps): Uplink {
  return new MqttUplink(deps);
}

class MqttUplink implements Uplink {
  readonly #deps: UplinkDeps;
  readonly #link: BrokerLink;
  readonly #topic: string;
  readonly #lag: ReturnType<typeof createLagWatch>;
  readonly #pace: ReturnType<typeof createCatchUpWatch>;
  readonly #leaves: ReturnType<typeof createOwnLeaves>;
  readonly #previews: ReturnType<typeof createPreviews>;
  readonly #bucket: ReturnType<typeof createTokenBucket>;
  readonly #bound: ReturnType<typeof createBatchBound>;
  readonly #judge: (ack: Ack, isExcused: boolean) => Promise<AckJudgement>;
  readonly #timers: Timers;
  readonly #endResending: () => void;
  readonly #forget: () => void;
  #ackedSeq = 0;
  #sentSeq = 0;
  #inFlight: SentBatch[] = [];
  readonly #heard: string[] = [];
  #isGreeted = false;
  /** Whether the hub of this connection proves what it acknowledges; undefined until it has answered. */
  #proves: boolean | undefined;
  /** How far a late answer may reach to what was sent without asking for a proof. */
  #unaskedSeq = 0;
  #hellos = 0;
  #isHearing = false;
  #isPumping = false;
  #isStopped = false;
  #isRefuted = false;
  #progressMs = 0;
  #patience = 1;
  #askedMs = Number.NEGATIVE_INFINITY;
  #waiting: { readonly seq: number; readonly sinceMs: number } | undefined;
  #forgetWake = (): void => {};
  #trouble: string | undefined;

  constructor(deps: UplinkDeps) {
    const { edge } = deps.journal.head;
    this.#deps = deps;
    this.#topic = `e/${edge}/up`;
    this.#lag = createLagWatch(deps.monotonicMs);
    this.#pace = createCatchUpWatch(deps.monotonicMs);
    this.#leaves = createOwnLeaves(deps.journal);
    this.#previews = createPreviews(deps);
    this.#bucket = createTokenBucket(deps.bytesPerSecond, deps.monotonicMs);
    this.#bound = createBatchBound({
      batchBytes: UPLINK_BOUNDS.batchBytes,
      monotonicMs: deps.monotonicMs,
      onTooLong: (message) => this.#tellTooLong(message),
    });
    this.#judge = createAckJudge({ ...deps, leavesOf: this.#leaves.between });
    this.#timers = deps.timers ?? systemTimers;
    this.#link = (deps.openLink ?? openBrokerLink)({
      url: deps.url,
      files: deps.files,
      secure: deps.secure,
      clientId: edge,
      topic: `e/${edge}/ack`,
      random: deps.random,
      onConnect: () => this.#greet(),
      onClose: (why) => this.#lose(why),
      onMessage: (payload) => void this.#hear(payload.toString('utf8')),
      beside: { topic: `e/${edge}/down`, onMessage: (payload) => deps.onDown?.(payload.toString('utf8')) },
    });
    this.#forget = deps.journal.onDurable((seq) => {
      this.#lag.reached(seq);
      void this.#pump();
      void this.#preview(seq);
    });
    const resendMs = deps.resendMs ?? RESEND_MS;
    this.#endResending = this.#timers.every(resendMs / 2, () => this.#resend(resendMs));
  }

  get state(): UplinkState {
    const { durableSeq } = this.#deps.journal;
    const pending = Math.max(0, durableSeq - this.#ackedSeq);
    return {
      connected: this.#link.isConnected && this.#isGreeted,
      ackedSeq: this.#ackedSeq,
      provenSeq: this.#deps.witness.seen.seq,
      pending,
      ...this.#pace.now(pending),
      lagSeconds: durableSeq > this.#ackedSeq ? this.#lag.seconds(this.#ackedSeq) : 0,
      trouble: this.#trouble ?? this.#link.refusal,
    };
  }

  async drained(withinMs: number): Promise<boolean> {
    const goal = this.#deps.journal.durableSeq;
    const endMs = this.#deps.monotonicMs() + withinMs;
    while (this.#ackedSeq < goal && this.#deps.monotonicMs() < endMs) {
      await new Promise<void>((resolve) => this.#timers.after(DRAIN_POLL_MS, resolve));
    }
    return this.#ackedSeq >= goal;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#endResending();
    this.#forgetWake();
    this.#forget();
    await this.#link.stop();
    await this.#deps.witness.flush();
  }

  #greet(): void {
    this.#trouble = undefined;
    this.#isGreeted = false;
    this.#proves = undefined;
    this.#hellos = 0;
    this.#patience = 1;
    this.#inFlight = [];
    this.#bound.opened(this.#link.packetBytesMax);
    this.#sendHello();
  }

  /** A hub of an earlier release, which never proved anything, reads no such head: every second hello is without. */
  #sendHello(seen: SeenLedger = this.#deps.witness.seen): void {
    const isPlain = this.#proves === undefined && !this.#deps.witness.wasProven && this.#hellos % 2 === 1;
    this.#hellos += 1;
    this.#progressMs = this.#deps.monotonicMs();
    const { journal, signer } = this.#deps;
    if (isPlain) this.#unaskedSeq = Math.max(this.#unaskedSeq, journal.durableSeq);
    void this.#guard(async () => {
      // The head must be durable: a hub may never hear of an entry that a power cut can take back.
      const [last] = await journal.read(journal.durableSeq, { entries: 1, bytes: 1 });
      const head = last === undefined ? journal.head : headOf(last);
      this.#publish(encodeBatch([], signHead(signer, head, isPlain ? undefined : seen)));
    });
  }

  #lose(why: string): void {
    const [first] = this.#inFlight;
    if (first !== undefined && !this.#isStopped) this.#bound.closed(first, this.#sentSeq);
    this.#isGreeted = false;
    this.#inFlight = [];
    if (!this.#isStopped) this.#trouble = why;
  }

  /** One after the other, in the order in which they came: each proof leads on from the one before. */
  async #hear(note: string): Promise<void> {
    if (this.#heard.length < HEARD_MAX) this.#heard.push(note);
    if (this.#isHearing) return;
    this.#isHearing = true;
    for (let next = this.#heard.shift(); next !== undefined; next = this.#heard.shift()) {
      const one = next;
      await this.#guard(() => this.#weigh(one));
      void this.#pump();
    }
    this.#isHearing = false;
  }

  async #weigh(note: string): Promise<void> {
    const ack = openAck(note, this.#deps.hub);
    const { journal } = this.#deps;
    if (ack.edge !== journal.head.edge || this.#isStopped) return;
    if (ack.epoch < journal.head.epoch) {
      this.#trouble = `the hub has not opened epoch ${journal.head.epoch} of this edge yet`;
      return;
    }
    const comparison = ack.epoch === journal.head.epoch ? await journal.compareWithAck(ack.seq, ack.hash) : 'forked';
    if (comparison === 'lost') return this.#deps.onLoss(ack, note);
    if (comparison === 'forked') return this.#deps.onFork(ack);
    const judgement = await this.#judge(ack, ack.seq <= this.#unaskedSeq);
    if (judgement.kind === 'ask') return this.#ask(judgement.seen);
    if (judgement.kind === 'refuted') return this.#refute(judgement.message, note);
    this.#isRefuted = false;
    this.#proves = ack.proof !== undefined;
    this.#askedMs = Number.NEGATIVE_INFINITY;
    if (judgement.kind === 'set-back') this.#deps.onSetBack(judgement.message);
    this.#take(note, ack, judgement.kind === 'set-back');
  }

  /** One question at a time: acknowledgements that are on their way lead from elsewhere as well. */
  #ask(seen: SeenLedger): void {
    const nowMs = this.#deps.monotonicMs();
    if (nowMs - this.#askedMs < (this.#deps.resendMs ?? RESEND_MS)) return;
    this.#askedMs = nowMs;
    this.#proves = true;
    this.#sendHello(seen);
  }

  #refute(message: string, note: string): void {
    this.#trouble = message;
    if (this.#isRefuted) return;
    this.#isRefuted = true;
    this.#deps.onRefuted(message, note);
  }

  #take(note: string, ack: Ack, isSetBack: boolean): void {
    const { journal, witness, monotonicMs } = this.#deps;
    this.#leaves.proven(witness.seen.seq);
    const isFirst = !this.#isGreeted || isSetBack;
    if (!isFirst && ack.seq <= this.#ackedSeq) {
      this.#proveRest();
      return;
    }
    this.#isGreeted = true;
    this.#ackedSeq = ack.seq;
    this.#progressMs = monotonicMs();
    this.#patience = 1;
    this.#inFlight = isSetBack ? [] : this.#inFlight.filter(({ last }) => last > ack.seq);
    if (isFirst || this.#sentSeq < ack.seq) this.#sentSeq = ack.seq;
    this.#lag.acked(ack.seq);
    this.#pace.reached(ack.seq);
    this.#bound.reached(ack.seq);
    journal.acknowledge(ack.seq);
    this.#deps.onAck(note, ack);
    this.#proveRest();
    if (isFirst) void this.#guard(async () => this.#show(await this.#previews.again(ack.seq, journal.durableSeq)));
  }

  /** One answer proves so many entries; where more were acknowledged and nothing is on its way, the rest is asked for. */
  #proveRest(): void {
    const { seen } = this.#deps.witness;
    if (this.#proves === true && seen.seq < this.#ackedSeq && this.#inFlight.length === 0) this.#ask(seen);
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
    const { batchEntries, batchBytes } = UPLINK_BOUNDS;
    while (this.#mayFlow() && this.#sentSeq < journal.durableSeq) {
      const waitMs = Math.max(this.#bucket.waitMs(), this.#lingerMs());
      if (waitMs > 0) return this.#wakeAfter(waitMs);
      const from = this.#sentSeq + 1;
      const entries = await journal.read(from, { entries: batchEntries, bytes: batchBytes });
      // While the read was under way the connection may have ended or the hub sent us elsewhere.
      if (entries.length === 0 || !this.#mayFlow()) return;
      if (this.#sentSeq + 1 === from) this.#sendBatch(this.#fitting(entries));
    }
  }

  #fitting(entries: readonly SealedEntry[]): readonly SealedEntry[] {
    const fitting = this.#bound.fitting(entries);
    const [first] = entries;
    if (fitting.length === 0 && first !== undefined) this.#bound.tooLong(first.header.seq, wireBytes(first));
    return fitting;
  }

  #tellTooLong(message: string): void {
    this.#trouble = message;
    this.#deps.onTooLong?.(message);
  }

  #mayFlow(): boolean {
    const { bufferBytes } = UPLINK_BOUNDS;
    const batchesInFlight = this.#bound.isCautious ? 1 : UPLINK_BOUNDS.batchesInFlight;
    if (this.#inFlight.length >= batchesInFlight || this.#link.bufferedBytes > bufferBytes) return false;
    return this.#isGreeted && !this.#isStopped && this.#link.isConnected && !this.#bound.isHeld;
  }

  /** A lone entry leaves at once; while batches are on their way anyway, a part of one is filled up for a moment. */
  #lingerMs(): number {
    const nowMs = this.#deps.monotonicMs();
    const isPart = this.#deps.journal.durableSeq - this.#sentSeq < UPLINK_BOUNDS.batchEntries;
    if (!isPart || this.#inFlight.length < LINGER.batchesInFlightMin) return 0;
    if (this.#waiting?.seq !== this.#sentSeq) this.#waiting = { seq: this.#sentSeq, sinceMs: nowMs };
    return Math.max(0, LINGER.ms - (nowMs - this.#waiting.sinceMs));
  }

  #wakeAfter(ms: number): void {
    this.#forgetWake();
    this.#forgetWake = this.#timers.after(Math.ceil(ms), () => void this.#pump());
  }

  #sendBatch(entries: readonly SealedEntry[]): void {
    const [first, last] = [entries[0], entries.at(-1)];
    if (first === undefined || last === undefined) return;
    this.#sentSeq = last.header.seq;
    const batch = encodeBatch(entries, this.#signedHead(last));
    this.#publish(batch);
    this.#leaves.sent(entries);
    this.#inFlight.push({ first: first.header.seq, last: last.header.seq, bytes: batch.length });
  }

  /** Every message is answered, so every one says what was seen, as soon as the hub is known to read it. */
  #signedHead(last: SealedEntry): string {
    const { witness, signer } = this.#deps;
    const asks = this.#proves === true;
    if (!asks) this.#unaskedSeq = Math.max(this.#unaskedSeq, this.#sentSeq);
    return signHead(signer, headOf(last), asks ? witness.seen : undefined);
  }

  async #preview(durableSeq: number): Promise<void> {
    await this.#guard(async () => this.#show(await this.#previews.look(durableSeq, this.#sentSeq)));
  }

  #show(entries: readonly SealedEntry[]): void {
    if (!this.#isGreeted || this.#link.bufferedBytes > UPLINK_BOUNDS.bufferBytes) return;
    for (const entry of entries.filter((one) => this.#bound.fitting([one]).length > 0)) {
      this.#publish(encodeBatch([entry], this.#signedHead(entry)));
    }
  }

  #publish(bytes: Buffer): void {
    this.#bucket.spend(bytes.length);
    this.#link.publish(this.#topic, bytes);
  }

  #resend(resendMs: number): void {
    if (!this.#link.isConnected || this.#deps.monotonicMs() - this.#progressMs < resendMs * this.#patience) return;
    // What the connection has not taken yet would only be queued twice.
    if (this.#link.bufferedBytes > UPLINK_BOUNDS.bufferBytes) return;
    if (!this.#isGreeted) {
      this.#sendHello();
      return;
    }
    if (this.#inFlight.length === 0) {
      this.#proveRest();
      // What was held back for its length is tried again when its time has come.
      void this.#pump();
      return;
    }
    this.#inFlight = [];
    this.#sentSeq = this.#ackedSeq;
    this.#patience = Math.min(this.#patience * 2, PATIENCE_MAX);
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
