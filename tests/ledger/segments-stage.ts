import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createIngest } from '@gatehouse/hub/ingest/ingest.ts';
import { registerEdge } from '@gatehouse/hub/ingest/register-edge.ts';
import { ledgerOrigin } from '@gatehouse/hub/ledger/append.ts';
import { type ArchiveDeps, archiveNext } from '@gatehouse/hub/ledger/archive/archive-next.ts';
import type { ArchiveStore } from '@gatehouse/hub/ledger/archive/archive-store.ts';
import { folderStore } from '@gatehouse/hub/ledger/archive/folder-store.ts';
import { retainUntil } from '@gatehouse/hub/ledger/archive/retain-until.ts';
import type { S3Pace } from '@gatehouse/hub/ledger/archive/s3-client.ts';
import { s3Settings } from '@gatehouse/hub/ledger/archive/s3-settings.ts';
import { s3Store } from '@gatehouse/hub/ledger/archive/s3-store.ts';
import { createHubStream } from '@gatehouse/hub/ledger/hub-stream.ts';
import { createBodySealer } from '@gatehouse/hub/ledger/keys/body-sealer.ts';
import { rowOpener } from '@gatehouse/hub/ledger/keys/open-row.ts';
import { openRecordKeys, type RecordKeys } from '@gatehouse/hub/ledger/keys/record-keys.ts';
import { connect, type Database, inTransaction } from '@gatehouse/hub/store/database.ts';
import { generateSigner, parseVerifierKey, type Signer, type Verifier } from '@gatehouse/shared/journal/note.ts';
import { type ManualClock, manualClock } from '@gatehouse/shared/values/clock.ts';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';
import { AwsClient } from 'aws4fetch';
import { onTestFinished } from 'vitest';
import { type S3Emulator, startS3 } from '../emulators/s3/emulator.ts';
import { edgeStream, filledOrder } from '../fixtures/edge-stream.ts';

/** A ledger whose bodies are sealed, with what archives it. */
export interface SegmentsStage {
  readonly url: string;
  readonly folder: string;
  readonly database: Database;
  readonly keys: RecordKeys;
  readonly clock: ManualClock;
  readonly signer: Signer;
  readonly verifier: Verifier;
  readonly deps: ArchiveDeps;
  /** Puts acts on record, each with a word that can be looked for. */
  act(...notes: readonly string[]): Promise<void>;
  /** Lets an edge send so many filled orders, six entries each. */
  orders(count: number): Promise<void>;
  /** Goes to the next UTC day. */
  nextDay(): void;
  /** Archives all that is closed; gives the numbers of the new segments. */
  archive(leavesMax?: number): Promise<readonly number[]>;
}

/** A store of one kind, with ways past it that an attacker has. */
export interface TestStore {
  readonly store: ArchiveStore;
  /** Changes one byte of what readers get at a path. */
  tamper(path: string): Promise<void>;
  /** Takes an object away from readers, as far as the store lets anybody. */
  hide(path: string): Promise<void>;
  readonly paths: () => Promise<readonly string[]>;
}

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 5, 10);
export const FAST: S3Pace = { requestMs: 2_000, pauseMs: 5, tries: 4 };

