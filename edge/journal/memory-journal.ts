import { KitError } from '@gatehouse/shared/errors.ts';
import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { type ChainHead, genesis } from '@gatehouse/shared/journal/chain.ts';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { JOURNAL_BOUNDS } from './bounds.ts';
import type { AckComparison, Draft, Journal, JournalNotice, OpenedJournal, Recovered } from './journal-types.ts';
import { snapshotParts } from './open-store.ts';
import { createSealer, type Sealer } from './sealer.ts';
import type { ReadBounds } from './segment.ts';

/** What a journal in memory is opened with. */
export interface MemoryJournalOptions {
  readonly edge: string;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly emptyState: JsonValue;
  readonly onNotice: (notice: JournalNotice) => void;
  /** `hash` keeps the end of the chain only, which still proves the whole run. */
  readonly keep: 'all' | 'hash';
}

/** A journal for runs on a simulated clock: durable at once, gone with the process. */
export function openMemoryJournal(options: MemoryJournalOptions): OpenedJournal {
  const journal = new MemoryJournal(options);
  return { journal, ...journal.recovered() };
}

class MemoryJournal implements Journal {
  readonly wantsRoll = false;
  readonly #options: MemoryJournalOptions;
  readonly #sealer: Sealer;
  readonly #entries: SealedEntry[] = [];
  readonly #listeners = new Set<(seq: number) => void>();
  #segment = 0;
  #closed = false;

  constructor(options: MemoryJournalOptions) {
    this.#options = options;
    this.#sealer = createSealer({ head: genesis(options.edge), lastAt: '' }, options);
    this.#snapshot(options.emptyState);
  }

  get head(): ChainHead {
    return this.#sealer.head;
  }

  get durableSeq(): number {
    return this.#sealer.head.seq;
  }

  recovered(): Recovered {
    return { state: this.#options.emptyState, entries: noEntries(), notices: [] };
  }

  append(drafts: readonly Draft[]): readonly SealedEntry[] {
    if (this.#closed) throw new KitError('JOURNAL_CLOSED', 'the journal takes no entries: it was closed');
    const entries = this.#sealer.seal(drafts);
    this.#keep(entries);
    return entries;
  }

  async durable(seq: number): Promise<void> {
    if (seq > this.head.seq)
      throw new KitError('NOT_FOUND', `entry ${seq} was never assigned, the last is ${this.head.seq}`);
  }

  async read(fromSeq: number, { entries, bytes }: ReadBounds): Promise<readonly SealedEntry[]> {
    if (this.#options.keep === 'hash') throw new KitError('NOT_FOUND', `entry ${fromSeq} was not kept`);
    const found: SealedEntry[] = [];
    let length = 0;
    for (const entry of this.#entries.slice(Math.max(fromSeq, 1) - 1, Math.max(fromSeq, 1) - 1 + entries)) {
      length += entry.headerText.length + entry.bodyText.length;
      if (length > bytes && found.length > 0) return found;
      found.push(entry);
    }
    return found;
  }

  async roll(state: JsonValue): Promise<void> {
    this.#snapshot(state);
  }

  async compareWithAck(seq: number, hash: string): Promise<AckComparison> {
    if (seq > this.head.seq) return 'lost';
    if (seq === this.head.seq) return hash === this.head.hash ? 'equal' : 'forked';
    const [entry] = seq === 0 ? [] : await this.read(seq, { entries: 1, bytes: 1 });
    return seq === 0 || entry?.hash === hash ? 'ahead' : 'forked';
  }

  acknowledge(): void {}

  onDurable(listener: (seq: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onFailure(): () => void {
    return () => {};
  }

  async reopen(): Promise<Recovered> {
    throw new KitError('JOURNAL_CLOSED', 'a journal in memory never fails, so it is never reopened');
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #snapshot(state: JsonValue): void {
    this.#segment += 1;
    const text = canonicalJson(state);
    const inlineStateBytesMax = JOURNAL_BOUNDS.inlineStateBytesMax;
    const { body } = snapshotParts(JSON.parse(text), { segment: this.#segment, inlineStateBytesMax });
    this.#keep([this.#sealer.sealSnapshot(body)]);
  }

  #keep(entries: readonly SealedEntry[]): void {
    if (this.#options.keep === 'all') this.#entries.push(...entries);
    if (entries.length === 0) return;
    for (const listener of this.#listeners) listener(this.head.seq);
  }
}

async function* noEntries(): AsyncGenerator<SealedEntry> {}
