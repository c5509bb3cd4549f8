import { mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { syncFolder } from '../../store/postgres/durable-file.ts';
import { errnoOf } from '../../store/postgres/folder-failure.ts';
import { withFolderLock } from '../../store/postgres/folder-lock.ts';
import { parseDestroyed } from './destroyed-list.ts';
import { keyPaths, namesIn, shred, sortKeyFiles, writeSecret } from './key-files.ts';
import { keyNamesIn } from './wrapped-key.ts';

const OWNER_ONLY_FOLDER = 0o700;

/**
 * Makes the folder of record keys in a second place the same as the first; tells whether anything was different.
 *
 * Shape:  the key of the firm comes before its ring and both before the list of what was destroyed; what does not count any more is
 *         overwritten and removed there too, so that a destroyed key is in neither place.
 * Errors: `FOLDER_FOREIGN` where the second place has keys or disposals that the first one lacks: then it may be the only copy, and
 *         nothing in it is touched; those of the file system.
 */
export function copyKeys(from: string, to: string): Promise<boolean> {
  const [source, target] = [keyPaths(from), keyPaths(to)];
  return withFolderLock(source.lock, async () => {
    await mkdir(to, { recursive: true, mode: OWNER_ONLY_FOLDER });
    const { generation } = sortKeyFiles(from, await namesIn(from));
    const pairs = [
      [source.firm(generation), target.firm(generation)],
      [source.ring(generation), target.ring(generation)],
      [source.destroyed, target.destroyed],
    ] as const;
    const texts = await Promise.all(pairs.map(([file]) => readFile(file, 'utf8')));
    await assertNothingOnlyThere(to, { ring: texts[1] ?? '', list: texts[2] ?? '', file: source.destroyed });
    let isChanged = false;
    for (const [index, [, file]] of pairs.entries()) {
      const text = texts[index] ?? '';
      if ((await textOf(file)) === text) continue;
      await writeSecret(file, text);
      isChanged = true;
    }
    const { left } = sortKeyFiles(to, await namesIn(to));
    for (const file of left) await shred(file);
    if (left.length > 0) await syncFolder(to);
    return isChanged || left.length > 0;
  });
}

/** A folder that was lost and begun anew must not take its only copy with it. */
async function assertNothingOnlyThere(
  to: string,
  first: { readonly ring: string; readonly list: string; readonly file: string },
): Promise<void> {
  const { entries } = parseDestroyed(first.list, first.file);
  const known = new Set([...keyNamesIn(first.ring), ...entries.flatMap(({ keys }) => keys)]);
  const remembered = new Set(entries.map(({ disposal }) => disposal));
  const list = keyPaths(to).destroyed;
  const forgotten = parseDestroyed((await textOf(list)) ?? '', list).entries.filter(
    ({ disposal }) => !remembered.has(disposal),
  );
  if (forgotten.length > 0) {
    const named = forgotten.map(({ disposal, target }) => `${disposal} of ${target}`).join(', ');
    throw new KitError('FOLDER_FOREIGN', `${list} has disposals that the hub has forgotten: ${named}`, {
      hint: 'The folder record-keys was set back. Stop the hub and put this copy in its place, so that what was destroyed stays destroyed.',
    });
  }
  for (const name of await namesIn(to)) {
    const only = keyNamesIn((await textOf(join(to, name))) ?? '').filter((key) => !known.has(key));
    if (only.length === 0) continue;
    throw new KitError(
      'FOLDER_FOREIGN',
      `${basename(name)} in ${to} has record keys that the hub lacks: ${only.join(', ')}`,
      {
        hint: 'If the hub’s folder record-keys was lost or set back, stop the hub and put this copy in its place; otherwise name another folder.',
      },
    );
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
