import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { newToken, type RandomBytes } from './secret-token.ts';

const KEY_BYTES = 32;
const OWNER_ONLY = 0o600;

/**
 * The key that seals second factors, from `people.key` in the hub's folder; made once where there is none.
 *
 * Errors: `FOLDER_FOREIGN` where the file holds no key.
 */
export async function loadPeopleKey(folder: string, random: RandomBytes): Promise<Uint8Array> {
  const file = join(folder, 'people.key');
  await mkdir(folder, { recursive: true });
  const text = (await readIfThere(file)) ?? (await createKey(file, random));
  await chmod(file, OWNER_ONLY);
  const key = Buffer.from(text.trim(), 'base64url');
  if (key.length === KEY_BYTES) return key;
  throw new KitError('FOLDER_FOREIGN', `${file} holds no key of ${KEY_BYTES} bytes`, {
    hint: 'Restore it from a backup; without it nobody’s authenticator can be checked.',
  });
}

async function createKey(file: string, random: RandomBytes): Promise<string> {
  const draft = `${file}.${newToken(random)}`;
  const handle = await open(draft, 'wx', OWNER_ONLY);
  try {
    await handle.writeFile(`${Buffer.from(random(KEY_BYTES)).toString('base64url')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  // A link never replaces a file, so of two hubs that start at once both end up with the same key.
  await link(draft, file).catch((error: unknown) => {
    if (!isCode(error, 'EEXIST')) throw error;
  });
  await rm(draft);
  return readFile(file, 'utf8');
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
