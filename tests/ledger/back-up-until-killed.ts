import { connect } from '@gatehouse/hub/store/database.ts';
import { makeBackup } from '@gatehouse/hub/store/postgres/backup/make-backup.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';

// A process that makes one backup, and may be killed at any moment of it.

const [url = '', folder = '', backups = ''] = process.argv.slice(2);
const database = connect(url);
await database`SELECT 1`;
process.stdout.write('begun\n');
const { name } = await makeBackup({ database, folder, backups, release: 'test', clock: systemClock() });
process.stdout.write(`${name}\n`);
await database.end();
