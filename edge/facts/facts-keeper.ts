import { compileFactFiles, type FactFiles, filesHash, type HeldFacts } from '@gatehouse/compliance/fact-files.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { FactsKind } from '@gatehouse/shared/schema/facts/index.ts';
import { type FolderFacts, folderStamp, type ReadFacts, readFactsFolder } from './facts-folder.ts';

/** The dated files that decisions are made on. */
export interface FactsKeeper {
  /** What is in force; another object whenever that changes. */
  readonly files: FactFiles;
  /** Looks whether a file changed, and gives the entries that say so. Shape: a bad file changes nothing and is an incident. */
  look(): readonly EntryBody[];
}

/** What a keeper starts from. Shape: `accepted` names the files on record, by kind. */
export interface FactsKeeperDeps {
  readonly folder: string;
  readonly accepted: Readonly<Record<string, string>>;
}

/** The files in force at a start, and the entries that say what is new. */
export interface OpenedFacts {
  readonly keeper: FactsKeeper;
  readonly entries: readonly EntryBody[];
}

/**
 * Takes the dated files of an edge into force.
 *
 * Shape:  a file that was in force and is gone loosens nothing: a start without it is refused, and while the edge runs the old
 *         one stays in force.
 * Errors: `FILE_MALFORMED`, listing every problem of every file.
 */
export function openFacts({ folder, accepted }: FactsKeeperDeps): OpenedFacts {
  const stamp = folderStamp(folder);
  const found = readFactsFolder(folder);
  const held = new Map(found.files.map((file) => [file.document.kind, file]));
  const missing = Object.keys(accepted).filter((kind) => !held.has(kind as FactsKind));
  const problems = [...found.problems, ...missing.map((kind) => `${kind}.json was in force and is gone`)];
  if (problems.length > 0) {
    throw new KitError('FILE_MALFORMED', `the dated files in ${folder} cannot be used: ${problems.join('; ')}`, {
      hint: 'Correct or put back these files; without them the controls that need them would refuse every order.',
    });
  }
  const isNew = ({ document, hash }: ReadFacts): boolean => accepted[document.kind] !== hash;
  const before = found.files.filter((file) => !isNew(file));
  const { entries } = taken(before, found.files.filter(isNew));
  return { keeper: new FolderKeeper(folder, stamp, found.files), entries };
}

/** Files that never change, with the entries that put them on record: for a run in memory. */
export function fixedFacts(files: readonly ReadFacts[]): OpenedFacts {
  const { held, entries } = taken([], files);
  return { keeper: { files: compileFactFiles(held), look: () => [] }, entries };
}

class FolderKeeper implements FactsKeeper {
  files: FactFiles;
  readonly #folder: string;
  #stamp: string;
  #held: readonly ReadFacts[];

  constructor(folder: string, stamp: string, held: readonly ReadFacts[]) {
    this.#folder = folder;
    this.#stamp = stamp;
    this.#held = held;
    this.files = compileFactFiles(held);
  }

  look(): readonly EntryBody[] {
    const stamp = this.#lookAgain();
    if (stamp === this.#stamp) return [];
    this.#stamp = stamp;
    const found = this.#read();
    const known = new Map(this.#held.map(({ document, hash }) => [document.kind, hash]));
    const changed = found.files.filter(({ document, hash }) => known.get(document.kind) !== hash);
    const gone = this.#held.filter(({ document }) => !found.files.some((file) => file.document.kind === document.kind));
    const problems = [
      ...found.problems,
      // A file with a problem is told of already.
      ...(found.problems.length > 0 ? [] : gone.map(({ document }) => `${document.kind}.json is gone`)),
    ];
    const { held, entries } = taken(this.#held, changed);
    if (changed.length > 0) {
      this.#held = held;
      this.files = compileFactFiles(held);
    }
    return problems.length === 0 ? entries : [...entries, incident(problems)];
  }

  #lookAgain(): string {
    try {
      return folderStamp(this.#folder);
    } catch {
      return 'unreadable';
    }
  }

  #read(): FolderFacts {
    try {
      return readFactsFolder(this.#folder);
    } catch (error) {
      return { files: [], problems: [describeError(error)] };
    }
  }
}

/** What is in force after files were taken, and an entry for each, with the list as it then is. */
function taken(
  before: readonly ReadFacts[],
  changed: readonly ReadFacts[],
): { readonly held: readonly ReadFacts[]; readonly entries: readonly EntryBody[] } {
  let held = before;
  const entries: EntryBody[] = [];
  for (const file of changed) {
    held = [...held.filter(({ document }) => document.kind !== file.document.kind), file];
    entries.push(entryOf(file, held));
  }
  return { held, entries };
}

function entryOf({ document, hash, text }: ReadFacts, held: readonly HeldFacts[]): EntryBody {
  return { kind: 'facts', body: { v: 1, kind: document.kind, hash, files: filesHash(held), document: text } };
}

function incident(problems: readonly string[]): EntryBody {
  const message = `Changed files of facts were refused, and the old ones stay in force: ${problems.join('; ')}.`;
  return {
    kind: 'incident',
    body: {
      v: 1,
      code: 'FACTS_REFUSED',
      severity: 'alarm',
      message: message.slice(0, MESSAGE_LENGTH_MAX),
      hint: 'Correct the files; their ages go on counting meanwhile.',
    },
  };
}

const MESSAGE_LENGTH_MAX = 2_000;
