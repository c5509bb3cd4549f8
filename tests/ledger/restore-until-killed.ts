import { restoreBackup } from '@gatehouse/hub/store/postgres/backup/restore-backup.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';

// A process that restores to a folder, and may be killed at any moment of it.

const [backups = '', to = ''] = process.argv.slice(2);
process.stdout.write('begun\n');
await restoreBackup({ backups, to, clock: systemClock(), log: (line) => process.stdout.write(`${line}\n`) });
process.stdout.write('restored\n');
