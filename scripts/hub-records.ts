import { existsSync } from 'node:fs';
import { hubFolders } from '@gatehouse/hub/config.ts';
import { type HubRecords, openRecords } from '@gatehouse/hub/hub.ts';
import { isDriverFault } from '@gatehouse/hub/store/database.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { describeError, exitCodeOf, KitError } from '@gatehouse/shared/errors.ts';
import { demoEntity, readScriptConfig } from './config.ts';
import { releaseOfThis } from './version.ts';

/** As a shell says it of a program that Ctrl-C ended. */
const SIGNAL_EXIT = 130;
const DATABASE_GONE_EXIT = 4;

/**
 * Opens the hub's records for one command and lets go of them after it, beside a running hub or without one.
 *
 * Shape: a signal lets go of them too, so that no database is left running; what was half done is undone by the database.
 */
export async function withHubRecords<T>(work: (records: HubRecords) => Promise<T>): Promise<T> {
  const { data, databaseUrl, backups } = readScriptConfig();
  if (databaseUrl === undefined && !existsSync(hubFolders(data).postgres)) {
    throw new KitError('NOT_FOUND', `there are no records in ${data}`, {
      hint: 'Run "npm start" first, or name their folder in GATEHOUSE_DATA.',
    });
  }
  const config = {
    data,
    databaseUrl,
    backups,
    entity: demoEntity,
    consolePort: 0,
    mqttPort: undefined,
    mqttUrl: undefined,
    localEdges: [],
  };
  process.on('uncaughtException', endOnFault);
  const opening = openRecords({ config, clock: systemClock(), release: releaseOfThis(), log: () => {} });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(
      signal,
      () => void opening.then((records) => records.close()).finally(() => process.exit(SIGNAL_EXIT)),
    );
  }
  const records = await opening;
  try {
    return await work(records);
  } finally {
    await records.close();
  }
}

/** A database that ends in the middle of a command is one line, whoever in the driver notices it first. */
function endOnFault(error: unknown): void {
  const isOutside = isDriverFault(error);
  const text = isOutside || !(error instanceof Error) ? describeError(error) : (error.stack ?? error.message);
  process.stderr.write(`gatehouse: ${isOutside ? 'the connection to the database broke: ' : ''}${text}\n`);
  process.exit(isOutside ? DATABASE_GONE_EXIT : exitCodeOf(error));
}
