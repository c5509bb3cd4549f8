import { join } from 'node:path';
import { openMemoryJournal } from '@gatehouse/edge/journal/memory-journal.ts';
import { openLedgerWitness } from '@gatehouse/edge/sync/ledger-witness.ts';
import { startUplink } from '@gatehouse/edge/sync/uplink.ts';
import { rebuildProjections } from '@gatehouse/hub/ingest/rebuild-projections.ts';
import type { Database } from '@gatehouse/hub/store/database.ts';
import { restoreBackup } from '@gatehouse/hub/store/postgres/backup/restore-backup.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, onTestFinished, test } from 'vitest';
import { archivedLedger, passableFolder } from '../fixtures/archived-ledger.ts';
import { depositOf, edgeStream } from '../fixtures/edge-stream.ts';
import { startUplinkHub } from '../fixtures/uplink-hub.ts';

// A real server that dies with what it had not archived, a real restore, and an edge that goes on over a real socket.

const EDGE = 'edge-1';
const MS_MAX = 300_000;
const DRAIN_MS_MAX = 30_000;

test('I1 I2 I9 a hub restored without its last minutes gets them back from its edge, every entry once, with the same books', {
  timeout: MS_MAX,
}, async () => {
  const ledger = await archivedLedger();
  const hub = await startUplinkHub(ledger.database, { hub: ledger.hub });
  const stream = edgeStream(EDGE);
  await hub.hub.register(stream);
  const edge = await edgeOf(hub.url, { signer: stream.signer, hubKey: hub.hub.signer.verifierKey });
  edge.pay(40);
  expect(await edge.uplink.drained(DRAIN_MS_MAX)).toBe(true);
  await ledger.backup();
  edge.pay(30);
  expect(await edge.uplink.drained(DRAIN_MS_MAX)).toBe(true);
  await ledger.archived();
  const archived = await sizeOf(ledger.database);
  edge.pay(50);
  expect(await edge.uplink.drained(DRAIN_MS_MAX)).toBe(true);
  await ledger.kill();
  await hub.stop();

  const to = passableFolder('restored');
  const { backups, clock } = ledger;
  const { checkpoint } = await restoreBackup({ backups, to, clock, log: () => undefined });
  expect(checkpoint?.size).toBe(archived);
  const restored = await archivedLedger({ data: to, signer: ledger.hub.signer });
  const again = await startUplinkHub(restored.database, { hub: ledger.hub, port: hub.port });
  onTestFinished(again.stop);

  const written = edge.written();
  await expect.poll(() => seqsOf(restored.database), { timeout: DRAIN_MS_MAX }).toHaveLength(written);
  expect(await seqsOf(restored.database)).toEqual(Array.from({ length: written }, (_, index) => index + 1));
  expect(edge.setBack).toHaveLength(1);
  expect(edge.refuted).toEqual([]);
  expect(await cashIn(restored.database)).toEqual(['120']);
  await rebuildProjections(restored.database);
  expect(await cashIn(restored.database)).toEqual(['120']);
  expect((await again.hub.verify()).findings).toEqual([]);
});

async function edgeOf(url: string, keys: { signer: ReturnType<typeof edgeStream>['signer']; hubKey: string }) {
  const verifiers = [parseVerifierKey(keys.hubKey)];
  const { journal } = openMemoryJournal({
    edge: EDGE,
    clock: manualClock(parseInstant('2026-01-05T09:00:00Z')),
    random: (bytes) => new Uint8Array(bytes),
    emptyState: {},
    onNotice: () => {},
    keep: 'all',
  });
  const [setBack, refuted]: [string[], string[]] = [[], []];
  const path = join(passableFolder('witness'), 'seen');
  const uplink = startUplink({
    url,
    journal,
    signer: keys.signer,
    hub: verifiers,
    witness: await openLedgerWitness({ path, hub: verifiers, epoch: 1 }),
    monotonicMs: () => performance.now(),
    random: () => 0,
    onAck: () => {},
    onLoss: () => expect.fail('nothing was lost'),
    onFork: () => expect.fail('nothing was forked'),
    onSetBack: (message) => setBack.push(message),
    onRefuted: (message) => refuted.push(message),
    resendMs: 500,
    bytesPerSecond: undefined,
  });
  onTestFinished(() => uplink.stop());
  const pay = (count: number): void => {
    for (let index = 0; index < count; index += 1) journal.append([{ kind: 'cash', body: depositOf('1').body }]);
  };
  return { uplink, setBack, refuted, pay, written: () => journal.head.seq };
}

async function seqsOf(database: Database): Promise<readonly number[]> {
  const rows = await database<{ seq: number }[]>`SELECT seq FROM ledger_leaf WHERE edge = ${EDGE} ORDER BY leaf`;
  return rows.map(({ seq }) => seq);
}

async function sizeOf(database: Database): Promise<number | undefined> {
  const [row] = await database<{ size: number }[]>`SELECT size FROM ledger_head`;
  return row?.size;
}

async function cashIn(database: Database): Promise<readonly string[]> {
  const rows = await database<{ amount: string }[]>`SELECT amount FROM cash`;
  return rows.map(({ amount }) => amount);
}
