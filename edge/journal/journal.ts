import { KitError } from '@gatehouse/shared/errors.ts';
import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { type ChainHead, headOf, openEntry, verifyEntry } from '@gatehouse/shared/journal/chain.ts';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import type { Signer } from '@gatehouse/shared/journal/note.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { JOURNAL_BOUNDS, type JournalBounds } from './bounds.ts';
import type { DriverName } from './driver.ts';
import { createDurability, type Durability } from './durability.ts';
import { type HeadRecord, signHeadRecord } from './head-file.ts';
import { ensureFolder } from './journal-folder.ts';
import type { AckComparison, Draft, Journal, JournalNotice, OpenedJournal, Recovered } from './journal-types.ts';
import { type HeldLock, takeLock } from './lock-file.ts';
import { type PackedEntries, packEntries, packedLength, type SegmentSeal, unpackEntries } from './messages.ts';
import { openStore, type RunningStore, type StoreSetup, snapshotParts } from './open-store.ts';
import { createOutgoing, type Outgoing } from './outgoing.ts';
import { createSealer, type Sealer } from './sealer.ts';
import type { ReadBounds, SegmentDocument } from './segment.ts';
import { damaged } from './sql-failure.ts';

export type { Draft, Journal, JournalNotice, OpenedJournal } from './journal-types.ts';

/** What a journal is opened with. */
export interface JournalOptions {
  readonly folder: string;
  readonly edge: string;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  /** The state that the first snapshot of a fresh journal holds. */
  readonly emptyState: JsonValue;
  /** Told of what a person must look at while the journal runs. */
  readonly onNotice: (notice: JournalNotice) => void;
  readonly driver?: DriverName;
  readonly bounds?: Partial<JournalBounds>;
  /** The head that a fresh journal continues, where it opens a new epoch. */
  readonly origin?: ChainHead;
}

/**
 * Opens the journal of an edge, verified before anything is appended.
 *
 * Shape:  takes the folder's lock; removes what a killed process left half-made; checks closed segments against their
 *         seals, every entry of the newest one, and both against the signed head.
 * Errors: `JOURNAL_LOCKED`, `JOURNAL_DAMAGED`, `FOLDER_FOREIGN`, `FOLDER_UNUSABLE`, `DISK_FULL`, `DISK_FAILED`.
 */
