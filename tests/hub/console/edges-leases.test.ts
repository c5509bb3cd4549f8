import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleLine, exampleLines } from '@gatehouse/compliance/examples/sheet.ts';
import { readLeases } from '@gatehouse/hub/console/lease-lines.ts';
import { settleAccepted } from '@gatehouse/hub/control/accepted-sheets.ts';
import { settleLeases } from '@gatehouse/hub/control/leases/lease-desk.ts';
import { openLeaseMarks } from '@gatehouse/hub/control/leases/lease-mark.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checker, type LimitFirm, limitFirm, maker } from '../../fixtures/limit-firm.ts';
import { journalLimits, sheetOf, signedSheet } from '../../fixtures/limit-people.ts';
import { startTestServer, type TestServer } from '../../fixtures/postgres.ts';

let server: TestServer;
let firm: LimitFirm;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  firm = await limitFirm(server);
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-leases-'));
}, 60_000);
afterAll(async () => {
  await firm.ledger.database.end({ timeout: 1 });
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The firm runs on a sheet with this threshold, and leases are settled. */
async function runOn(sequence: number, firmMax: string): Promise<void> {
  const controls = exampleLines(exampleLine('leased-share', { firmMax, edgeMax: '250000' }));
  const sheet = sheetOf('100', { sequence, maker: maker.id, checkers: [checker.id], controls });
  await journalLimits(firm.ledger, firm.edge, signedSheet(sheet, maker, checker));
  await settleAccepted(firm.deps);
  const { database, signer, hubStream } = firm.ledger;
  const marks = await openLeaseMarks(join(folder, 'leases.json'));
  await settleLeases({ database, appendAct: hubStream.appendAct, clock: firm.deps.clock, signer, marks });
}

test('what is free is what people signed less what is out, and falls below zero while an edge has not given back', async () => {
  const common = { v: 1, threshold: 'gross-exposure', currency: 'USD' };
  const sent = { wallAt: '2026-01-05T09:00:00.000000000Z', boot: 'boot-1', uptimeMs: 5 };
  const body = { ...common, event: 'requested', request: 'r-1', wanted: '200000', used: '120000.50', sent };
  await firm.ledger.take(firm.edge, firm.edge.batch(firm.edge.add({ kind: 'lease', body })));
  await runOn(2, '300000');
  const granted = { amount: '200000', out: '200000', used: '120000.50', cap: '250000', charged: '200000' };
  expect(await readLeases(firm.ledger.database)).toMatchObject([
    { edge: 'edge-1', ...granted, currency: 'USD', firmMax: '300000', firmCharged: '200000', firmFree: '100000' },
  ]);
  await runOn(3, '150000');
  expect(await readLeases(firm.ledger.database)).toMatchObject([
    { amount: '150000', out: '200000', firmMax: '150000', firmCharged: '200000', firmFree: '-50000' },
  ]);
});
