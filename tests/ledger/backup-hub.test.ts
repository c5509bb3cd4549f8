import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openRecords } from '@gatehouse/hub/hub.ts';
import { newestDrill } from '@gatehouse/hub/ledger/backup/drill-file.ts';
import { openBackups } from '@gatehouse/hub/ledger/backup/open-backups.ts';
import { copyNames } from '@gatehouse/hub/store/postgres/backup/backup-folder.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { passableFolder } from '../fixtures/archived-ledger.ts';

// The records side of a real hub with its schedule; days pass by its clock.

const MS_MAX = 300_000;
const POLL_MS_MAX = 120_000;
const DAY_MS = 86_400_000;
const PACE = { lookMs: 50, restMs: 0, retryMs: 60_000 };

test('a hub copies its database and drills in a thread of its own; a stop amid a drill leaves nothing behind', {
  timeout: MS_MAX,
}, async () => {
  const data = passableFolder('hub');
  const clock = manualClock(fromMillis(Date.now()));
  const lines: string[] = [];
  const config = {
    data,
    entity: 'Test',
    consolePort: 0,
    databaseUrl: undefined,
    mqttPort: undefined,
    mqttUrl: undefined,
    localEdges: [],
  };
  const deps = { config, clock, release: 'test', log: (line: string) => void lines.push(line) };
  const records = await openRecords(deps);
  const backups = join(data, 'backups');
  const first = openBackups(deps, records, PACE);
  await expect.poll(() => copyNames(backups), { timeout: POLL_MS_MAX }).toHaveLength(1);
  clock.advance(DAY_MS);
  await expect.poll(() => newestDrill(backups), { timeout: POLL_MS_MAX }).toBeDefined();
  const drilled = await newestDrill(backups);
  expect(drilled?.findings).toEqual([]);
  expect(await copyNames(backups)).toContain(drilled?.backup);
  await first?.stop();
  expect(await records.verify()).toMatchObject({ findings: [] });

  clock.advance(31 * DAY_MS);
  const second = openBackups(deps, records, PACE);
  const drilling = () => readdirSync(data).some((name) => /^drill-[0-9a-f]+$/.test(name));
  await expect.poll(drilling, { timeout: POLL_MS_MAX, interval: 20 }).toBe(true);
  await second?.stop();
  expect(drilling()).toBe(false);
  expect([...(await records.database`SELECT code FROM alarm`)]).toEqual([]);
  await records.close();
});
