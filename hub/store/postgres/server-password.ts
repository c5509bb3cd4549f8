import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from './durable-file.ts';
import { errnoOf } from './folder-failure.ts';

const PASSWORD_BYTES = 32;
const OWNER_ONLY = 0o600;

/** The password of the hub's own server; undefined where none was made yet. */
export async function readPassword(folder: string): Promise<string | undefined> {
  try {
    const text = (await readFile(passwordPath(folder), 'utf8')).trim();
    return text === '' ? undefined : text;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes a password and keeps it on disk before any server is made that asks for it. */
export async function makePassword(folder: string): Promise<string> {
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  await writeDurably(passwordPath(folder), `${password}\n`, OWNER_ONLY);
  return password;
}

/** The file that holds the password. */
export function passwordPath(folder: string): string {
  return join(folder, 'password');
}
