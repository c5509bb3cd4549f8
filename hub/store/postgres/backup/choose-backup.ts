import { KitError } from '@gatehouse/shared/errors.ts';
import { type Instant, instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { copyNames } from './backup-folder.ts';
import { type BackupManifest, readManifest } from './manifest.ts';

/** What is wanted back. Shape: without a moment all that there is; without a name the newest copy that fits. */
export interface RestoreWish {
  readonly from?: string | undefined;
  readonly at?: Instant | undefined;
}

/**
 * The copy to restore from: the named one, else the newest that ended before the moment.
 *
 * Errors: `NOT_FOUND` where there is none; `COMMAND_INVALID` where the named one is younger than the moment; `BACKUP_DAMAGED`.
 */
export async function chooseBackup(backups: string, { from, at }: RestoreWish): Promise<BackupManifest> {
  if (from !== undefined) {
    const manifest = await readManifest(backups, from);
    if (at === undefined || parseInstant(manifest.endedAt) <= at) return manifest;
    throw new KitError('COMMAND_INVALID', `backup ${from} ended at ${manifest.endedAt}, after ${instantText(at)}`, {
      hint: 'Restore to a later moment, or from an older backup.',
    });
  }
  for (const name of [...(await copyNames(backups))].reverse()) {
    const manifest = await readManifest(backups, name);
    if (at === undefined || parseInstant(manifest.endedAt) <= at) return manifest;
  }
  const wanted = at === undefined ? '' : ` that ended before ${instantText(at)}`;
  throw new KitError('NOT_FOUND', `there is no backup in ${backups}${wanted}`, {
    hint: 'Name another folder in GATEHOUSE_BACKUPS, or make one with "gatehouse backup".',
  });
}
