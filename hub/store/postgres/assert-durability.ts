import { KitError } from '@gatehouse/shared/errors.ts';
import type { Sql } from 'postgres';

/** Whose server it is: our own is made with checksums, a firm's own may lack them. */
export type DatabaseOrigin = 'embedded' | 'external';

const ACCEPTED: Readonly<Record<string, readonly string[]>> = {
  fsync: ['on'],
  // remote_apply waits for the local disk as well, and for a standby on top of it.
  synchronous_commit: ['on', 'remote_apply'],
  full_page_writes: ['on'],
  data_checksums: ['on'],
};

/**
 * Refuses a database that can lose a committed record, naming each setting; returns what is only a warning.
 *
 * Errors: `DATABASE_UNSAFE`.
 */
export async function assertDurability(sql: Sql, origin: DatabaseOrigin = 'embedded'): Promise<readonly string[]> {
  const rows = await sql<{ name: string; setting: string }[]>`
    select name, current_setting(name) as setting from pg_settings where name in ${sql(Object.keys(ACCEPTED))}`;
  return judgeDurability(Object.fromEntries(rows.map(({ name, setting }) => [name, setting])), origin);
}

/** Judges the settings themselves. Errors: `DATABASE_UNSAFE`. */
export function judgeDurability(settings: Readonly<Record<string, string>>, origin: DatabaseOrigin): readonly string[] {
  const unsafe = Object.keys(ACCEPTED).filter((name) => !ACCEPTED[name]?.includes(settings[name] ?? 'unknown'));
  const refused = unsafe.filter((name) => origin === 'embedded' || name !== 'data_checksums');
  if (refused.length === 0) return unsafe.map((name) => `${name} is ${settings[name] ?? 'unknown'}`);
  const list = refused.map((name) => `${name} = ${settings[name] ?? 'unknown'}`).join(', ');
  throw new KitError('DATABASE_UNSAFE', `the database can lose committed records: ${list}`, {
    hint: 'Set each of these to "on" for the server, the database and the role, restart the server, then the hub.',
  });
}
