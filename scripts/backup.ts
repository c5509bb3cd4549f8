import { backupsFolder } from '@gatehouse/hub/config.ts';
import { recordBackup } from '@gatehouse/hub/ledger/backup/record-backup.ts';
import { copyNames } from '@gatehouse/hub/store/postgres/backup/backup-folder.ts';
import { expireBackups } from '@gatehouse/hub/store/postgres/backup/expire-backups.ts';
import { makeBackup } from '@gatehouse/hub/store/postgres/backup/make-backup.ts';
import { readManifest } from '@gatehouse/hub/store/postgres/backup/manifest.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { type Command, parseOptions } from './command.ts';
import { withHubRecords } from './hub-records.ts';
import { ownDatabase } from './own-database.ts';
import { releaseOfThis } from './version.ts';

const usage = `gatehouse backup
gatehouse backup list
  Copies the hub's own database while it is in use, beside a running hub or without one; the hub does so each day by itself.
  GATEHOUSE_BACKUPS names the folder of the backups (default: backups in the data folder).`;

const MEGABYTE = 1e6;

/** Makes a backup now, or lists those that there are. */
export const command: Command = {
  usage,
  run(args) {
    const [verb, ...more] = parseOptions(args, {}, usage).positionals;
    if (more.length > 0 || (verb !== undefined && verb !== 'list')) {
      throw new KitError('COMMAND_INVALID', `cannot do ${[verb, ...more].join(' ')}`, { hint: `Usage: ${usage}` });
    }
    return verb === 'list' ? list() : make();
  },
};

async function make(): Promise<number> {
  const { folder, backups } = ownDatabase(backupsFolder);
  return withHubRecords(async ({ database, stream }) => {
    const clock = systemClock();
    const manifest = await makeBackup({ database, folder, backups, release: releaseOfThis(), clock });
    const expired = await expireBackups(backups, clock);
    await recordBackup({ database, appendAct: stream.appendAct }, { manifest, expired, by: 'operator' });
    const { name, files, ledger } = manifest;
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    tell(
      `${name} in ${backups}: ${files.length} files, ${(bytes / MEGABYTE).toFixed(1)} MB, ${ledger?.size ?? 0} leaves`,
    );
    if (expired.copies.length > 0) tell(`expired and removed: ${expired.copies.join(' ')}`);
    return 0;
  });
}

async function list(): Promise<number> {
  const { backups } = ownDatabase(backupsFolder);
  const names = await copyNames(backups);
  if (names.length === 0) tell(`there is none in ${backups}`);
  for (const name of names) tell(await lineOf(backups, name));
  return 0;
}

async function lineOf(backups: string, name: string): Promise<string> {
  try {
    const { files, ledger, release, endedAt } = await readManifest(backups, name);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return `${name}  ended ${endedAt}  ${(bytes / MEGABYTE).toFixed(1)} MB  ${ledger?.size ?? 0} leaves  release ${release}`;
  } catch (error) {
    return `${name}  ${describeError(error)}`;
  }
}

function tell(line: string): void {
  process.stdout.write(`backup: ${line}\n`);
}
