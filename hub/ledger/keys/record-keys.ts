import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { assert, KitError } from '@gatehouse/shared/errors.ts';
import { syncFolder } from '../../store/postgres/durable-file.ts';
import { errnoOf } from '../../store/postgres/folder-failure.ts';
import { withFolderLock } from '../../store/postgres/folder-lock.ts';
import { type DestroyedList, type Destruction, destroyedLine, parseDestroyed } from './destroyed-list.ts';
import { appendDurably, type KeyPaths, keyPaths, namesIn, shred, sortKeyFiles, writeSecret } from './key-files.ts';
import { isKeyName, KEY_BYTES, keyNamesIn, parseRing, type Ring, ringLine, ringTitle } from './wrapped-key.ts';

/**
 * The keys under which bodies of records lie, kept outside the database and its backups.
 *
 * Shape: every key is wrapped under a key of the firm, and destroying one gives all others a new key of the firm, so that an old copy of
 *        the ring opens nothing once the old key of the firm is gone. Several processes may use one folder: who writes holds its lock,
 *        who reads looks again where a name is missing.
 */
export interface RecordKeys {
  /** The key of a name; undefined where there is none. */
  find(name: string): Uint8Array | undefined;
  /** The disposal that destroyed the key of a name; undefined where none did. */
  destroyedBy(name: string): Destruction | undefined;
  /** The key of a name, made where there is none. Errors: `STATE_CONFLICT` for a name that was destroyed. */
  make(name: string): Promise<Uint8Array>;
  /** Destroys keys for good and remembers it; again, it changes nothing. */
  destroy(destruction: Destruction): Promise<void>;
  /** Destroys what came back with an old copy or was left by a crash; says what that was. */
  sweep(): Promise<readonly string[]>;
  /** Every disposal that is remembered, in order. */
  destructions(): readonly Destruction[];
  /** The names of all keys that are there, those that should not be included. */
  names(): readonly string[];
  /** Forgets what was read, so that the next look is at the disk. */
  refresh(): void;
}

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
/** Another process may take a ring away while we read it. */
const READS_MAX = 20;

interface Loaded {
  readonly ring: Ring;
  readonly firmKey: Buffer;
  readonly list: DestroyedList;
  readonly byKey: ReadonlyMap<string, Destruction>;
}

/**
 * Opens the keys of a folder, which is made where there is none.
 *
 * Errors: `FOLDER_FOREIGN` where a part of it is missing, `FILE_MALFORMED` where it is damaged.
 */
export async function openRecordKeys(folder: string): Promise<RecordKeys> {
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  const paths = keyPaths(folder);
  await withFolderLock(paths.lock, () => begin(folder, paths));
  return new FolderKeys(folder, paths);
}

async function begin(folder: string, paths: KeyPaths): Promise<void> {
  if (!existsSync(paths.destroyed)) {
    await writeFile(paths.destroyed, '', { mode: OWNER_ONLY_FILE, flag: 'a' });
    await syncFolder(folder);
  }
  if (sortKeyFiles(folder, await namesIn(folder)).generation === 0) await writeGeneration(paths, 1, new Map());
}

class FolderKeys implements RecordKeys {
  readonly #folder: string;
  readonly #paths: KeyPaths;
  #loaded: Loaded;

  constructor(folder: string, paths: KeyPaths) {
    this.#folder = folder;
    this.#paths = paths;
    this.#loaded = load(folder, paths);
  }

  find(name: string): Uint8Array | undefined {
    const known = this.#known(name);
    if (known !== undefined || this.#loaded.byKey.has(name) || !this.#isChanged()) return known;
    this.refresh();
    return this.#known(name);
  }

  destroyedBy(name: string): Destruction | undefined {
    return this.#loaded.byKey.get(name);
  }

  make(name: string): Promise<Uint8Array> {
    assert(isKeyName(name), `${name} names a record key`);
    return withFolderLock(this.#paths.lock, async () => {
      this.refresh();
      const { ring, firmKey, byKey } = this.#loaded;
      if (byKey.has(name)) {
        throw new KitError('STATE_CONFLICT', `the record key ${name} was destroyed and is never made again`);
      }
      const known = ring.keys.get(name);
      if (known !== undefined) return known;
      const key = randomBytes(KEY_BYTES);
      await appendDurably(
        this.#paths.ring(ring.generation),
        ring.bytes,
        ringLine(firmKey, ring.generation, { name, key }),
      );
      this.refresh();
      return key;
    });
  }

