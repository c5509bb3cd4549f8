import { createLiveProjection } from '@gatehouse/hub/console/live/live-projection.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startTestServer, type TestServer } from '../../fixtures/postgres.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
}, 120_000);
afterAll(() => server.stop());

async function projection() {
  const { database } = await server.database();
  const clock = manualClock(fromMillis(Date.UTC(2026, 0, 5, 10)));
  const live = createLiveProjection({ database, clock, onCommitted: () => () => undefined, log: () => undefined });
  onTestFinished(() => live.close());
  const pulses = async () =>
    Number((await database`SELECT count(*) AS n FROM live_row WHERE kind = 'pulse'`)[0]?.['n']);
  return { database, live, pulses };
}

test('whoever asks while the first look is under way waits for it as well', async () => {
  const { live, pulses } = await projection();
  const first = live.watch({ kind: 'edges' });
  await live.watch({ kind: 'edges' });
  expect(await pulses()).toBe(1);
  await first;
});

test('rows that could not be made are kept from everybody until they could', async () => {
  const { database, live, pulses } = await projection();
  await database`ALTER TABLE live_row RENAME TO away`;
  await expect(live.watch({ kind: 'edges' })).rejects.toThrow('live_row');
  await expect(live.watch({ kind: 'edges' })).rejects.toThrow('live_row');
  await database`ALTER TABLE away RENAME TO live_row`;
  await live.watch({ kind: 'edges' });
  expect(await pulses()).toBe(1);
});
