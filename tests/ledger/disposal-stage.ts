import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Approval } from '@gatehouse/compliance/retention/target.ts';
import type { HubConfig } from '@gatehouse/hub/config.ts';
import { type HubRecords, openRecords } from '@gatehouse/hub/hub.ts';
import { createIngest } from '@gatehouse/hub/ingest/ingest.ts';
import { registerEdge } from '@gatehouse/hub/ingest/register-edge.ts';
import type { DisposalDeps } from '@gatehouse/hub/ledger/disposal/disposal-deps.ts';
import { inTransaction } from '@gatehouse/hub/store/database.ts';
import { encodeBatch } from '@gatehouse/shared/journal/batch.ts';
import { genesis, headOf } from '@gatehouse/shared/journal/chain.ts';
import { type ChainHead, type SealedEntry, sealEntry } from '@gatehouse/shared/journal/entry.ts';
import { signHead } from '@gatehouse/shared/journal/head-note.ts';
import { generateSigner } from '@gatehouse/shared/journal/note.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { fromMillis, parseInstant } from '@gatehouse/shared/values/instant.ts';
import type { EntryOf } from '../fixtures/edge-stream.ts';

/** An edge whose entries are made at chosen times, and which can be given back to a hub that has forgotten them. */
export interface TimedEdge {
  readonly edge: string;
  readonly verifierKey: string;
  at(time: string, ...drafts: readonly EntryOf[]): Buffer;
}

export const JANUARY = '2026-01-05T09:00:00.000000000Z';
export const FEBRUARY = '2026-02-05T09:00:00.000000000Z';

/** A folder for one hub's data, which ends with the test. */
export function dataFolder(onEnd: (end: () => void) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-disposal-'));
  // The server runs as a user of its own where the tests run as root.
  chmodSync(folder, 0o711);
  onEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Opens the records of a hub as its process does, on an embedded server. */
export function openHub(data: string): Promise<HubRecords> {
  const config: HubConfig = {
    data,
    databaseUrl: undefined,
    entity: 'Demo',
    consolePort: 0,
    mqttPort: undefined,
    mqttUrl: undefined,
    localEdges: [],
  };
  const clock = manualClock(fromMillis(Date.UTC(2033, 1, 20, 10)));
  return openRecords({ config, clock, release: '0', log: () => {} });
}

/** What a disposal of these records works with. */
export function depsOf(data: string, records: HubRecords, log: (line: string) => void = () => {}): DisposalDeps {
  const { database, keys, stream, ledger } = records;
  // Nothing keeps the records of a stage; what keeps others is tried with the rules of retention.
  const mayGo = async () => {};
  return {
    database,
    keys,
    appendAct: stream.appendAct,
    clock: ledger.clock,
    reports: join(data, 'reports'),
    mayGo,
    log,
  };
}

/** A decision of three people. */
export function approvalOf(proposal: string): Approval {
  const at = '2033-02-20T09:00:00.000000000Z';
  return { proposal, maker: 'P-maker', approvedBy: ['P-first', 'P-second'], reason: 'Seven years are over.', at };
}

/** An edge before its first entry. */
export function timedEdge(edge: string): TimedEdge {
  const signer = generateSigner(edge);
  let head: ChainHead = genesis(edge);
  return {
    edge,
    verifierKey: signer.verifierKey,
    at: (time, ...drafts) => {
      const start = parseInstant(time);
      const entries: SealedEntry[] = drafts.map(({ kind, body }, index) => {
        const at = new Date(Number(start / 1_000_000n) + index).toISOString().replace('Z', '000000Z');
        const clock = { source: 'manual', offsetNs: '0', uncertaintyNs: '0' };
        const entry = sealEntry({ head, at: { at, clock }, kind, body, salt: randomBytes(16) });
        head = headOf(entry);
        return entry;
      });
      return encodeBatch(entries, signHead(signer, head));
    },
  };
}

/** Lets the hub take batches of an edge, which is registered where it is not known. */
export async function takeBatches(records: HubRecords, edge: TimedEdge, ...batches: readonly Buffer[]): Promise<void> {
  const { database, ledger, stream } = records;
  await inTransaction(database, (tx) =>
    registerEdge(
      tx,
      { hubStream: stream, ledger },
      { edge: edge.edge, verifierKey: edge.verifierKey, by: 'P-officer' },
    ),
  );
  const lines: string[] = [];
  const ingest = createIngest({ database, ledger, log: (line) => lines.push(line) });
  for (const batch of batches) ingest.receive(edge.edge, batch);
  await ingest.close();
  if (lines.length > 0) throw new Error(lines.join('\n'));
}

/** An incident with words of its own. */
export function incidentOf(message: string): EntryOf {
  return { kind: 'incident', body: { v: 1, code: 'TEST_INCIDENT', severity: 'notice', message } };
}

/**
 * The files of a folder that hold any of some texts.
 *
 * Shape: record keys are left out, and so are backups with their archived log: those expire, and only then a certificate is final.
 */
export function filesHolding(folder: string, texts: readonly string[]): readonly string[] {
  const wanted = texts.map((text) => Buffer.from(text));
  return filesIn(folder).filter((file) => {
    const bytes = readFileSync(file);
    return wanted.some((text) => bytes.includes(text));
  });
}

const LEFT_OUT = ['record-keys', 'backups'];

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return LEFT_OUT.includes(entry.name) ? [] : filesIn(path);
    return entry.isFile() ? [path] : [];
  });
}
