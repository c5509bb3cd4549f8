import type { Alarm } from '../../store/alarm-rows.ts';
import type { ArchiveState } from '../../store/postgres/backup/server-state.ts';

/** So much log in the database's own folder is more than its work and its readers ever need. */
export const WAL_BYTES_MAX = 4_000_000_000;

/** So long may a finished segment wait; beyond it more would be lost with the disk than was promised. */
export const WAITING_SECONDS_MAX = 240;

/** What is wrong with the archive of the log; nothing where all is well. */
export function judgeArchive(state: ArchiveState, wanted: string): readonly Alarm[] {
  const { isOn, folder, failing, waitingSeconds, walBytes } = state;
  const alarms: Alarm[] = [];
  if (!isOn || folder !== wanted) {
    const what = isOn ? `the database archives its log to ${folder}, not to ${wanted}` : 'the database archives no log';
    const message = `${what}: it was started by another release or with other settings. Stop the hub and start it again.`;
    alarms.push({ code: 'WAL_ARCHIVE_OFF', severity: 'alarm', message });
  }
  if (failing !== undefined || waitingSeconds > WAITING_SECONDS_MAX) {
    const what = failing === undefined ? 'finished parts of the log wait' : `the log ${failing} cannot be archived`;
    const message = `${what}: a failure of this disk would lose what was written since. Make room in ${wanted} and let the server write to it.`;
    alarms.push({ code: 'WAL_ARCHIVE_FAILING', severity: 'alarm', message });
  }
  if (walBytes > WAL_BYTES_MAX) {
    const gigabytes = Math.floor(walBytes / 1e9);
    const message = `${gigabytes} GB of log lie in the database folder and grow: at the end of the disk the database stops. Mend the archive in ${wanted}.`;
    alarms.push({ code: 'WAL_PILES_UP', severity: 'alarm', message });
  }
  return alarms;
}
