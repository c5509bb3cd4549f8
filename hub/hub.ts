import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DisposalTarget } from '@gatehouse/compliance/retention/target.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { EMPTY_ROOT } from '@gatehouse/shared/journal/merkle.ts';
import { parseVerifierKey, type Signer } from '@gatehouse/shared/journal/note.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { dayOf, instantText } from '@gatehouse/shared/values/instant.ts';
import { BROKER_PORT_FILE, backupsFolder, type HubConfig, hubFolders, SECURE_PORT_FILE } from './config.ts';
import { openLeaseMarks } from './control/leases/lease-mark.ts';
import { runLeases } from './control/leases/run-leases.ts';
import { createIngest, type Ingest } from './ingest/ingest.ts';
import { catchUpProjections } from './ingest/rebuild-projections.ts';
import { registerEdge } from './ingest/register-edge.ts';
import { type Ledger, ledgerOrigin } from './ledger/append.ts';
import type { DisposalDeps } from './ledger/disposal/disposal-deps.ts';
import { createDisposal, type Disposal } from './ledger/disposal/dispose.ts';
import { resumeDisposals } from './ledger/disposal/resume-disposals.ts';
import { assertSignedBy, loadHubKey } from './ledger/hub-key.ts';
import { createHubStream, type HubStream } from './ledger/hub-stream.ts';
import { createBodySealer } from './ledger/keys/body-sealer.ts';
import { rowOpener } from './ledger/keys/open-row.ts';
import { openRecordKeys, type RecordKeys } from './ledger/keys/record-keys.ts';
import { startSealing } from './ledger/keys/seal-stored.ts';
import { createNodeMemory } from './ledger/node-memory.ts';
import { proveToEdge } from './ledger/prove-to-edge.ts';
import { assertCanGo } from './ledger/retention/proposals.ts';
import { type Verification, verifyLedger } from './ledger/verify.ts';
import { openReportRuns, type ReportRuns } from './schedule/report-runs.ts';
import { asUnreachable, connect, type Database, inTransaction, type Transaction } from './store/database.ts';
import { newestCheckpoint, readHead } from './store/ledger-rows.ts';
import { migrate } from './store/migrate.ts';
import { assertDurability } from './store/postgres/assert-durability.ts';
import { archiveInto } from './store/postgres/backup/open-archive.ts';
import type { Connection } from './store/postgres/connection.ts';
import { type PostgresServer, startPostgres } from './store/postgres/start-postgres.ts';
import { publishAcks } from './sync/acks.ts';
import { startBroker } from './sync/broker.ts';
import { type Enrolment, openEnrolment } from './sync/enrolment/open-enrolment.ts';
import { connectBroker } from './sync/external-broker.ts';
import { keepPort, openOnKeptPorts } from './sync/kept-port.ts';
import { type LocalDoor, openLocalDoor } from './sync/local-door.ts';
import { createFetchDesk } from './sync/serve-fetch.ts';
import { openShapes } from './sync/shapes/open-shapes.ts';
import { serveBodies } from './sync/shapes/serve-bodies.ts';
import type { ShapeServer } from './sync/shapes/shape-server.ts';
import type { UplinkServer } from './sync/uplink-server.ts';

/** The id of the one hub of a firm; it is part of the ledger's name and never changes. */
export const HUB_ID = 'hub-1';

const DATABASE_END_SECONDS = 5;
/** What edges may still use, beside the database. */
const LEASE_MARKS_FILE = 'leases.json';

/** What the hub's processes pass in. */
export interface HubDeps {
  readonly config: HubConfig;
  readonly clock: Clock;
  readonly release: string;
  readonly log: (line: string) => void;
}

/** The records side of a hub: database, ledger, hub stream and reports, without any listener. */
export interface HubRecords {
  readonly database: Database;
  readonly target: Connection | string;
  readonly server: PostgresServer | undefined;
  readonly signer: Signer;
  /** The keys that the bodies of records lie under, outside the database. */
  readonly keys: RecordKeys;
  readonly ledger: Ledger;
  readonly stream: HubStream;
  readonly reports: ReportRuns;
  verify(onProgress?: (leaves: number, size: number) => void): Promise<Verification>;
  /** The root of the log as it stands, in hex. */
  root(): Promise<string>;
  /** Lets go of the database; the embedded server is stopped where this process started it, or where asked. */
  close(options?: { readonly stopServer: boolean }): Promise<void>;
}

/**
 * Opens the hub's records: the database, its schema, the key and the ledger.
 *
 * Errors: those of `startPostgres`, `migrate` and `loadHubKey`, `DATABASE_UNSAFE`, `DATABASE_UNREACHABLE`.
 */
