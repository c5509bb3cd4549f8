import { type FSWatcher, readdirSync, readFileSync, watch } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError } from '@gatehouse/shared/errors.ts';
import { syncFolder, writeDurably } from '../journal/durable-file.ts';
import { fileFailure } from '../journal/sql-failure.ts';
import { type FiledKill, filedText, parseFiled } from './filed-kill.ts';

/** The name of the file of kills in an edge's data folder. */
export const KILL_NAME = 'KILL';

/** What stands in the files of a folder. Shape: a fault names a file that cannot be read, and why. */
export interface FiledKills {
  readonly kills: readonly FiledKill[];
  readonly faults: readonly string[];
}

/**
 * The kills of an edge in files beside its journal, so that a kill needs neither the journal nor a process.
 *
 * Shape:  the edge alone writes `KILL`; another process adds a file `KILL.<id>` of its own, and the edge takes it over. Whatever
 *         else has a name that begins so and holds no kill halts everything, an empty file too.
 */
export interface KillFile {
  /** Whether a file says that everything is halted, since it cannot be read; O(1), to be asked for each order. */
  readonly isFaulty: boolean;
  /** What lies in the files now. Errors: never; what cannot be read is a fault. */
  read(): FiledKills;
  /** Counts a kill as known without writing, since a file has it already. */
  hold(kill: FiledKill): void;
  /** Puts a kill into the file, durably. Errors: those of `fileFailure`. */
  add(kill: FiledKill): Promise<void>;
  /** Takes kills out of every file, durably; a kill that was taken out is never heard of again. Errors: those of `fileFailure`. */
  remove(ids: readonly string[]): Promise<void>;
  /** Hears of kills that somebody else filed and of files that cannot be read; gives back the end of it. */
  watch(listener: KillFileListener): () => void;
}

/** Who hears what others put into the folder. */
export interface KillFileListener {
  onKill(kill: FiledKill): void;
  onFaults(faults: readonly string[]): void;
}

/** How often the folder is looked at, whatever the system's own watch says. Units: milliseconds. */
export const KILL_POLL_MS = 200;
/** A folder that does not answer for so long counts as one that cannot be read. Units: milliseconds. */
const READ_MS_MAX = 5_000;
/** So many released kills are remembered, for readings that were under way when they were taken out. */
const REMOVED_MAX = 1_000;

/** The files of kills in a folder. */
export function createKillFile(folder: string): KillFile {
  return new FolderKillFile(folder);
}

/** Files a kill from another process than the edge. Errors: those of `fileFailure`. */
export async function fileKill(folder: string, kill: FiledKill): Promise<string> {
  const path = join(folder, `${KILL_NAME}.${kill.id}`);
  await writeDurably(path, filedText([kill]));
  return path;
}