export async function openJournal(options: JournalOptions): Promise<OpenedJournal> {
  ensureFolder(options.folder);
  const lock = takeLock(options.folder);
  const { driver = 'libsql', bounds } = options;
  const setup: StoreSetup = { ...options, driver, bounds: { ...JOURNAL_BOUNDS, ...bounds } };
  try {
    const journal = new FileJournal(setup, lock);
    return { journal, ...(await journal.start()) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** A run of the store between two openings. */
interface Run extends RunningStore {
  readonly sealer: Sealer;
  readonly durability: Durability;
  readonly outgoing: Outgoing;
}

class FileJournal implements Journal {
  readonly #setup: StoreSetup;
  readonly #lock: HeldLock;
  readonly #durableListeners = new Set<(seq: number) => void>();
  readonly #failureListeners = new Set<(error: KitError) => void>();
  #run: Run | undefined;
  #failure: KitError | undefined;
  #closing = false;
  #rolling: Promise<void> | undefined;
  #reopening: Promise<Recovered> | undefined;
  #segment = 1;
  #segmentBytes = 0;
  #ackedSeq: number | undefined;
  #headTimer: NodeJS.Timeout | undefined;

  constructor(setup: StoreSetup, lock: HeldLock) {
    this.#setup = setup;
    this.#lock = lock;
  }

  get head(): ChainHead {
    return this.#started().sealer.head;
  }

  get durableSeq(): number {
    return this.#started().durability.head.seq;
  }

  get wantsRoll(): boolean {
    return this.#rolling === undefined && this.#segmentBytes >= this.#setup.bounds.segmentBytesMax;
  }

  async start(): Promise<Recovered> {
    let durability: Durability | undefined;
    const store = await openStore(this.#setup, {
      onDurable: (seq) => this.#reached(seq),
      onFailure: (error) => this.#fail(error, durability),
    });
    const { opened } = store;
    durability = createDurability(opened.head);
    const outgoing = createOutgoing((message) => store.thread.append(message), this.#setup.bounds);
    this.#run = { ...store, durability, outgoing, sealer: createSealer(opened, this.#setup) };
    this.#failure = undefined;
    this.#segment = opened.segment;
    this.#segmentBytes = opened.segmentBytes;
    this.#ackedSeq = store.ackedSeq;
    return {
      state: JSON.parse(opened.stateText),
      entries: { [Symbol.asyncIterator]: () => this.#entriesOf(store) },
      notices: store.notices,
    };
  }

  append(drafts: readonly Draft[]): readonly SealedEntry[] {
    const { sealer, outgoing } = this.#running();
    this.#refuseWhenFull(drafts.length);
    const entries = sealer.seal(drafts);
    if (entries.length === 0) return entries;
    this.#assigned(entries);
    outgoing.add(entries);
    return entries;
  }

  durable(seq: number): Promise<void> {
    const { durability, outgoing } = this.#started();
    if (seq <= durability.head.seq) return Promise.resolve();
    const assigned = this.head.seq;
    if (seq > assigned)
      return Promise.reject(new KitError('NOT_FOUND', `entry ${seq} was never assigned, the last is ${assigned}`));
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    outgoing.send();
    return durability.wait(seq);
  }

  async read(fromSeq: number, { entries, bytes }: ReadBounds): Promise<readonly SealedEntry[]> {
    const { readEntriesMax, readBytesMax } = this.#setup.bounds;
    const bounds = { entries: Math.min(entries, readEntriesMax), bytes: Math.min(bytes, readBytesMax) };
    const { thread } = this.#started();
    return openRun(await thread.request('read', { fromSeq: Math.max(fromSeq, 1), bounds }));
  }

  roll(state: JsonValue): Promise<void> {
    if (this.#rolling !== undefined) return this.#rolling;
    // Fixed now: later entries are not in this state.
    const text = canonicalJson(state);
    this.#rolling = this.#roll(JSON.parse(text)).finally(() => {
      this.#rolling = undefined;
    });
    return this.#rolling;
  }

  async compareWithAck(seq: number, hash: string): Promise<AckComparison> {
    const { head } = this.#started().durability;
    if (seq > head.seq) return 'lost';
    if (seq === head.seq) return hash === head.hash ? 'equal' : 'forked';
    if (seq === 0) return 'ahead';
    const [entry] = await this.read(seq, { entries: 1, bytes: 1 });
    return entry?.header.seq === seq && entry.hash === hash ? 'ahead' : 'forked';
  }

  acknowledge(seq: number): void {
    this.#ackedSeq = Math.max(seq, this.#ackedSeq ?? 0);
  }

  onDurable(listener: (seq: number) => void): () => void {
    this.#durableListeners.add(listener);
    return () => this.#durableListeners.delete(listener);
  }

  onFailure(listener: (error: KitError) => void): () => void {
    this.#failureListeners.add(listener);
    return () => this.#failureListeners.delete(listener);
  }

  reopen(): Promise<Recovered> {
    this.#reopening ??= this.#reopen().finally(() => {
      this.#reopening = undefined;
    });
    return this.#reopening;
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    await Promise.allSettled([this.#rolling, this.#reopening]);
    clearTimeout(this.#headTimer);
    const { thread } = this.#started();
    try {
      if (this.#failure === undefined) await this.#closeCleanly();
    } finally {
      await thread.stop();
      this.#lock.release();
    }
  }

  async #reopen(): Promise<Recovered> {
    if (this.#closing || this.#failure === undefined) throw closed('it did not fail');
    // The engine holds its files until the thread has ended.
    await this.#started().thread.stop();
    return this.start();
  }

  async #closeCleanly(): Promise<void> {
    const { thread, outgoing } = this.#started();
    outgoing.send();
    const clean = await thread.request('close', {});
    await thread.request('head', { note: signHeadRecord(this.#setup.signer, { ...this.#headRecord(), clean }) });
  }

  async #roll(state: JsonValue): Promise<void> {
    const { thread, outgoing } = this.#running();
    // What this state holds already belongs to the segment before it.
    outgoing.send();
    const previous = await thread.request('seal', {});
    // Entries that were appended meanwhile wait in the store; the snapshot takes them along into its segment.
    const { sealer } = this.#running();
    const { inlineStateBytesMax } = this.#setup.bounds;
    const segment = this.#segment + 1;
    const { body, document } = snapshotParts(state, { segment, previous, inlineStateBytesMax });
    this.#openSegment(sealer.sealSnapshot(body), {
      segment,
      previous,
      ...(document === undefined ? {} : { document }),
    });
    await this.durable(sealer.head.seq);
  }

  #openSegment(
    snapshot: SealedEntry,
    place: { readonly segment: number; readonly previous: SegmentSeal; readonly document?: SegmentDocument },
  ): void {
    const { segment, document } = place;
    const { thread, outgoing } = this.#started();
    this.#segment = segment;
    this.#segmentBytes = document?.text.length ?? 0;
    const opens = { number: segment, ...(document === undefined ? {} : { document }) };
    this.#assigned([snapshot]);
    outgoing.send();
    thread.append({ kind: 'append', ...packEntries([snapshot], snapshot.header.seq), opens });
  }

  #assigned(entries: readonly SealedEntry[]): void {
    const { durability, sealer } = this.#started();
    const bytes = packedLength(entries);
    durability.assigned({ head: sealer.head, bytes });
    this.#segmentBytes += bytes;
  }

  #refuseWhenFull(adding: number): void {
    const { sealer, durability } = this.#started();
    const { queueEntriesMax, queueBytesMax } = this.#setup.bounds;
    const waiting = sealer.head.seq - durability.head.seq;
    if (waiting + adding <= queueEntriesMax && durability.waitingBytes <= queueBytesMax) return;
    throw new KitError('QUEUE_FULL', `${waiting} entries wait for the disk, at most ${queueEntriesMax} may`, {
      hint: 'The disk is slower than what is recorded; nothing new is sent until it has caught up.',
    });
  }

  #reached(seq: number): void {
    this.#run?.durability.reached(seq);
    this.#scheduleHead();
    for (const listener of this.#durableListeners) listener(seq);
  }

  #scheduleHead(): void {
    if (this.#headTimer !== undefined || this.#closing) return;
    this.#headTimer = setTimeout(() => {
      this.#headTimer = undefined;
      if (this.#failure !== undefined || this.#closing) return;
      const note = signHeadRecord(this.#setup.signer, this.#headRecord());
      // A head that cannot be written is reported by the store's failure; without one it only stays behind.
      this.#started()
        .thread.request('head', { note })
        .catch(() => {});
    }, this.#setup.bounds.headEveryMs).unref();
  }

  #headRecord(): HeadRecord {
    const { head } = this.#started().durability;
    return { ...head, ...(this.#ackedSeq === undefined ? {} : { ackedSeq: this.#ackedSeq }) };
  }

  #fail(error: KitError, durability: Durability | undefined): void {
    this.#failure = error;
    durability?.fail(error);
    if (durability === undefined) return;
    for (const listener of this.#failureListeners) listener(error);
  }

  #started(): Run {
    if (this.#run === undefined) throw closed('it was never opened');
    return this.#run;
  }

  #running(): Run {
    if (this.#closing) throw closed('it was closed');
    if (this.#failure !== undefined) throw closed(this.#failure.message, this.#failure);
    return this.#started();
  }

  async *#entriesOf({ thread, opened }: RunningStore): AsyncGenerator<SealedEntry, undefined> {
    const { readEntriesMax, readBytesMax } = this.#setup.bounds;
    const end = opened.head.seq;
    for (let next = opened.segmentFirstSeq; next <= end; ) {
      const bounds = { entries: Math.min(readEntriesMax, end - next + 1), bytes: readBytesMax };
      const entries = openRun(await thread.request('read', { fromSeq: next, bounds }));
      for (const entry of entries) if (entry.header.seq !== opened.snapshotSeq) yield entry;
      next = (entries.at(-1)?.header.seq ?? end) + 1;
    }
  }
}

/** Entries as they were read, each checked again against its hash and the one before. */
function openRun(packed: PackedEntries): readonly SealedEntry[] {
  const entries: SealedEntry[] = [];
  for (const { seq, hash, headerText, salt, bodyText } of unpackEntries(packed)) {
    const last = entries.at(-1);
    const wire = { headerText, salt, bodyText };
    const entry = last === undefined ? openEntry(wire) : verifyEntry({ head: headOf(last), ...wire });
    if (entry.hash !== hash || entry.header.seq !== seq)
      throw damaged(`the row of entry ${seq} differs from its header`);
    entries.push(entry);
  }
  return entries;
}

function closed(why: string, cause?: KitError): KitError {
  return new KitError('JOURNAL_CLOSED', `the journal takes no entries: ${why}`, {
    hint: 'Nothing is sent to a venue until the journal was reopened and verified.',
    cause,
  });
}