export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-segments-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** A ledger on a fresh database that is archived into a store. */
export async function segmentsStage(url: string, store: ArchiveStore): Promise<SegmentsStage> {
  const folder = scratchFolder();
  const keys = await openRecordKeys(join(folder, 'record-keys'));
  const open = rowOpener(keys);
  const database = connect(url, open);
  onTestFinished(() => database.end({ timeout: 1 }));
  const signer = generateSigner(ledgerOrigin('test'));
  const clock = manualClock(fromMillis(START_MS));
  const ledger = { origin: signer.name, signer, clock, bodies: createBodySealer(keys) };
  const { appendAct } = createHubStream({ ledger, random: (bytes) => randomBytes(bytes) });
  const edge = edgeStream('edge-1');
  let order = 0;
  const deps: ArchiveDeps = {
    database,
    store,
    signer,
    open,
    appendAct,
    clock,
    release: '0',
    retainUntil: (now) => Promise.resolve(retainUntil(now, 7)),
  };
  const lines: string[] = [];
  return {
    url,
    folder,
    database,
    keys,
    clock,
    signer,
    verifier: parseVerifierKey(signer.verifierKey),
    deps,
    act: async (...notes) => {
      for (const note of notes) {
        await inTransaction(database, (tx) => appendAct(tx, { action: 'report.made', by: 'P-test', note }));
      }
    },
    orders: async (count) => {
      const registration = { edge: edge.edge, verifierKey: edge.signer.verifierKey, by: 'P-officer' };
      const hubStream = { appendAct };
      await inTransaction(database, (tx) => registerEdge(tx, { hubStream, ledger }, registration));
      const ingest = createIngest({ database, ledger, log: (line) => lines.push(line) });
      const drafts = Array.from({ length: count }, () => filledOrder(`O-${++order}`)).flat();
      ingest.receive(edge.edge, edge.batch(edge.add(...drafts)));
      await ingest.close();
      if (lines.length > 0) throw new Error(lines.join('\n'));
    },
    nextDay: () => clock.advance(DAY_MS),
    archive: async (leavesMax) => {
      const made: number[] = [];
      const wish = leavesMax === undefined ? deps : { ...deps, leavesMax };
      for (let row = await archiveNext(wish); row !== undefined; row = await archiveNext(wish)) made.push(row.segment);
      return made;
    },
  };
}

/** An archive in a folder, which its owner can change by force. */
export function testFolder(): TestStore {
  const folder = join(scratchFolder(), 'archive');
  const filesIn = (): readonly string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile());
  return {
    store: folderStore(folder),
    tamper: async (path) => {
      const file = join(folder, path);
      const bytes = readFileSync(file);
      chmodSync(file, 0o644);
      writeFileSync(file, flipped(bytes));
    },
    hide: async (path) => rmSync(join(folder, path), { force: true }),
    paths: async () => filesIn().map((name) => relative('', name)),
  };
}

/** An archive in a bucket of the emulator, with a client that has the firm's own key. */
export async function testBucket(): Promise<TestStore & { readonly s3: S3Emulator; readonly attack: Attack }> {
  const s3 = await startS3();
  onTestFinished(() => s3.close());
  const attack = attackOn(s3);
  return {
    s3,
    attack,
    store: s3Store(settingsOf(s3), FAST),
    tamper: async (path) => {
      const bytes = s3.bucket.newest(`firm/${path}`)?.bytes ?? Buffer.alloc(0);
      await attack('PUT', `firm/${path}`, flipped(bytes));
    },
    hide: async (path) => void (await attack('DELETE', `firm/${path}`)),
    paths: async () => s3.bucket.keys().map((key) => key.slice('firm/'.length)),
  };
}

/** Settings for a bucket of an emulator, as the environment gives them. */
export function settingsOf({ endpoint, key, name }: S3Emulator, bucket = name) {
  const { accessKeyId, secretAccessKey, region } = key;
  return s3Settings({ place: `s3://${bucket}/firm`, endpoint, region, accessKeyId, secretAccessKey });
}

/** Sends one request with the firm's own key; gives the status. */
export type Attack = (method: string, target: string, body?: Uint8Array) => Promise<number>;

function attackOn({ endpoint, key, name }: S3Emulator): Attack {
  const client = new AwsClient({ ...key, service: 's3', retries: 0 });
  return async (method, target, body) => {
    const hash = await crypto.subtle.digest('SHA-256', Uint8Array.from(body ?? []));
    const headers = { 'x-amz-content-sha256': Buffer.from(hash).toString('hex') };
    const init = body === undefined ? { method, headers } : { method, headers, body: Uint8Array.from(body) };
    return (await client.fetch(`${endpoint}/${name}/${target}`, init)).status;
  };
}

function flipped(bytes: Uint8Array): Buffer {
  const changed = Buffer.from(bytes);
  const at = changed.length >> 1;
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
