import { readFile, rename, rm } from 'node:fs/promises';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { HashText, Identifier, InstantText, Sentence } from '@gatehouse/shared/schema/fields.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';
import { writeDurably } from '../journal/durable-file.ts';
import { TO_BE_PROVEN } from './ledger-witness.ts';

const REASON_MAX = 1_000;

/**
 * A person's word that a hub which contradicts what this edge has seen was restored, and is to be believed from now on.
 *
 * Shape: `refuted` is the SHA-256 of what the hub signed against itself, so that the word is on this and on nothing later.
 */
export const AcceptedLedger = z.strictObject({
  v: z.literal(1),
  by: Identifier,
  reason: Sentence.max(REASON_MAX),
  at: InstantText,
  refuted: HashText,
});

export type AcceptedLedger = z.output<typeof AcceptedLedger>;

/** What this edge has seen of the ledger and what the hub signed against it. Shape: texts as they lie in the files. */
export interface LedgerDispute {
  readonly seen: string;
  readonly refuted: string;
}

/** What taking the word in works with. Shape: `record` resolves when the entry is durable. */
export interface TakeAcceptedDeps {
  readonly seenLedger: string;
  readonly record: (entry: EntryBody) => Promise<void>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: (line: string) => void;
}

const MARK_DIGITS = 14;

/** Where the hub's contradiction is kept. */
export function refutedFile(seenLedger: string): string {
  return `${seenLedger}.refuted`;
}

function acceptedFile(seenLedger: string): string {
  return `${seenLedger}.accepted`;
}

/** The dispute of this edge with its hub. Errors: `NOT_FOUND` where there is none. */
export async function readDispute(seenLedger: string): Promise<LedgerDispute> {
  const [seen, refuted] = await Promise.all([textOf(seenLedger), textOf(refutedFile(seenLedger))]);
  if (seen !== undefined && refuted !== undefined) return { seen, refuted };
  throw new KitError('NOT_FOUND', `no contradiction of the hub is kept beside ${seenLedger}`, {
    hint: 'There is something to accept only after the alarm HUB_REFUTED.',
  });
}

/** Keeps a person's word for the next start. Errors: `NOT_FOUND` as for the dispute, `MESSAGE_MALFORMED` for a name or reason that is none. */
export async function acceptLedger(
  seenLedger: string,
  { by, reason, at }: { readonly by: string; readonly reason: string; readonly at: Instant },
): Promise<void> {
  const { refuted } = await readDispute(seenLedger);
  const wire = { v: 1, by, reason, at: instantText(at), refuted: hexOf(refuted) };
  decode(AcceptedLedger, wire, 'the acceptance');
  await writeDurably(acceptedFile(seenLedger), `${JSON.stringify(wire)}\n`);
}

/**
 * Takes a person’s word in, if one waits: what was seen is set aside, and nothing is believed before a proof has shown the ledger from
 * its first leaf on.
 *
 * Shape: it is on record, with the hash of both sides, before anything is set aside; a process that dies between does it again. A word
 *        on another contradiction than the one that is kept changes nothing and goes.
 */
export async function takeAcceptedLedger(deps: TakeAcceptedDeps): Promise<void> {
  const { seenLedger, log } = deps;
  const path = acceptedFile(seenLedger);
  const word = await wordIn(path, seenLedger).catch((error: unknown) => {
    log(`ALARM HUB_REFUTED: a word on the hub’s ledger was not taken: ${describeError(error)}`);
  });
  if (word !== undefined) await setAside(deps, word);
  await rm(path, { force: true });
}

async function setAside({ seenLedger, record, clock, log }: TakeAcceptedDeps, word: AcceptedLedger): Promise<void> {
  const { by, reason, refuted } = word;
  const mark = instantText(clock.now())
    .replaceAll(/[^0-9]/g, '')
    .slice(0, MARK_DIGITS);
  const found = await textOf(seenLedger);
  const seen = found === TO_BE_PROVEN ? undefined : found;
  const message = `${by} accepted that the hub’s ledger contradicts what this edge has seen of it: ${reason}`;
  // Whoever looks for it later can tell whether it is still what it was.
  const hint = [
    ...(seen === undefined ? [] : [`What was seen has the SHA-256 ${hexOf(seen)}`]),
    `what the hub signed against it has the SHA-256 ${refuted}; both are kept with ${mark} in their names.`,
  ].join(', ');
  await record({ kind: 'incident', body: { v: 1, code: 'HUB_ACCEPTED', severity: 'alarm', message, hint } });
  if (seen !== undefined) await rename(seenLedger, `${seenLedger}.${mark}`);
  await writeDurably(seenLedger, TO_BE_PROVEN);
  // The contradiction goes last: with it a process that died before starts over.
  await rename(refutedFile(seenLedger), `${refutedFile(seenLedger)}.${mark}`);
  log(message);
}

/** The word that waits; undefined where none does. Errors: where it is on another contradiction than the one that is kept. */
async function wordIn(path: string, seenLedger: string): Promise<AcceptedLedger | undefined> {
  const text = await textOf(path);
  if (text === undefined) return undefined;
  const word = decode(AcceptedLedger, JSON.parse(text), `the acceptance in ${path}`);
  const kept = await textOf(refutedFile(seenLedger));
  if (kept !== undefined && hexOf(kept) === word.refuted) return word;
  throw new KitError(
    'STATE_CONFLICT',
    `the acceptance in ${path} is on another contradiction than the one that is kept`,
  );
}

function hexOf(text: string): string {
  return sha256(text).toString('hex');
}

function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