export async function openRecords(deps: HubDeps): Promise<HubRecords> {
  const { config, clock, release, log } = deps;
  const folders = hubFolders(config.data);
  const archive = archiveInto(backupsFolder(config), log);
  const started = { folder: folders.postgres, log, ...archive };
  const server = config.databaseUrl === undefined ? await startPostgres(started) : undefined;
  const target = config.databaseUrl ?? connectionOf(server);
  const keys = await openRecordKeys(folders.recordKeys);
  const database = connect(target, rowOpener(keys));
  const signer = await opened(deps, database, server).catch(async (error: unknown) => {
    await database.end({ timeout: DATABASE_END_SECONDS });
    if (server?.adopted === false) await server.stop();
    throw unopened(error);
  });
  const ledger: Ledger = { origin: signer.name, signer, clock, bodies: createBodySealer(keys) };
  const stream = createHubStream({ ledger, random: (bytes) => randomBytes(bytes) });
  const reports = openReportRuns({
    database,
    target,
    folder: folders.reports,
    recordKeys: folders.recordKeys,
    entity: config.entity,
    codeVersion: release,
    clock,
    record: async (tx, act) => void (await stream.appendAct(tx, act)),
  });
  return {
    database,
    target,
    server,
    signer,
    keys,
    ledger,
    stream,
    reports,
    verify: (onProgress) => {
      const verifier = parseVerifierKey(signer.verifierKey);
      const options = { database, verifier, origin: signer.name, elapsedMs: () => performance.now() };
      return verifyLedger(onProgress === undefined ? options : { ...options, onProgress });
    },
    root: async () => (await readHead(database))?.root ?? Buffer.from(EMPTY_ROOT).toString('hex'),
    close: async (options) => {
      await database.end({ timeout: DATABASE_END_SECONDS });
      const isOurs = server !== undefined && !server.adopted;
      if (options?.stopServer ?? isOurs) await server?.stop();
    },
  };
}

function unopened(error: unknown): unknown {
  const failure = asUnreachable(error);
  if (!(failure instanceof KitError) || failure.code !== 'DATABASE_UNREACHABLE') return failure;
  return new KitError(failure.code, failure.message, {
    hint: 'Check that the server runs and that DATABASE_URL, where it is set, names it with its user and password.',
    cause: error,
  });
}

/** Asserts that the database can keep records, brings its schema to this release and finds the key of its ledger. */
async function opened(
  { config, clock, log }: HubDeps,
  database: Database,
  server: PostgresServer | undefined,
): Promise<Signer> {
  const warnings = await assertDurability(database, server === undefined ? 'external' : 'embedded');
  for (const warning of warnings) log(`the database's durability: ${warning}`);
  const steps = await migrate(database, { now: () => instantText(clock.now()) });
  if (steps.length > 0) log(`the schema was brought to this release: ${steps.join(', ')}`);
  const isSigned = (await newestCheckpoint(database)) !== undefined;
  return loadHubKey({ folder: hubFolders(config.data).hub, origin: ledgerOrigin(HUB_ID), isSigned });
}

/** What receives from edges. */
export interface HubUplink {
  readonly ingest: Ingest;
  readonly broker: UplinkServer;
  /** What edges and the console read; a door decides who asks. */
  readonly shapes: ShapeServer;
  /** Where edges of this computer read them. */
  readonly localDoor: LocalDoor;
  /** Who may come in from elsewhere, and the address of the door that they come to. */
  readonly enrolled: { readonly enrolment: Enrolment; readonly door: string } | undefined;
  /** Destroys what people decided to dispose of. */
  readonly disposal: Disposal;
  close(): Promise<void>;
}

/** Registers the edges of this machine and opens the way in. Errors: `LEDGER_MISMATCH`, `FORBIDDEN`, `PORT_TAKEN`, `BROKER_UNREACHABLE`. */
export async function openUplink(deps: HubDeps, records: HubRecords): Promise<HubUplink> {
  const { config, clock, log } = deps;
  const newest = await newestCheckpoint(records.database);
  if (newest !== undefined) assertSignedBy(records.signer, newest.note);
  await catchUpProjections(records.database);
  const disposals = disposalDeps(deps, records);
  await resumeDisposals(disposals);
  const locals: string[] = [];
  for (const file of config.localEdges) locals.push(await registerLocalEdge(records, file));
  const stopSealing = startSealing({ database: records.database, bodies: records.ledger.bodies, log });
  const ingest = createIngest({ database: records.database, ledger: records.ledger, log });
  const enrolment = await openEnrolmentOf(deps, records);
  let broker: UplinkServer | undefined;
  const publish = (topic: string, payload: string): void => broker?.publish(topic, payload);
  const fetches = createFetchDesk({ database: records.database, signer: records.signer, publish, log });
  const receive = (edge: string, bytes: Uint8Array): boolean => fetches(edge, bytes) || ingest.receive(edge, bytes);
  broker = await openBroker(deps, { receive }, enrolment);
  const memory = createNodeMemory();
  const stopAcks = publishAcks({
    ingest,
    signer: records.signer,
    prove: (request) => proveToEdge(records.database, request, memory),
    publish: broker.publish,
    log,
  });
  const stopLeases = await openLeases(deps, records, ingest);
  const shapes = await openShapes({ config, clock, log, database: records.database, target: records.target });
  const answering = serveBodies({ database: records.database, shapes: shapes.handle, log });
  const localDoor = await openLocalDoor({
    folder: hubFolders(config.data).hub,
    edges: locals,
    shapes: answering,
    isEnrolled: (edge) => enrolment?.access.isEnrolled(edge) === true,
    log,
  });
  const door = await enrolment?.openDoor({ broker: safeAddress(config, broker), shapes: answering });
  return {
    ingest,
    broker,
    shapes,
    localDoor,
    disposal: createDisposal(disposals),
    enrolled: enrolment === undefined || door === undefined ? undefined : { enrolment, door: door.address },
    close: async () => {
      await shapes.stop();
      await door?.close();
      await localDoor.close();
      await broker.close();
      await enrolment?.close();
      await stopLeases();
      await ingest.close();
      stopAcks();
      await stopSealing();
    },
  };
}

