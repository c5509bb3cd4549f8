import { inTransaction } from '@gatehouse/hub/store/database.ts';
import { PREVIEWS_MAX, readPreviews, storePreview } from '@gatehouse/hub/store/preview-rows.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { depositOf, edgeStream } from '../fixtures/edge-stream.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
afterAll(() => server.stop());

test('however much else an edge shows ahead, a kill is shown too, and neither is kept without a bound', async () => {
  const { database } = await server.database();
  const edge = edgeStream('edge-1');
  const at = '2026-01-05T10:00:00.000000000Z';
  const show = (kind: 'fill' | 'kill', count: number): Promise<number> =>
    inTransaction(database, async (tx) => {
      let shown = 0;
      for (const entry of edge.add(...Array.from({ length: count }, () => depositOf('1')))) {
        const header = { ...entry.header, kind };
        if (await storePreview(tx, { ...entry, header }, at)) shown += 1;
      }
      return shown;
    });
  expect(await show('fill', PREVIEWS_MAX + 5)).toBe(PREVIEWS_MAX);
  expect(await show('kill', 1)).toBe(1);
  expect((await readPreviews(database, 2_000)).filter(({ kind }) => kind === 'kill')).toHaveLength(1);
  expect(await show('kill', PREVIEWS_MAX + 5)).toBe(PREVIEWS_MAX - 1);
}, 60_000);
