import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { reports } from '@gatehouse/reports/filings/index.ts';
import { type ErrorCode, KitError } from '@gatehouse/shared/errors.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { type Database, inTransaction, type Transaction } from '../store/database.ts';
import type { Connection } from '../store/postgres/connection.ts';
import { besideName } from '../store/postgres/durable-file.ts';
import {
  leavesOfDay,
  listReportRuns,
  type ReportOutput,
  type ReportRun,
  readReportRun,
  storeReportRun,
} from '../store/report-rows.ts';
import type { BuildRequest, BuiltReport } from './build-report.ts';
import type { ReportAnswer, ReportWork } from './report-worker.ts';

const OWNER_ONLY = 0o700;
const BUILD_MS_MAX = 10 * 60_000;
const RUNS_LISTED_MAX = 200;
const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** What a person asks for. Shape: `by` is an opaque id; `day` a UTC day of the hub's records. */
export interface ReportOrder {
  readonly report: string;
  readonly day: string;
  readonly by: string;
  readonly from?: string;
}

/**
 * What became of making a report again.
 *
 * Shape: `differences` is empty where every byte is equal; `restored` names files that were changed or gone, and are put back.
 */
export interface Rerun {
  readonly run: ReportRun;
  readonly differences: readonly string[];
  readonly restored: readonly string[];
}

/** A file of a run, read back and checked against its hash. */
export interface OpenedOutput {
  readonly output: ReportOutput;
  readonly bytes: Uint8Array;
}

/** Makes reports, remembers each making, and makes old ones again. */
export interface ReportRuns {
  list(): Promise<readonly ReportRun[]>;
  make(order: ReportOrder): Promise<ReportRun>;
  rerun(runId: string): Promise<Rerun>;
  open(runId: string, format: 'pdf' | 'xlsx'): Promise<OpenedOutput>;
}

/** What the runs of reports stand on; `record` writes an act into stream `hub` within the transaction. */
export interface ReportRunsDeps {
  readonly database: Database;
  readonly target: Connection | string;
  readonly folder: string;
  /** The folder of the keys that bodies lie under, for the worker that reads them; without it none is sealed. */
  readonly recordKeys?: string | undefined;
  readonly entity: string;
  readonly codeVersion: string;
  readonly clock: Clock;
  record(
    tx: Transaction,
    act: { action: string; by: string; target: string; from?: string; after?: Record<string, string> },
  ): Promise<void>;
}

/**
 * The runs of all reports, kept in `folder` and in the database.
 *
 * Shape:  a run is named by report, day and end of its range, so that asking twice for the same records gives the same run.
 *         Making a report is an act on record, so the present day has a new end after it.
 * Errors: `NOT_FOUND` for an unknown report or run or a day without records, `LEDGER_MISMATCH` for a file that was changed.
 */
export function openReportRuns(deps: ReportRunsDeps): ReportRuns {
  return {
    list: () => listReportRuns(deps.database, RUNS_LISTED_MAX),
    make: (order) => makeReport(deps, order),
    rerun: (runId) => rerunReport(deps, runId),
    open: (runId, format) => openOutput(deps, { runId, format }),
  };
}

async function makeReport(deps: ReportRunsDeps, order: ReportOrder): Promise<ReportRun> {
  const { report, day, by, from } = order;
  if (!reports.some(({ id }) => id === report)) throw new KitError('NOT_FOUND', `there is no report ${report}`);
  if (!DAY.test(day)) throw new KitError('COMMAND_INVALID', `${day} is not a day such as 2026-01-05`);
  const range = await leavesOfDay(deps.database, day);
  if (range.end === range.first) {
    throw new KitError('NOT_FOUND', `the hub took no records on ${day}`, {
      hint: 'Choose a day on which an edge was connected.',
    });
  }
  const runId = `${report}-${day}-${range.end}`;
  const known = await readReportRun(deps.database, runId);
  if (known !== undefined) return known;
  const period = `Records that the hub took on ${day} (UTC)`;
  const parameters = { day, period, entity: deps.entity };
  const built = await buildInWorker(deps, {
    report,
    ...range,
    period,
    entity: deps.entity,
    codeVersion: deps.codeVersion,
  });
  const outputs = await writeOutputs(join(deps.folder, runId), `${report}-${day}`, built);
  const run: ReportRun = {
    runId,
    report,
    firstLeaf: range.first,
    endLeaf: range.end,
    parameters,
    dataHash: built.dataHash,
    codeVersion: deps.codeVersion,
    madeAt: instantText(deps.clock.now()),
    madeBy: by,
    outputs,
  };
  await inTransaction(deps.database, async (tx) => {
    // Somebody else made the same run meanwhile: its bytes are the same, and it is on record once.
    if (!(await storeReportRun(tx, run))) return;
    const after = { leaves: `${range.first} to ${range.end - 1}`, dataHash: built.dataHash };
    await deps.record(tx, { action: 'report.made', by, target: runId, after, ...(from === undefined ? {} : { from }) });
  });
  return knownRun(deps, runId);
}

