import { createSealer } from '@gatehouse/edge/journal/sealer.ts';
import type { UplinkDeps } from '@gatehouse/edge/sync/uplink.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { genesis, headOf, verifyEntry } from '@gatehouse/shared/journal/chain.ts';
import type { ChainHead, SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { bodySchemas, type EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { z } from 'zod';

/** What a power cut leaves: whole lines that were synced, and the kept checkpoints of the ledger. */
export interface SimDisk {
  lines: readonly string[];
  witness: string;
}

/** A journal on a disk that forgets what was not synced. */
export interface SimJournal extends Pick<UplinkDeps['journal'], 'head' | 'durableSeq' | 'read' | 'compareWithAck'> {
  readonly entries: readonly SealedEntry[];
  append(entry: EntryBody): SealedEntry;
  sync(): void;
  onDurable(listener: (seq: number) => void): () => void;
  /** The process ends here: of what was not synced a part may be on the disk, and the last of it by half. */
  crash(random: () => number): void;
}

/** What a journal is opened with. */
export interface SimJournalDeps {
  readonly edge: string;
  readonly disk: SimDisk;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  /** Calls back soon, when what was appended reaches the disk. */
  readonly soon: (work: () => void) => void;
}

/** Opens what is on the disk; a last line that is there by half was never synced. Errors: of a chain that does not hold. */
export function openSimJournal({ edge, disk, clock, random, soon }: SimJournalDeps): SimJournal {
  const entries = readLines(edge, disk);
  const listeners = new Set<(seq: number) => void>();
  const last = entries.at(-1);
  const start = { head: last === undefined ? genesis(edge) : headOf(last), lastAt: last?.header.at ?? '' };
  const sealer = createSealer(start, { clock, random, onNotice: () => {} });
  let durableSeq = entries.length;
  let isDead = false;

  function sync(): void {
    if (isDead || durableSeq === entries.length) return;
    disk.lines = [...disk.lines, ...entries.slice(durableSeq).map(lineOf)];
    durableSeq = entries.length;
    for (const listener of listeners) listener(durableSeq);
  }

  return {
    entries,
    get head() {
      return sealer.head;
    },
    get durableSeq() {
      return durableSeq;
    },
    append: ({ kind, body }) => {
      const [entry] = sealer.seal([{ kind, body: z.encode(bodySchemas[kind] as z.ZodType, body) as JsonValue }]);
      if (entry === undefined) throw new Error('one draft gives one entry');
      entries.push(entry);
      soon(sync);
      return entry;
    },
    sync,
    onDurable: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    read: async (from, { entries: count }) =>
      entries.slice(Math.max(from, 1) - 1, Math.min(Math.max(from, 1) - 1 + count, durableSeq)),
    compareWithAck: async (seq, hash) => {
      if (seq > sealer.head.seq) return 'lost';
      if (seq > 0 && entries[seq - 1]?.hash !== hash) return 'forked';
      return seq === sealer.head.seq ? 'equal' : 'ahead';
    },
    crash: (lot) => {
      isDead = true;
      const written = entries.slice(durableSeq).map(lineOf);
      const kept = Math.floor(lot() * (written.length + 1));
      const torn = written[kept];
      const half = torn === undefined || lot() < 0.5 ? [] : [torn.slice(0, Math.floor(lot() * torn.length))];
      disk.lines = [...disk.lines, ...written.slice(0, kept), ...half];
    },
  };
}

/** The line of an entry on the disk. */
export function lineOf({ headerText, salt, bodyText }: SealedEntry): string {
  return JSON.stringify([headerText, Buffer.from(salt).toString('hex'), bodyText]);
}

function readLines(edge: string, disk: SimDisk): SealedEntry[] {
  const entries: SealedEntry[] = [];
  let head: ChainHead = genesis(edge);
  for (const [index, line] of disk.lines.entries()) {
    const parts = partsOf(line);
    if (parts === undefined && index === disk.lines.length - 1) break;
    if (parts === undefined) throw new Error(`line ${index} of the journal is torn and others follow`);
    const [headerText, salt, bodyText] = parts;
    const entry = verifyEntry({ head, headerText, salt: Buffer.from(salt, 'hex'), bodyText });
    head = headOf(entry);
    entries.push(entry);
  }
  disk.lines = disk.lines.slice(0, entries.length);
  return entries;
}

function partsOf(line: string): readonly [string, string, string] | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
