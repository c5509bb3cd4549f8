import { existsSync, readdirSync, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { ChainHead } from '@gatehouse/shared/journal/chain.ts';
import { syncFolder } from './durable-file.ts';
import { type JournalOptions, openJournal } from './journal.ts';
import { ensureFolder } from './journal-folder.ts';
import type { Draft } from './journal-types.ts';
import { takeLock } from './lock-file.ts';

/** What a journal goes on from in its next epoch. Shape: nobody has `folder` open. */
export interface Succession extends Pick<JournalOptions, 'folder' | 'edge' | 'signer' | 'clock' | 'random' | 'driver'> {
  /** The head before the first entry of the new epoch. */
  readonly origin: ChainHead;
  /** What the entries up to the agreed place add up to. */
  readonly state: JsonValue;
  /** What the new epoch begins with, behind its snapshot. */
  readonly drafts: readonly Draft[];
  /** Distinguishes the folder in which the journal of the epoch before is kept: digits. */
  readonly mark: string;
}

/** A snapshot that lies inside its entry comes back from a hub with it. Units: UTF-8 bytes; a body has less than 1 MiB. */
const INLINE_STATE_BYTES_MAX = 900_000;

/**
 * Begins the journal of the next epoch beside the old one and puts it in its place; the old one is kept under another name.
 *
 * Shape:  a process that dies leaves the old journal, or after `finishSuccession` the new one.
 * Errors: `JOURNAL_LOCKED` where the old one is open; those of `openJournal` and of the files.
 */
export async function succeedJournal(succession: Succession): Promise<void> {
  const { folder, origin, state, drafts, mark } = succession;
  const making = `${folder}.making`;
  rmSync(making, { recursive: true, force: true });
  ensureFolder(dirname(folder));
  const bounds = { inlineStateBytesMax: INLINE_STATE_BYTES_MAX };
  const { journal } = await openJournal({
    ...succession,
    folder: making,
    origin,
    emptyState: state,
    bounds,
    onNotice: () => {},
  });
  try {
    journal.append(drafts);
    await journal.durable(journal.head.seq);
  } finally {
    await journal.close();
  }
  if (existsSync(folder)) takeLock(folder).release();
  // From this name on the new epoch stands, whatever happens to the process.
  await rename(making, `${folder}.next-${origin.epoch}-${mark}`);
  await syncFolder(dirname(folder));
  await finishSuccession(folder);
}

/** Ends a succession that died after the new journal was whole, and removes one that died before. Errors: those of the files. */
export async function finishSuccession(folder: string): Promise<void> {
  const parent = dirname(folder);
  if (!existsSync(parent)) return;
  rmSync(`${folder}.making`, { recursive: true, force: true });
  const next = new RegExp(`^${escaped(basename(folder))}\\.next-(\\d+)-(\\d+)$`);
  for (const name of readdirSync(parent)) {
    const [, epoch, mark] = next.exec(name) ?? [];
    if (epoch === undefined) continue;
    if (existsSync(folder)) await rename(folder, `${folder}.epoch-${Number(epoch) - 1}-${mark}`);
    await rename(join(parent, name), folder);
    await syncFolder(parent);
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9-]/g, '\\$&');
}
