import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { HeldFacts } from '@gatehouse/compliance/fact-files.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { fitsOneEntry } from '@gatehouse/shared/governance/verify-dated-file.ts';
import { hashingText, parsingJson } from '@gatehouse/shared/journal/json-steps.ts';
import { decodingFacts } from '@gatehouse/shared/schema/facts/decode-steps.ts';
import { type FactsKind, factsSchemas } from '@gatehouse/shared/schema/facts/index.ts';
import { atOnce, type Steps } from '@gatehouse/shared/values/steps.ts';

/** A dated file as it was read, with its exact text. */
export interface ReadFacts extends HeldFacts {
  readonly text: string;
}

/** What a look into the folder found. Shape: a file with a problem is not among the files. */
export interface FolderFacts {
  readonly files: readonly ReadFacts[];
  readonly problems: readonly string[];
}

/** The largest file; its whole text goes into the journal once. Units: bytes. */
export const FACTS_BYTES_MAX = 900_000;

const KINDS = Object.keys(factsSchemas) as readonly FactsKind[];
const NONE: ReadonlySet<FactsKind> = new Set();

/**
 * Reads the dated files of an edge: `<kind>.json`, each by its schema.
 *
 * Shape: every problem is listed, with file and place; other files in the folder are a problem too, since a misspelt name would
 *        otherwise be a list that nobody looks at. Kinds that are passed over may lie there and count for nothing.
 */
export function readFactsFolder(folder: string, passedOver: ReadonlySet<FactsKind> = NONE): FolderFacts {
  if (!existsSync(folder)) return { files: [], problems: [] };
  const skipped = new Set([...passedOver].map((kind) => `${kind}.json`));
  const names = readdirSync(folder).filter(
    (name) => !name.startsWith('.') && !name.endsWith('.tmp') && !skipped.has(name),
  );
  const files: ReadFacts[] = [];
  const problems: string[] = [];
  for (const name of names.toSorted()) {
    try {
      files.push(readFacts(folder, name));
    } catch (error) {
      problems.push(describeError(error));
    }
  }
  return { files, problems };
}

/** What changes when a file changes; cheap enough to be asked often. */
export function folderStamp(folder: string): string {
  if (!existsSync(folder)) return '';
  const stamps = KINDS.map((kind) => {
    const stat = statSync(join(folder, `${kind}.json`), { throwIfNoEntry: false });
    return stat === undefined ? '' : `${kind} ${stat.mtimeMs} ${stat.size} ${stat.ino}`;
  });
  return stamps.join('\n');
}

/** Makes the folder. Errors: those of the file system. */
export function makeFactsFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** A dated file from its text. Errors: `FILE_MALFORMED` for another kind than the name says, too many bytes or no JSON; `MESSAGE_MALFORMED`. */
export function parseFacts(kind: FactsKind, text: string): ReadFacts {
  if (Buffer.byteLength(text) > FACTS_BYTES_MAX) {
    throw new KitError('FILE_MALFORMED', `${kind}.json has more than ${FACTS_BYTES_MAX} bytes`, {
      hint: 'Leave out rows that this edge does not need.',
    });
  }
  // Sums are folded from whole files; within an entry each quotation mark takes two bytes.
  if (kind !== 'sanctions' && !fitsOneEntry(text)) {
    throw new KitError('FILE_MALFORMED', `${kind}.json is longer than an entry of the journal can hold`, {
      hint: 'Leave out rows that this edge does not need.',
    });
  }
  return parseHubFacts(kind, text);
}

/** The same for a file that the hub brought, whose length its signed document bounds. Errors: as `parseFacts`. */
export function parseHubFacts(kind: FactsKind, text: string): ReadFacts {
  return atOnce(parsingHubFacts(kind, text));
}

/** The same in steps. Errors: as `parseFacts`. */
export function* parsingHubFacts(kind: FactsKind, text: string): Steps<ReadFacts> {
  const document = yield* decodingFacts(yield* parsing(kind, text), `${kind}.json`);
  if (document.kind !== kind) {
    throw new KitError('FILE_MALFORMED', `${kind}.json is of kind ${document.kind}`, {
      hint: 'Give the file the name of its kind.',
    });
  }
  return { document, text, hash: yield* hashingText(text) };
}

function readFacts(folder: string, name: string): ReadFacts {
  const kind = KINDS.find((one) => name === `${one}.json`);
  if (kind === undefined) {
    throw new KitError('FILE_MALFORMED', `${name} is no kind of facts`, {
      hint: `The kinds are ${KINDS.join(', ')}, each in a file of its name with the ending .json.`,
    });
  }
  return parseFacts(kind, readFileSync(join(folder, name), 'utf8'));
}

function* parsing(kind: FactsKind, text: string): Steps<unknown> {
  try {
    return yield* parsingJson(text);
  } catch (cause) {
    throw new KitError('FILE_MALFORMED', `${kind}.json is not JSON: ${describeError(cause)}`, { cause });
  }
}