class FolderKillFile implements KillFile {
  readonly #folder: string;
  readonly #known = new Map<string, FiledKill>();
  readonly #removed = new Set<string>();
  #faults: readonly string[] = [];
  #isSilent = false;
  #listener: KillFileListener | undefined;
  #writes: Promise<void> = Promise.resolve();
  #queued: Promise<void> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get isFaulty(): boolean {
    return this.#isSilent || this.#faults.length > 0;
  }

  read(): FiledKills {
    const found = readAll(this.#folder);
    this.#faults = found.faults;
    return found;
  }

  hold(kill: FiledKill): void {
    this.#known.set(kill.id, kill);
  }

  add(kill: FiledKill): Promise<void> {
    this.hold(kill);
    return this.#write();
  }

  async remove(ids: readonly string[]): Promise<void> {
    const taken = ids.flatMap((id) => this.#known.get(id) ?? []);
    for (const id of ids) {
      this.#known.delete(id);
      this.#removed.add(id);
    }
    for (const old of [...this.#removed].slice(0, Math.max(0, this.#removed.size - REMOVED_MAX))) {
      this.#removed.delete(old);
    }
    try {
      await this.#write();
    } catch (error) {
      // What could not be taken out still holds.
      for (const kill of taken) {
        this.#removed.delete(kill.id);
        this.hold(kill);
      }
      throw error;
    }
  }

  watch(listener: KillFileListener): () => void {
    let isReading = false;
    let isOver = false;
    this.#listener = listener;
    const look = async (): Promise<void> => {
      if (isReading || isOver) return;
      isReading = true;
      const late = setTimeout(() => {
        this.#isSilent = true;
      }, READ_MS_MAX);
      const found = await readAllLater(this.#folder);
      clearTimeout(late);
      this.#isSilent = false;
      isReading = false;
      if (!isOver) this.#tell(found);
    };
    const poll = setInterval(() => void look(), KILL_POLL_MS).unref();
    const watcher = watchFolder(this.#folder, () => void look());
    return () => {
      isOver = true;
      this.#listener = undefined;
      clearInterval(poll);
      watcher?.close();
    };
  }

  /** Where nobody listens, what is found is kept, so that no writing drops it. */
  #tell({ kills, faults }: FiledKills): void {
    const isNews = faults.some((fault) => !this.#faults.includes(fault));
    this.#faults = faults;
    for (const kill of kills) {
      if (this.#known.has(kill.id) || this.#removed.has(kill.id)) continue;
      if (this.#listener === undefined) this.hold(kill);
      else this.#listener.onKill(kill);
    }
    if (isNews) this.#listener?.onFaults(faults);
  }

  /** One write at a time; one that waits takes along everything that was asked for meanwhile. */
  #write(): Promise<void> {
    if (this.#queued !== undefined) return this.#queued;
    const queued = this.#writes
      .catch(() => {})
      .then(() => {
        this.#queued = undefined;
        return this.#writeNow();
      });
    this.#queued = queued;
    this.#writes = queued;
    // Whoever asked hears of a failure; the queue itself goes on.
    queued.catch(() => {});
    return queued;
  }

  async #writeNow(): Promise<void> {
    const others = (await listed(this.#folder)).filter((name) => name !== KILL_NAME);
    // What somebody put there since the last look must be heard before it is written over.
    this.#tell(await readAllLater(this.#folder));
    const kills = [...this.#known.values()];
    if (kills.length > 0) await writeDurably(join(this.#folder, KILL_NAME), filedText(kills));
    // What others filed is in our own file by now, was released, or was told as a fault.
    const done = [];
    for (const name of others) if (await this.#isDone(name)) done.push(name);
    await removeAll(this.#folder, kills.length === 0 ? [...done, KILL_NAME] : done);
    this.#faults = [];
  }

  async #isDone(name: string): Promise<boolean> {
    const { kills, faults } = await readOne(this.#folder, name);
    if (faults.length > 0) return this.#faults.includes(faults[0] ?? '');
    return kills.every(({ id }) => this.#known.has(id) || this.#removed.has(id));
  }
}

function isKillName(name: string): boolean {
  return name.startsWith(KILL_NAME) && !name.endsWith('.tmp');
}

async function listed(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter(isKillName);
  } catch (cause) {
    throw fileFailure(cause, folder);
  }
}

async function removeAll(folder: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  try {
    for (const name of names) await rm(join(folder, name), { force: true });
    await syncFolder(folder);
  } catch (cause) {
    throw fileFailure(cause, folder);
  }
}

function readAll(folder: string): FiledKills {
  try {
    const names = readdirSync(folder).filter(isKillName);
    return joined(names.map((name) => parsedOf(join(folder, name), () => readFileSync(join(folder, name), 'utf8'))));
  } catch (error) {
    return { kills: [], faults: [`${folder}: ${describeError(error)}`] };
  }
}

async function readAllLater(folder: string): Promise<FiledKills> {
  try {
    const names = (await readdir(folder)).filter(isKillName);
    return joined(await Promise.all(names.map((name) => readOne(folder, name))));
  } catch (error) {
    return { kills: [], faults: [`${folder}: ${describeError(error)}`] };
  }
}

async function readOne(folder: string, name: string): Promise<FiledKills> {
  const path = join(folder, name);
  try {
    const text = await readFile(path, 'utf8');
    return parsedOf(path, () => text);
  } catch (error) {
    // It was replaced or released between the two calls.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kills: [], faults: [] };
    return { kills: [], faults: [`${path}: ${describeError(error)}`] };
  }
}

function parsedOf(path: string, read: () => string): FiledKills {
  try {
    return { kills: parseFiled(read(), path), faults: [] };
  } catch (error) {
    return { kills: [], faults: [`${path}: ${describeError(error)}`] };
  }
}

function joined(parts: readonly FiledKills[]): FiledKills {
  return { kills: parts.flatMap(({ kills }) => kills), faults: parts.flatMap(({ faults }) => faults) };
}

/** The system's watch only makes it quicker; where there is none, the poll finds everything. */
function watchFolder(folder: string, look: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, (_event, name) => {
      if (name === null || isKillName(name)) look();
    });
    watcher.on('error', () => watcher.close());
    return watcher.unref();
  } catch {
    return undefined;
  }
}
