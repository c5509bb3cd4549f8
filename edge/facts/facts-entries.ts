import { filesHash, type HeldFacts } from '@gatehouse/compliance/fact-files.ts';
import { fitsOneEntry } from '@gatehouse/shared/governance/verify-dated-file.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { ReadFacts } from './facts-folder.ts';
import type { HubFile } from './hub-files.ts';

/** A file that comes into force, and the lists of files before and after it. Shape: `hubFile` where the hub brought it. */
export interface FileChange {
  readonly before: readonly HeldFacts[];
  readonly after: readonly HeldFacts[];
  readonly hubFile: HubFile | undefined;
}

/** A part of a file that is too long for one entry. Units: UTF-16 code units, of which each takes up to three bytes there. */
const PART_LENGTH = 262_144;
const MESSAGE_LENGTH_MAX = 2_000;

/** The entries that bring a file into force, with its whole text once; they belong into one group of the journal. */
export function factsEntries({ document, hash, text }: ReadFacts, change: FileChange): readonly EntryBody[] {
  const { before, after, hubFile } = change;
  const head = { v: 1, kind: document.kind, hash } as const;
  const signed = signedOf(hubFile);
  const files = filesHash(after);
  if (fitsOneEntry(text)) return [{ kind: 'facts', body: { ...head, files, document: text, ...signed } }];
  const parts = partsOf(text);
  const { asOf, source } = document;
  return parts.map((one, index) => {
    const number = index + 1;
    const isLast = number === parts.length;
    const part = { number, of: parts.length, asOf, source };
    const body = { ...head, files: isLast ? files : filesHash(before), document: one, part };
    return { kind: 'facts', body: isLast ? { ...body, ...signed } : body };
  });
}

function signedOf(hubFile: HubFile | undefined): { readonly signed?: { sequence: number; note: string } } {
  if (hubFile?.held === undefined) return {};
  return { signed: { sequence: hubFile.mark.sequence, note: hubFile.held.signed.note } };
}

function partsOf(text: string): readonly string[] {
  const parts: string[] = [];
  for (let at = 0; at < text.length; at += parts.at(-1)?.length ?? 0) {
    const end = at + PART_LENGTH;
    // Half of a character outside the basic plane has no canonical text.
    const isSplit = end < text.length && /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
    parts.push(text.slice(at, isSplit ? end - 1 : end));
  }
  return parts;
}

/** The entry that says that a file counts no more. Shape: `left` are the files that still do. */
export function endOf(kind: string, hash: string, left: readonly HeldFacts[]): EntryBody {
  return { kind: 'facts', body: { v: 1, kind, hash, files: filesHash(left), document: '', ended: true } };
}

/** Changed files in the folder that were refused. */
export function refusedFolder(problems: readonly string[]): EntryBody {
  const message = `Changed files of facts were refused, and the old ones stay in force: ${problems.join('; ')}.`;
  return incident('FACTS_REFUSED', message, 'Correct the files; their ages go on counting meanwhile.');
}

/** The term of a file of the hub is over. */
export function termOver(kind: string, sequence: number): EntryBody {
  const message = `The term of the hub's file ${kind} number ${sequence} is over; what needs it refuses.`;
  return incident('FACTS_ENDED', message, 'Publish the next one with "gatehouse facts publish".');
}

/** The disk has lost a file of the hub. */
export function lossOf(kind: string): EntryBody {
  const message = `The hub's file ${kind} is gone from the disk; what needs it refuses until the hub has brought it again.`;
  return incident('FACTS_LOST', message, 'Nothing needs to be done where the hub can be reached.');
}

/** The hub's file takes the place of the one in the folder. */
export function overruled(kind: string, sequence: number): EntryBody {
  const message = `The hub's file ${kind} number ${sequence} governs from now on; ${kind}.json in the folder is not read any more.`;
  return { kind: 'incident', body: { v: 1, code: 'FACTS_GOVERNED', severity: 'notice', message } };
}

function incident(code: string, message: string, hint: string): EntryBody {
  const body = { v: 1, code, severity: 'alarm', message: message.slice(0, MESSAGE_LENGTH_MAX), hint } as const;
  return { kind: 'incident', body };
}
