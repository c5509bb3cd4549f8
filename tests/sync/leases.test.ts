import { sheetOnRecord } from '@gatehouse/compliance/sheet-document.ts';
import { DEMO_IDENTITY } from '@gatehouse/edge/engine/demo-account.ts';
import { settleAccepted } from '@gatehouse/hub/control/accepted-sheets.ts';
import { proposeLimits } from '@gatehouse/hub/control/limit-proposals.ts';
import { signLimits } from '@gatehouse/hub/control/limit-signatures.ts';
import { readShares } from '@gatehouse/hub/store/lease-rows.ts';
import { inForceOf } from '@gatehouse/hub/store/limit-rows.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlEdge, type ControlHub, openControlEdge, openControlHub } from '../fixtures/control-firm.ts';
import { done } from '../fixtures/limit-firm.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

const EDGE = 'edge-1';
const WAIT = { timeout: 60_000, interval: 100 };
const MS_MAX = 180_000;
const LINE = { legalEntity: DEMO_IDENTITY.legalEntity, environment: DEMO_IDENTITY.environment };
const valuation = { marketOrderBps: 200, markAgeMsMax: 864_000_000, rateAgeMsMax: 864_000_000 };
const figures = { firmMax: '9000000', stepAmount: '2000000', termMs: 3_600_000, standAlone: 'no', ...valuation };
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** The line on leases of the sheet in force changes; turning it on and lowering it needs its maker alone. */
async function lease(hub: ControlHub, edge: ControlEdge, edgeMax: string): Promise<void> {
  await settleAccepted(hub.limits);
  const row = await inForceOf(hub.test.database, LINE);
  if (row === undefined) throw new Error('no sheet is in force');
  const before = sheetOnRecord(row.document);
  const reason = 'So much is leased to one edge.';
  const on = {
    control: 'leased-share',
    version: 1,
    on: [{ scope: 'firm' as const, figures: { ...figures, edgeMax }, reason }],
  };
  const controls = before.controls.map((line) => (line.control === 'leased-share' ? on : line)) as Sheet['controls'];
  const sheet = { ...before, sequence: before.sequence + 1, checkers: [], reason, controls };
  const maker = { personId: before.maker, from: '127.0.0.1' };
  const proposal = done(await proposeLimits(hub.limits, maker, { base: row.sheet, sheet }));
  const note = edge.people.maker.sign(proposal.unsignedText);
  done(await signLimits(hub.limits, maker, { proposalId: proposal.proposalId, note }));
}

async function countOf(hub: ControlHub, kind: string, text: string): Promise<number> {
  const rows = await hub.test.database<{ count: number }[]>`
    SELECT count(*) AS count FROM ledger_leaf l JOIN ledger_body b USING (leaf)
    WHERE l.kind = ${kind} AND strpos(b.body, ${text}) > 0`;
  return rows[0]?.count ?? 0;
}

test(
  'an edge asks for its share, trades within it, and adds nothing once the share is taken back',
  async () => {
    const hub = await openControlHub(await server.database(), EDGE);
    const edge = await openControlEdge(hub, EDGE, 600);
    try {
      await expect.poll(async () => inForceOf(hub.test.database, LINE).then((row) => row?.sequence), WAIT).toBe(1);
      await lease(hub, edge, '5000000');
      await expect.poll(() => countOf(hub, 'lease', '"event":"accepted"'), WAIT).toBeGreaterThan(0);
      // The first answer can come before the hub knows that the sheet is in force; the edge then asks again.
      await expect.poll(async () => (await readShares(hub.test.database))[0]?.cap, WAIT).toBe('5000000');
      await expect.poll(() => countOf(hub, 'decision', '"lease":{'), WAIT).toBeGreaterThan(0);

      await lease(hub, edge, '1');
      await expect.poll(async () => (await readShares(hub.test.database))[0]?.amount, WAIT).toBe('1');
      const isUsedUp = 'The leased share of the firm’s threshold would be used up.';
      await expect.poll(() => countOf(hub, 'decision', isUsedUp), WAIT).toBeGreaterThan(0);
    } catch (error) {
      throw new Error(`${String(error)}\n${[...hub.lines.slice(-40), ...edge.lines.slice(-40)].join('\n')}`, {
        cause: error,
      });
    } finally {
      await edge.close();
      await hub.close();
    }
  },
  MS_MAX,
);
