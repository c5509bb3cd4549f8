import { existsSync } from 'node:fs';
import { hubFolders } from '@gatehouse/hub/config.ts';
import { type HubRecords, openRecords } from '@gatehouse/hub/hub.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { demoEntity, readScriptConfig } from './config.ts';
import { releaseOfThis } from './release.ts';

/** Opens the hub's records for one command and lets go of them after it, beside a running hub or without one. */
export async function withHubRecords<T>(work: (records: HubRecords) => Promise<T>): Promise<T> {
  const { data, databaseUrl } = readScriptConfig();
  if (databaseUrl === undefined && !existsSync(hubFolders(data).postgres)) {
    throw new KitError('NOT_FOUND', `there are no records in ${data}`, {
      hint: 'Run "npm start" first, or name their folder in GATEHOUSE_DATA.',
    });
  }
  const config = {
    data,
    databaseUrl,
    entity: demoEntity,
    consolePort: 0,
    mqttPort: undefined,
    mqttUrl: undefined,
    localEdges: [],
  };
  const records = await openRecords({ config, clock: systemClock(), release: releaseOfThis(), log: () => {} });
  try {
    return await work(records);
  } finally {
    await records.close();
  }
}
