import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { backupsFolder, hubFolders } from '@gatehouse/hub/config.ts';
import { VERIFIER_KEY_FILE } from '@gatehouse/hub/ledger/hub-key.ts';
import { type Restored, restoreBackup } from '@gatehouse/hub/store/postgres/backup/restore-backup.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { CHECKPOINT_PATH } from '@gatehouse/shared/journal/tile-path.ts';
import { type Instant, isInstantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { type Command, parseOptions } from './command.ts';
import { claimDataFolder } from './data-folder.ts';
import { withFirmLock } from './firm-lock.ts';
import { ownDatabase } from './own-database.ts';

const usage = `gatehouse restore --to FOLDER [--at TIME | --latest] [--from BACKUP]
  Makes the hub's database again in FOLDER, a data folder that has none: a new one, or the old one without its folder pg.
  --at TIME     as it was at this moment in UTC, such as 2026-01-05T09:30:00Z
  --latest      with all of the archived log (default)
  --from BACKUP the backup to begin with (default: the newest that fits; "gatehouse backup list" names them)
  Keys, leases and revocations lie outside the database and its backups: docs/backup.md says which files to bring.`;

const options = {
  to: { type: 'string' },
  at: { type: 'string' },
  latest: { type: 'boolean' },
  from: { type: 'string' },
} as const;

const MS_A_SECOND = 1_000;
const FINDINGS_EXIT = 3;

/** Makes the hub's database again from a backup and the archived log. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parseOptions(args, options, usage);
    const { to, at, from, latest } = values;
    if (to === undefined || positionals.length > 0 || (at !== undefined && latest === true)) {
      throw new KitError('COMMAND_INVALID', 'say where to restore to, and at most one of --at and --latest', {
        hint: `Usage: ${usage}`,
      });
    }
    const { data, backups } = ownDatabase(backupsFolder);
    const place = resolve(to);
    claimDataFolder(place);
    const begunMs = performance.now();
    const wish = { from, at: at === undefined ? undefined : momentOf(at) };
    const restored = await withFirmLock(place, () =>
      restoreBackup({ ...wish, backups, to: place, clock: systemClock(), log: tell }),
    );
    tellResult(restored, place, (performance.now() - begunMs) / MS_A_SECOND);
    for (const folder of new Set([place, data])) tellMissing(restored, folder);
    tell(
      `before the start, see that ${hubFolders(place).hub} is the newest there is (docs/backup.md); then start it with`,
    );
    tell(`  GATEHOUSE_DATA=${place} npm start`);
    return restored.missing === undefined ? 0 : FINDINGS_EXIT;
  },
};

function momentOf(text: string): Instant {
  if (isInstantText(text)) return parseInstant(text);
  throw new KitError('COMMAND_INVALID', `${text} is not a moment in UTC`, {
    hint: 'Write it as 2026-01-05T09:30:00Z, with or without a fraction of the second.',
  });
}

function tellResult({ manifest, segments, missing, checkpoint }: Restored, place: string, seconds: number): void {
  const size = checkpoint?.size ?? 0;
  const end = checkpoint === undefined ? '' : `, the newest signed at ${checkpoint.at}`;
  tell(
    `${place} has the database of backup ${manifest.name} and ${segments} segments of log (${seconds.toFixed(1)} s)`,
  );
  tell(`its ledger has ${size} leaves${end}`);
  if (missing !== undefined) tell(`segment ${missing} of the archived log is missing: nothing after it came back`);
}

/** What the log that was published from a data folder has beyond the restored ledger. */
function tellMissing({ checkpoint }: Restored, data: string): void {
  const folders = hubFolders(data);
  const [note, key] = [join(folders.log, CHECKPOINT_PATH), join(folders.hub, VERIFIER_KEY_FILE)];
  if (!existsSync(note) || !existsSync(key)) {
    tell(`no published log in ${folders.log} to compare it with`);
    return;
  }
  const verifier = parseVerifierKey(readFileSync(key, 'utf8').trim());
  const { size } = openCheckpoint(readFileSync(note, 'utf8'), [verifier]);
  const lacks = size - (checkpoint?.size ?? 0);
  if (lacks <= 0) tell(`nothing is missing of the ${size} leaves in ${folders.log}`);
  else tell(`${lacks} of the ${size} leaves in ${folders.log} are missing; edges send theirs again once the hub runs`);
}

function tell(line: string): void {
  process.stdout.write(`restore: ${line}\n`);
}