function disposalDeps({ config, clock, log }: HubDeps, { database, keys, stream }: HubRecords): DisposalDeps {
  const mayGo = (tx: Transaction, target: DisposalTarget) => assertCanGo({ tx, day: dayOf(clock.now()) }, target);
  return { database, keys, appendAct: stream.appendAct, clock, reports: hubFolders(config.data).reports, mayGo, log };
}

/** Splits firm-wide thresholds among edges. Shape: what was granted is kept beside the database as well. */
async function openLeases(
  { config, clock, log }: HubDeps,
  { database, signer, stream }: HubRecords,
  ingest: Pick<Ingest, 'onCommitted'>,
): Promise<() => Promise<void>> {
  const folder = hubFolders(config.data).hub;
  await mkdir(folder, { recursive: true });
  const marks = await openLeaseMarks(join(folder, LEASE_MARKS_FILE));
  return runLeases({ database, appendAct: stream.appendAct, clock, signer, marks, ingest, log });
}

async function registerLocalEdge({ database, ledger, stream }: HubRecords, file: string): Promise<string> {
  const verifierKey = (await readFile(file, 'utf8')).trim();
  const { name } = parseVerifierKey(verifierKey);
  await inTransaction(database, (tx) =>
    registerEdge(tx, { hubStream: stream, ledger }, { edge: name, verifierKey, by: 'system' }),
  );
  return name;
}

async function openEnrolmentOf({ config, clock, log }: HubDeps, records: HubRecords): Promise<Enrolment | undefined> {
  const { edgeDoors } = config;
  if (edgeDoors === undefined) return undefined;
  const { database, stream, ledger } = records;
  const folder = hubFolders(config.data).hub;
  return openEnrolment({ config: edgeDoors, folder, hub: HUB_ID, database, stream, ledger, clock, log });
}

async function openBroker(
  { config, log }: HubDeps,
  ingest: Pick<Ingest, 'receive'>,
  enrolment: Enrolment | undefined,
): Promise<UplinkServer> {
  const receive = (edge: string, bytes: Uint8Array) => ingest.receive(edge, bytes);
  if (config.mqttUrl !== undefined) {
    // A broker of the firm knows certificates, but not whom we have revoked a moment ago.
    const heard = (edge: string, bytes: Uint8Array) =>
      enrolment === undefined || enrolment.access.isHeard(edge) ? receive(edge, bytes) : true;
    const { mqttUrl: url, mqttFiles: files } = config;
    return connectBroker({ url, files, clientId: HUB_ID, receive: heard, log });
  }
  const folder = hubFolders(config.data).hub;
  const plain = { wanted: config.mqttPort, file: join(folder, BROKER_PORT_FILE) };
  const secure = { wanted: config.edgeDoors?.brokerPort, file: join(folder, SECURE_PORT_FILE) };
  const open = ([port = 0, securePort = 0]: readonly number[]) =>
    startBroker({ port, receive, log, secure: secureBroker(config, enrolment, securePort) });
  const broker = await openOnKeptPorts([plain, secure], open, log);
  await keepPort(plain.file, broker.address);
  if (broker.secureAddress !== undefined) await keepPort(secure.file, broker.secureAddress);
  return broker;
}

function secureBroker({ edgeDoors }: HubConfig, enrolment: Enrolment | undefined, port: number) {
  if (edgeDoors === undefined || enrolment === undefined) return undefined;
  const [name = 'localhost'] = edgeDoors.hosts;
  return { host: edgeDoors.listen, name, port, certificate: enrolment.certificate, access: enrolment.access };
}

/** Where enrolled edges reach the broker with their certificate; absent where it is one without encryption. */
function safeAddress({ mqttUrl }: HubConfig, broker: UplinkServer): string | undefined {
  if (mqttUrl === undefined) return broker.secureAddress;
  return broker.address.startsWith('mqtts:') ? broker.address : undefined;
}

function connectionOf(server: PostgresServer | undefined): Connection {
  if (server === undefined) throw new KitError('INVARIANT_BROKEN', 'neither a server nor an address of one');
  return server.connection;
}