async function rerunReport(deps: ReportRunsDeps, runId: string): Promise<Rerun> {
  const run = await knownRun(deps, runId);
  const { report, firstLeaf: first, endLeaf: end, codeVersion, parameters } = run;
  const period = parameters['period'] ?? '';
  const entity = parameters['entity'] ?? '';
  const built = await buildInWorker(deps, { report, first, end, period, entity, codeVersion });
  const differences = run.outputs.flatMap(({ format, sha256 }) => {
    const again = sha256Of(built.files[format]);
    return again === sha256 ? [] : [`${format}: was ${sha256}, is ${again}`];
  });
  const isSame = differences.length === 0;
  const restored = isSame ? await restoreOutputs(join(deps.folder, runId), run, built) : [];
  const isSameData = built.dataHash === run.dataHash;
  const isSameCode = run.codeVersion === deps.codeVersion;
  return {
    run,
    restored,
    differences: [
      ...(isSameData ? [] : [`records: were ${run.dataHash}, are ${built.dataHash}`]),
      ...(!isSame && !isSameCode ? [`code: was ${run.codeVersion}, is ${deps.codeVersion}`] : []),
      ...differences,
    ],
  };
}

async function restoreOutputs(folder: string, run: ReportRun, { files }: BuiltReport): Promise<readonly string[]> {
  const restored: string[] = [];
  for (const { file, format, sha256 } of run.outputs) {
    const path = join(folder, file);
    if (await isIntact(path, sha256)) continue;
    await writeWhole(path, files[format]);
    restored.push(path);
  }
  return restored;
}

async function isIntact(path: string, sha256: string): Promise<boolean> {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes !== undefined && sha256Of(bytes) === sha256;
}

async function openOutput(
  deps: ReportRunsDeps,
  { runId, format }: { readonly runId: string; readonly format: 'pdf' | 'xlsx' },
): Promise<OpenedOutput> {
  const run = await knownRun(deps, runId);
  const output = run.outputs.find((one) => one.format === format);
  if (output === undefined) throw new KitError('NOT_FOUND', `run ${runId} has no ${format}`);
  const bytes = await readFile(join(deps.folder, runId, output.file)).catch(() => undefined);
  if (bytes !== undefined && sha256Of(bytes) === output.sha256) return { output, bytes };
  const what = bytes === undefined ? 'is not there any more' : 'was changed after it was made';
  throw new KitError('LEDGER_MISMATCH', `${output.file} of run ${runId} ${what}`, {
    hint: `Put it back with "gatehouse report rerun ${runId}".`,
  });
}

async function knownRun(deps: ReportRunsDeps, runId: string): Promise<ReportRun> {
  const run = await readReportRun(deps.database, runId);
  if (run === undefined) throw new KitError('NOT_FOUND', `there is no report run ${runId}`);
  return run;
}

async function writeOutputs(folder: string, name: string, { files }: BuiltReport): Promise<readonly ReportOutput[]> {
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY });
  const formats = ['pdf', 'xlsx'] as const;
  return Promise.all(
    formats.map(async (format) => {
      const bytes = files[format];
      const file = `${name}.${format}`;
      await writeWhole(join(folder, file), bytes);
      return { format, file, sha256: sha256Of(bytes), bytes: bytes.byteLength };
    }),
  );
}

/** A file is there whole or not at all, also where two makings of one run write it at the same time. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const part = besideName(path);
  await mkdir(dirname(path), { recursive: true, mode: OWNER_ONLY_FOLDER });
  await writeFile(part, bytes, { mode: OWNER_ONLY_FILE });
  await rename(part, path);
}

function buildInWorker(deps: ReportRunsDeps, request: BuildRequest): Promise<BuiltReport> {
  const work: ReportWork = { target: deps.target, recordKeys: deps.recordKeys, request };
  const worker = new Worker(new URL('./report-worker.ts', import.meta.url), { workerData: work });
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      reject(new KitError('QUEUE_FULL', `report ${request.report} took longer than ${BUILD_MS_MAX / 60_000} minutes`));
      void worker.terminate();
    }, BUILD_MS_MAX);
    const settle = (finish: () => void) => {
      clearTimeout(late);
      finish();
    };
    worker.once('message', (answer: ReportAnswer) =>
      settle(() => {
        if (answer.kind === 'built') resolve(answer.built);
        else reject(new KitError(answer.code as ErrorCode, answer.message));
      }),
    );
    worker.once('error', (cause) => settle(() => reject(cause)));
    worker.once('exit', () =>
      settle(() => reject(new KitError('INVARIANT_BROKEN', 'the report worker ended without an answer'))),
    );
  });
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
