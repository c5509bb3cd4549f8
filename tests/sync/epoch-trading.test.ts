import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { governanceFolders } from '@gatehouse/edge/governance/governance-folders.ts';
import { loadEdgeKey } from '@gatehouse/edge/journal/edge-key.ts';
import { issueCommand } from '@gatehouse/hub/control/commands/issue-command.ts';
import { openEpoch } from '@gatehouse/hub/control/epochs/open-epoch.ts';
import { encodeBatch } from '@gatehouse/shared/journal/batch.ts';
import { headOf } from '@gatehouse/shared/journal/chain.ts';
import { sealEntry } from '@gatehouse/shared/journal/entry.ts';
import { signHead } from '@gatehouse/shared/journal/head-note.ts';
import { cosign } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { EPOCH_TYPE, RELEASE_TYPE } from '@gatehouse/shared/schema/governance.ts';
import { addMs, instantText } from '@gatehouse/shared/values/instant.ts';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlHub, openControlEdge, openControlHub } from '../fixtures/control-firm.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

// A fork of an edge that trades, from the first contradiction to the next fill, through the real edge.

const EDGE = 'edge-1';
const MS_MAX = 400_000;
/** What was on its way when the line was cut has arrived. Units: milliseconds. */
const QUIET_MS = 3_000;
const WAIT = { timeout: 120_000, interval: 100 };
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
}, 180_000);
afterAll(() => server.stop());

async function standing({ test: { database } }: ControlHub) {
  const [row] = await database<{ epoch: number; seq: number; hash: string; status: string }[]>`
    SELECT epoch, seq, hash, status FROM stream WHERE edge = ${EDGE}`;
  return row ?? { epoch: 0, seq: 0, hash: '', status: 'unknown' };
}

async function fillsOf({ test: { database } }: ControlHub, epoch: number): Promise<number> {
  const [row] = await database<{ count: number }[]>`
    SELECT count(*) AS count FROM ledger_leaf WHERE edge = ${EDGE} AND epoch = ${epoch} AND kind = 'fill'`;
  return row?.count ?? 0;
}

async function haltsOf({ test: { database } }: ControlHub): Promise<readonly string[]> {
  const rows = await database<{ kill: string }[]>`
    SELECT kill_id AS kill FROM kill WHERE release_leaf IS NULL ORDER BY leaf`;
  return rows.map(({ kill }) => kill);
}

/** What a copy of the machine sends: an entry of its own, by the same key, from where the hub's record ends. */
async function sendAsCopy(hub: ControlHub, data: string): Promise<void> {
  const { signer } = await loadEdgeKey(data, EDGE);
  const { epoch, seq, hash } = await standing(hub);
  const at = {
    at: instantText(hub.commands.clock.now()),
    clock: { source: 'system', offsetNs: '0', uncertaintyNs: '0' },
  };
  const body = { v: 1, code: 'CLOCK_STEP', severity: 'notice', message: 'Written by the copy.' };
  const entry = sealEntry({
    head: { edge: EDGE, epoch, seq, hash },
    at,
    kind: 'incident',
    body,
    salt: new Uint8Array(16),
  });
  const client = await connectAsync(`mqtt://127.0.0.1:${hub.brokerPort}`, { clientId: 'copy', reconnectPeriod: 0 });
  await client.publishAsync(`e/${EDGE}/up`, encodeBatch([entry], signHead(signer, headOf(entry))), { qos: 1 });
  await client.endAsync();
}

test('I1 I2 I7 after a fork two records officers open an epoch, and the real edge trades again in it', {
  timeout: MS_MAX,
}, async () => {
  const hub = await openControlHub(await server.database(), EDGE);
  const edge = await openControlEdge(hub, EDGE, 900);
  try {
    await expect.poll(() => fillsOf(hub, 1), WAIT).toBeGreaterThan(0);

    // Cut off, so that the copy is the first to write the next entry; then both are heard.
    edge.cut();
    let before = -1;
    const isQuiet = async (): Promise<boolean> => {
      const { seq } = await standing(hub);
      const isSame = seq === before;
      before = seq;
      return isSame;
    };
    await expect.poll(isQuiet, { ...WAIT, interval: QUIET_MS }).toBe(true);
    await sendAsCopy(hub, edge.data);
    await expect.poll(async () => (await standing(hub)).seq, WAIT).toBe(before + 1);
    edge.mend();
    await expect.poll(() => edge.lines.join('\n'), WAIT).toMatch(/ended with .*the hub signed for/);
    const { seq, hash } = await standing(hub);

    const value = {
      ...{ v: 1, edge: EDGE, epoch: 2, from: { seq, hash }, reason: 'A disk was copied.' },
      at: instantText(hub.commands.clock.now()),
    };
    const { maker, checker } = edge.people;
    const document = cosign(signDocument(maker, EPOCH_TYPE, value), checker);
    const actor = { personId: 'P-anna', from: '127.0.0.1' };
    expect(await openEpoch(hub.commands, actor, { edge: EDGE, document })).toMatchObject({ kind: 'done' });
    const { inbox } = governanceFolders(edge.data);
    mkdirSync(inbox, { recursive: true });
    writeFileSync(join(inbox, 'epoch.note'), document);
    await edge.startAgain();

    await expect.poll(() => edge.lines.join('\n'), WAIT).toContain('epoch 2 goes on from entry');
    await expect.poll(async () => (await standing(hub)).seq, WAIT).toBeGreaterThan(0);
    expect(await standing(hub)).toMatchObject({ epoch: 2, status: 'live' });

    // The halt of the contradiction came along; two people let it go, and it trades.
    await expect.poll(() => haltsOf(hub), WAIT).toHaveLength(1);
    expect(await fillsOf(hub, 2)).toBe(0);
    const [kill = ''] = await haltsOf(hub);
    const now = hub.commands.clock.now();
    const term = { from: instantText(addMs(now, -60_000)), to: instantText(addMs(now, 3_600_000)) };
    const release = { v: 1, id: `RL-${kill}`, kill, edge: EDGE, reason: 'Looked into.', ...term };
    const signed = cosign(signDocument(maker, RELEASE_TYPE, release), checker);
    const wish = { kind: 'release', edges: [EDGE], kill, document: signed, reason: 'Looked into.' } as const;
    expect(await issueCommand(hub.commands, actor, wish)).toMatchObject({ kind: 'done' });
    await expect.poll(() => fillsOf(hub, 2), WAIT).toBeGreaterThan(0);
  } finally {
    await edge.close().catch(() => {});
    await hub.close();
  }
});
