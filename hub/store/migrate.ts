import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { KitError } from '@gatehouse/shared/errors.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { type Database, inTransaction, type Transaction } from './database.ts';

/** One numbered step of the schema. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sha256: string;
  readonly sql: string;
}

interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly sha256: string;
}

const FILE = /^(\d{4})-([a-z0-9-]+)\.sql$/;
/** Any number that nothing else locks: the letters of "gate". */
const MIGRATION_LOCK = 0x67617465;

/**
 * Brings the schema to this release, under a lock, all steps or none; returns the names of the steps that were new.
 *
 * Errors: `SCHEMA_MISMATCH` where a step that was applied has changed or is of a newer release; `FILE_MALFORMED` where the
 *         numbers of the files have a gap.
 */
export async function migrate(
  database: Database,
  options: { readonly now: () => string; readonly folder?: URL },
): Promise<readonly string[]> {
  const migrations = await readMigrations(options.folder ?? new URL('./migrations/', import.meta.url));
  return inTransaction(database, async (tx) => {
    await tx`SET LOCAL statement_timeout = 0`;
    await tx`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`;
    const applied = await readApplied(tx);
    const known = new Set(applied.map(({ number }) => number));
    compareApplied(applied, migrations);
    const missing = migrations.filter(({ number }) => !known.has(number));
    for (const migration of missing) await apply(tx, migration, options.now());
    return missing.map(({ name }) => name);
  });
}

/** The migrations of a folder, in order. Errors: `FILE_MALFORMED`. */
export async function readMigrations(folder: URL): Promise<readonly Migration[]> {
  const names = (await readdir(fileURLToPath(folder))).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (file, index) => {
      const [, digits, name] = FILE.exec(file) ?? [];
      if (digits === undefined || name === undefined || Number(digits) !== index + 1) {
        throw new KitError('FILE_MALFORMED', `migration ${file} where number ${index + 1} belongs`);
      }
      const sql = await readFile(new URL(file, folder), 'utf8');
      return { number: index + 1, name, sql, sha256: sha256(sql).toString('hex') };
    }),
  );
}

async function readApplied(tx: Transaction): Promise<readonly AppliedMigration[]> {
  await tx`
    CREATE TABLE IF NOT EXISTS schema_migration (
      number int PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, at text NOT NULL)`;
  return tx<AppliedMigration[]>`SELECT number, name, sha256 FROM schema_migration ORDER BY number`;
}

function compareApplied(applied: readonly AppliedMigration[], migrations: readonly Migration[]): void {
  for (const { number, name, sha256: appliedSha256 } of applied) {
    const migration = migrations[number - 1];
    if (migration === undefined) {
      throw new KitError(
        'SCHEMA_MISMATCH',
        `the database has step ${number} (${name}), which this release does not know`,
        {
          hint: 'It was used by a newer release; start that release, or restore a backup from before it.',
        },
      );
    }
    if (migration.sha256 !== appliedSha256) {
      throw new KitError('SCHEMA_MISMATCH', `step ${number} (${name}) is not the one that made this database`, {
        hint: 'A step that was released never changes; install this release again and start it.',
      });
    }
  }
}

async function apply(tx: Transaction, migration: Migration, at: string): Promise<void> {
  await tx.unsafe(migration.sql);
  await tx`
    INSERT INTO schema_migration (number, name, sha256, at)
    VALUES (${migration.number}, ${migration.name}, ${migration.sha256}, ${at})`;
}
