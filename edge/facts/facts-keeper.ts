import {
  type CompiledFacts,
  compileFactFiles,
  compilingFacts,
  type FactFiles,
  joinFacts,
} from '@gatehouse/compliance/fact-files.ts';
import { assert, describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { SignedFile } from '@gatehouse/shared/governance/verify-dated-file.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { FactsKind } from '@gatehouse/shared/schema/facts/index.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { atOnce } from '@gatehouse/shared/values/steps.ts';
import { endOf, factsEntries, lossOf, overruled, refusedFolder, termOver } from './facts-entries.ts';
import { type FolderFacts, folderStamp, type ReadFacts, readFactsFolder } from './facts-folder.ts';
import type { HubFileStore } from './hub-file-store.ts';
import {
  countsAt,
  type FileMark,
  type HubFile,
  type JudgedHubFile,
  type JudgingPlace,
  judgeHubFile,
  readHubFiles,
} from './hub-files.ts';
import { inSteps, nextTurn } from './in-steps.ts';

/** The dated files that decisions are made on. */
export interface FactsKeeper {
  /** What is in force; another object whenever that changes. */
  readonly files: FactFiles;
  /** Looks whether a file changed, and gives the entries that say so. Shape: a bad file changes nothing and is an incident. */
  look(): readonly EntryBody[];
}

/** The dated files of an edge whose hub may bring some of them. */
export interface GovernedFacts extends FactsKeeper {
  /** The newest file that the hub brought of a kind. */
  hubFile(kind: FactsKind): HubFile | undefined;
  /** Judges a file of the hub against the one before it; nothing changes. */
  judge(kind: FactsKind, signed: SignedFile, place: JudgingPlace): Promise<JudgedHubFile>;
  /**
   * Takes a file that was judged good into force; from then on the one of its kind in the folder counts for nothing.
   *
   * Shape:  the text is on disk before the entries are. Parts of a long text are recorded one by one, with no look between them, and the
   *         last, which brings it into force, in the same step in which the file counts. The text before it is deleted once `record` has
   *         them on disk, since a crash before that goes back to it.
   * Errors: those of `writeDurably` and `record`.
   */
  accept(file: HubFile, record: (entries: readonly EntryBody[]) => Promise<void>): Promise<void>;
}

/** What a keeper starts from. Shape: `accepted` names the files on record by kind, `hub.marks` those that the hub brought. */
export interface FactsKeeperDeps {
  readonly folder: string;
  readonly accepted: Readonly<Record<string, string>>;
  readonly hub: {
    readonly store: HubFileStore;
    readonly marks: Readonly<Record<string, FileMark>>;
    readonly now: () => Instant;
  };
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
 *         one stays in force. A kind of which the hub has brought a file is the hub's: the one in the folder is not read any more, and
 *         where the hub's has ended or is lost, nothing of that kind is known.
 * Errors: `FILE_MALFORMED`, listing every problem of every file.
 */
export function openFacts({
  folder,
  accepted,
  hub,
}: FactsKeeperDeps): OpenedFacts & { readonly keeper: GovernedFacts } {
  const stamp = folderStamp(folder);
  const hubFiles = new Map(readHubFiles(hub.store, hub.marks));
  const found = readFactsFolder(folder, new Set(hubFiles.keys()));
  const held = new Map(found.files.map((file) => [file.document.kind, file]));
  const missing = Object.keys(accepted).filter(
    (kind) => !held.has(kind as FactsKind) && !hubFiles.has(kind as FactsKind),
  );
  const problems = [...found.problems, ...missing.map((kind) => `${kind}.json was in force and is gone`)];
  if (problems.length > 0) {
    throw new KitError('FILE_MALFORMED', `the dated files in ${folder} cannot be used: ${problems.join('; ')}`, {
      hint: 'Correct or put back these files; without them the controls that need them would refuse every order.',
    });
  }
  const at = hub.now();
  const counting = [...hubFiles.values()].flatMap((file) => (countsAt(file, at) && file.held ? [file.held.facts] : []));
  const all = [...found.files, ...counting];
  const isNew = ({ document, hash }: ReadFacts): boolean => accepted[document.kind] !== hash;
  const before = all.filter((file) => !isNew(file));
  const { entries } = taken(before, all.filter(isNew), hubFiles);
  const ends = Object.entries(accepted).flatMap(([kind, hash]) =>
    all.some(({ document }) => document.kind === kind) ? [] : [endOf(kind, hash, before)],
  );
  const lost = [...hubFiles].flatMap(([kind, file]) => (file.held === undefined ? [kind] : []));
  return {
    keeper: new FolderKeeper({ folder, hub }, { stamp, held: all, hubFiles }),
    entries: [...ends, ...entries, ...lost.map(lossOf)],
  };
}

/** Files that never change, with the entries that put them on record: for a run in memory. */
export function fixedFacts(files: readonly ReadFacts[]): OpenedFacts {
  const { held, entries } = taken([], files, new Map());
  return { keeper: { files: compileFactFiles(held), look: () => [] }, entries };
}

interface KeptFiles {
  readonly stamp: string;
  readonly held: readonly ReadFacts[];
  readonly hubFiles: Map<FactsKind, HubFile>;
}

class FolderKeeper implements GovernedFacts {
  files: FactFiles;
  /** What each file in force was made into, so that a long list is not put in order anew because a short one changed. */
  #compiled: ReadonlyMap<ReadFacts, CompiledFacts> = new Map();
  #isAccepting = false;
  readonly #deps: Pick<FactsKeeperDeps, 'folder' | 'hub'>;
  readonly #hubFiles: Map<FactsKind, HubFile>;
  #stamp: string;
  #held: readonly ReadFacts[];

  constructor(deps: Pick<FactsKeeperDeps, 'folder' | 'hub'>, { stamp, held, hubFiles }: KeptFiles) {
    this.#deps = deps;
    this.#stamp = stamp;
    this.#held = held;
    this.#hubFiles = hubFiles;
    this.files = this.#compile(held);
  }

  look(): readonly EntryBody[] {
    if (this.#isAccepting) return [];
    return [...this.#lookAtTerms(), ...this.#lookAtFolder()];
  }

  hubFile(kind: FactsKind): HubFile | undefined {
    return this.#hubFiles.get(kind);
  }

  judge(kind: FactsKind, signed: SignedFile, place: JudgingPlace): Promise<JudgedHubFile> {
    return judgeHubFile(signed, this.#hubFiles.get(kind), place);
  }

  async accept(file: HubFile, record: (entries: readonly EntryBody[]) => Promise<void>): Promise<void> {
    const { mark, held } = file;
    assert(held !== undefined, 'a file without its text was judged good');
    const { kind } = held.file;
    const { store, now } = this.#deps.hub;
    await store.write(mark.content, held.signed.content);
    await store.write(mark.note, held.signed.note);
    const compiled = await inSteps(compilingFacts(held.facts.document));
    this.#compiled = new Map(this.#compiled).set(held.facts, compiled);
    // One whose term ended meanwhile is not on record, and the journal goes on naming the one before.
    if (!countsAt(file, now())) return void this.#hubFiles.set(kind, file);
    this.#isAccepting = true;
    try {
      await this.#bringIntoForce(file, held.facts, record);
    } finally {
      this.#isAccepting = false;
    }
    store.keepOnly(new Set([...this.#hubFiles.values()].flatMap((one) => [one.mark.note, one.mark.content])));
  }

  async #bringIntoForce(
    file: HubFile,
    facts: ReadFacts,
    record: (entries: readonly EntryBody[]) => Promise<void>,
  ): Promise<void> {
    const { kind } = facts.document;
    const isFirst = !this.#hubFiles.has(kind) && this.#held.some(({ document }) => document.kind === kind);
    const { held: after, entries } = taken(this.#held, [facts], new Map([[kind, file]]));
    for (const part of entries.slice(0, -1)) {
      await record([part]);
      await nextTurn();
    }
    const last = entries.slice(-1);
    const recorded = record(isFirst ? [...last, overruled(kind, file.mark.sequence)] : last);
    this.#use(after);
    this.#hubFiles.set(kind, file);
    await recorded;
  }

  #use(held: readonly ReadFacts[]): void {
    this.#held = held;
    this.files = this.#compile(held);
  }

  #compile(held: readonly ReadFacts[]): FactFiles {
    const compiled = held.map((one) => [one, this.#compiled.get(one) ?? atOnce(compilingFacts(one.document))] as const);
    this.#compiled = new Map(compiled);
    return joinFacts(
      held,
      compiled.map(([, part]) => part),
    );
  }

  /** What a signed document has ended counts no more, and the entries say so. */
  #lookAtTerms(): readonly EntryBody[] {
    const at = this.#deps.hub.now();
    const entries: EntryBody[] = [];
    for (const [kind, file] of this.#hubFiles) {
      const facts = this.#held.find(({ document }) => document.kind === kind);
      if (facts === undefined || countsAt(file, at)) continue;
      this.#use(this.#held.filter((one) => one !== facts));
      entries.push(endOf(kind, facts.hash, this.#held), termOver(kind, file.mark.sequence));
    }
    return entries;
  }

  #lookAtFolder(): readonly EntryBody[] {
    const stamp = this.#lookAgain();
    if (stamp === this.#stamp) return [];
    this.#stamp = stamp;
    const found = this.#read();
    const known = new Map(this.#held.map(({ document, hash }) => [document.kind, hash]));
    const changed = found.files.filter(({ document, hash }) => known.get(document.kind) !== hash);
    const own = this.#held.filter(({ document }) => !this.#hubFiles.has(document.kind));
    const gone = own.filter(({ document }) => !found.files.some((file) => file.document.kind === document.kind));
    const problems = [
      ...found.problems,
      // A file with a problem is told of already.
      ...(found.problems.length > 0 ? [] : gone.map(({ document }) => `${document.kind}.json is gone`)),
    ];
    const { held, entries } = taken(this.#held, changed, this.#hubFiles);
    if (changed.length > 0) this.#use(held);
    return problems.length === 0 ? entries : [...entries, refusedFolder(problems)];
  }

  #lookAgain(): string {
    try {
      return folderStamp(this.#deps.folder);
    } catch {
      return 'unreadable';
    }
  }

  #read(): FolderFacts {
    try {
      return readFactsFolder(this.#deps.folder, new Set(this.#hubFiles.keys()));
    } catch (error) {
      return { files: [], problems: [describeError(error)] };
    }
  }
}

/** What is in force after files were taken, and the entries for each, with the list as it then is. */
function taken(
  before: readonly ReadFacts[],
  changed: readonly ReadFacts[],
  hubFiles: ReadonlyMap<FactsKind, HubFile>,
): { readonly held: readonly ReadFacts[]; readonly entries: readonly EntryBody[] } {
  let held = before;
  const entries: EntryBody[] = [];
  for (const file of changed) {
    const after = [...held.filter(({ document }) => document.kind !== file.document.kind), file];
    entries.push(...factsEntries(file, { before: held, after, hubFile: hubFiles.get(file.document.kind) }));
    held = after;
  }
  return { held, entries };
}
