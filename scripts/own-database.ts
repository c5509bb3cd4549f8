import { hubFolders } from '@gatehouse/hub/config.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { readScriptConfig } from './config.ts';

/** Where the database that the hub runs itself lies, and its backups. */
export interface OwnDatabase {
  readonly data: string;
  readonly folder: string;
  readonly backups: string;
}

/** Errors: `COMMAND_INVALID` where the hub uses a server of somebody else's. */
export function ownDatabase(backupsOf: (config: ReturnType<typeof readScriptConfig>) => string): OwnDatabase {
  const config = readScriptConfig();
  if (config.databaseUrl === undefined) {
    return { data: config.data, folder: hubFolders(config.data).postgres, backups: backupsOf(config) };
  }
  throw new KitError('COMMAND_INVALID', 'DATABASE_URL names an external server, which is not backed up from here', {
    hint: 'Use pg_basebackup and an archive of its log, or what its provider offers; docs/backup.md has the steps.',
  });
}
