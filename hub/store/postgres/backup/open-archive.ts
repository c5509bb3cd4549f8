import { describeError } from '@gatehouse/shared/errors.ts';
import { archiveSettings } from '../server-settings.ts';
import type { PostgresOptions } from '../start-postgres.ts';
import { makeWalFolder, systemIdentifier, walFolder } from './backup-folder.ts';

/**
 * The settings by which the hub's own server archives its log.
 *
 * Shape: a folder that cannot be made stops nothing: the server then keeps its log, and who looks at the archive raises an alarm.
 */
export function archiveInto(backups: string, log: (line: string) => void): Required<Pick<PostgresOptions, 'settings'>> {
  return {
    settings: async (dataFolder, user) => {
      const folder = walFolder(backups, await systemIdentifier(dataFolder));
      await makeWalFolder(folder, user).catch((error: unknown) =>
        log(`the archive of the log cannot be made: ${describeError(error)}`),
      );
      return archiveSettings(folder);
    },
  };
}