  destroy(destruction: Destruction): Promise<void> {
    return withFolderLock(this.#paths.lock, async () => {
      this.refresh();
      const { list } = this.#loaded;
      if (!list.entries.some(({ disposal }) => disposal === destruction.disposal)) {
        await appendDurably(this.#paths.destroyed, list.bytes, destroyedLine(destruction));
        this.refresh();
      }
      await this.#purge();
    });
  }

  sweep(): Promise<readonly string[]> {
    return withFolderLock(this.#paths.lock, () => {
      this.refresh();
      return this.#purge();
    });
  }

  destructions(): readonly Destruction[] {
    return this.#loaded.list.entries;
  }

  names(): readonly string[] {
    return [...this.#loaded.ring.keys.keys()];
  }

  refresh(): void {
    this.#loaded = load(this.#folder, this.#paths, this.#loaded);
  }

  /** Gives what remains a new key of the firm where a destroyed key is still there; removes every file that does not count. */
  async #purge(): Promise<readonly string[]> {
    const { ring, byKey } = this.#loaded;
    const gone = [...ring.keys.keys()].filter((name) => byKey.has(name));
    if (gone.length > 0) {
      const kept = new Map([...ring.keys].filter(([name]) => !byKey.has(name)));
      await writeGeneration(this.#paths, ring.generation + 1, kept);
    }
    const { left } = sortKeyFiles(this.#folder, await namesIn(this.#folder));
    await this.#assertHeldHere(left);
    // The names sort so that keys of the firm go first: without them what is left of a ring opens nothing.
    for (const file of left) await shred(file);
    await syncFolder(this.#folder);
    this.refresh();
    return [...gone, ...left];
  }

  /** Errors: `FOLDER_FOREIGN` where a ring that does not count is the only one that has a key: it is from another line of copies. */
  async #assertHeldHere(left: readonly string[]): Promise<void> {
    const { ring, byKey } = this.#loaded;
    for (const file of left) {
      const only = keyNamesIn(await readFile(file, 'latin1')).filter(
        (name) => !ring.keys.has(name) && !byKey.has(name),
      );
      if (only.length === 0) continue;
      throw new KitError('FOLDER_FOREIGN', `${file} has keys that the newest ring lacks: ${only.join(', ')}`, {
        hint: 'Two copies of the folder record-keys were mixed. Keep all its files, and put one whole folder back: the one whose ring has the most keys.',
      });
    }
  }

  /** What came back with an old copy is there and does not count. */
  #known(name: string): Uint8Array | undefined {
    return this.#loaded.byKey.has(name) ? undefined : this.#loaded.ring.keys.get(name);
  }

  #isChanged(): boolean {
    const { ring } = this.#loaded;
    return sizeOf(this.#paths.ring(ring.generation)) !== ring.bytes || this.#isListChanged();
  }

  #isListChanged(): boolean {
    return sizeOf(this.#paths.destroyed) !== this.#loaded.list.bytes;
  }
}

/** A new ring under a new key of the firm. Shape: the ring comes last, since with it the generation counts. */
async function writeGeneration(
  paths: KeyPaths,
  generation: number,
  keys: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const firmKey = randomBytes(KEY_BYTES);
  const lines = [...keys].map(([name, key]) => ringLine(firmKey, generation, { name, key }));
  await writeSecret(paths.firm(generation), `${firmKey.toString('base64')}\n`);
  await writeSecret(paths.ring(generation), [ringTitle(generation), ...lines].join(''));
}

function load(folder: string, paths: KeyPaths, before?: Loaded): Loaded {
  for (let read = 1; ; read += 1) {
    try {
      return readFolder(folder, paths, before);
    } catch (error) {
      const isMoving = errnoOf(error) === 'ENOENT' || error instanceof KitError;
      if (!isMoving || read === READS_MAX) throw error;
    }
  }
}

function readFolder(folder: string, paths: KeyPaths, before: Loaded | undefined): Loaded {
  const { generation } = sortKeyFiles(folder, readdirSync(folder));
  const firmKey = Buffer.from(readFileSync(paths.firm(generation), 'utf8'), 'base64');
  if (firmKey.length !== KEY_BYTES) {
    throw new KitError('FILE_MALFORMED', `${paths.firm(generation)} holds no key`, {
      hint: 'Put the newest copy of the folder record-keys back.',
    });
  }
  const isSame = before?.firmKey.equals(firmKey) === true;
  const text = readFileSync(paths.ring(generation), 'utf8');
  const ring = parseRing(text, { generation, firmKey }, isSame ? before.ring : undefined);
  const list = parseDestroyed(readFileSync(paths.destroyed, 'utf8'), paths.destroyed);
  const byKey = new Map(list.entries.flatMap((entry) => entry.keys.map((name) => [name, entry] as const)));
  return { ring, firmKey, list, byKey };
}

function sizeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.size;
}
