import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { signerFromSeed } from '@gatehouse/shared/journal/note.ts';
import { type ManualClock, manualClock } from '@gatehouse/shared/values/clock.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { onTestFinished } from 'vitest';
import type { Draft, JournalOptions } from './journal.ts';

export const EDGE = 'edge-1';
export const signer = signerFromSeed(EDGE, Buffer.alloc(32, 7));

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Options of a journal with a clock that stands still. */
export function optionsOf(folder: string, more: Partial<JournalOptions> = {}): JournalOptions {
  return {
    folder,
    edge: EDGE,
    signer,
    clock: clockAt(),
    random: (bytes) => randomBytes(bytes),
    emptyState: { orders: [] },
    onNotice: () => {},
    ...more,
  };
}

export function clockAt(text = '2026-01-05T09:00:00.000000000Z'): ManualClock {
  return manualClock(parseInstant(text));
}

/** A group of entries that tell their own number. */
export function drafts(count: number, note = 'n'.repeat(100)): readonly Draft[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: 'clock',
    body: { v: 1, clock: { source: 'manual', offsetNs: '0', uncertaintyNs: '0' }, note: `${note} ${index}` },
  }));
}

export async function collect(entries: AsyncIterable<SealedEntry>): Promise<readonly SealedEntry[]> {
  const all: SealedEntry[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}

/** The code of the KitError that an act ends with; `none` where it ends well. */
export async function codeOf(act: () => unknown): Promise<string> {
  try {
    await act();
    return 'none';
  } catch (error) {
    if (error instanceof KitError) return error.code;
    throw error;
  }
}

/** Copies the folder of a running journal as a crash would leave it; another process reads, so no lock is lost. */
export function crashImage(from: string, to = temporaryFolder()): string {
  execFileSync('cp', ['-r', `${from}/.`, to]);
  rmSync(join(to, 'lock'), { force: true });
  return to;
}

/** Copies a folder that nobody has open. */
export function imageOf(from: string, to = temporaryFolder()): string {
  cpSync(from, to, { recursive: true });
  return to;
}

/** Flips one bit of a file. */
export function flipBit(path: string, bit: number): void {
  const bytes = readFileSync(path);
  const place = Math.floor(bit / 8) % bytes.length;
  bytes[place] = (bytes[place] ?? 0) ^ (1 << (bit % 8));
  writeFileSync(path, bytes);
}
