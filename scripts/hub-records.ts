import { type HubRecords, openRecords } from '@gatehouse/hub/hub.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { demoEntity, readScriptConfig } from './config.ts';
import { claimDataFolder } from './data-folder.ts';
import { releaseOfThis } from './release.ts';

/** Opens the hub's records for one command and lets go of them after it, beside a running hub or without one. */
export async function withHubRecords<T>(work: (records: HubRecords) => Promise<T>): Promise<T> {
  const { data, databaseUrl } = readScriptConfig();
  claimDataFolder(data);
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
