import { setTimeout as sleep } from 'node:timers/promises';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { compileRules, controlSet } from '@gatehouse/compliance/rule-set.ts';
import { describeError, type KitError } from '@gatehouse/shared/errors.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { SessionBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { EdgeConfig } from '../config.ts';
import type { LoadedBars } from '../feeds/loaded-bars.ts';
import { openJournal } from '../journal/journal.ts';
import type { Journal, JournalNotice, OpenedJournal } from '../journal/journal-types.ts';
import { STRATEGIES } from '../strategies/index.ts';
import { type EdgeRequest, listenLocally } from '../sync/local-socket.ts';
import type { EdgeMessage } from '../sync/parent-link.ts';
import type { Uplink } from '../sync/uplink.ts';
import { sim } from '../venues/sim.ts';
import type { Venue } from '../venues/venue.ts';
import { type Book, createBook } from './book.ts';
import { DEMO_DEPOSIT, DEMO_IDENTITY } from './demo-account.ts';
import { type EdgeCredentials, type EdgeFolders, edgeFolders } from './edge-files.ts';
import { createEngine, type Engine } from './engine.ts';
import { fromWireBody } from './entry-wire.ts';
import { connectHub } from './hub-connection.ts';
import { runIdOf } from './order-ids.ts';
import { recentWindowMs } from './recent-window.ts';
import { type ReplayOutcome, replay } from './replay.ts';
import { firstBarToDo, workingOrders } from './resume.ts';
import { describeRun, type Release, startEntries } from './start-entries.ts';
import { createStatusBoard, refusalOf, type StatusBoard } from './status.ts';

/** What an edge process brings: everything that is not a function of its arguments. */
export interface EdgeProcess {
  readonly config: EdgeConfig;
  readonly credentials: EdgeCredentials;
  readonly loaded: LoadedBars;
  readonly release: Release;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly randomUnit: () => number;
  readonly monotonicMs: () => number;
  readonly tell: (message: EdgeMessage) => void;
  readonly log: (line: string) => void;
  /** Aborts when the process is asked to stop. */
  readonly stop: AbortController;
}

/** The parts of a running edge. */
interface Running {
  readonly edge: EdgeProcess;
  readonly folders: EdgeFolders;
  readonly journal: Journal;
  readonly book: Book;
  readonly venue: Venue;
  readonly engine: Engine;
  readonly board: StatusBoard;
  readonly run: NonNullable<SessionBody['run']>;
}

/** The most refusals that a watcher is told of in one process; the journal has all. */
const REFUSALS_TOLD_MAX = 200;
const DRAIN_MS_MAX = 10_000;

/**
 * Runs an edge until it is asked to stop: journal, venue, strategies, gate, records to the hub, commands of this computer.
 *
 * Errors: those of `openJournal`; what the journal fails with while it runs; `JOURNAL_LOST` and `STREAM_FORKED` where the hub
 *         signed for other entries than those here.
 */
export async function runEdge(edge: EdgeProcess): Promise<void> {
  const running = await open(edge);
  const { journal, board, engine, folders } = running;
  const broken = Promise.withResolvers<never>();
  // The race that waits for it may not have begun.
  broken.promise.catch(() => {});
  watchJournal(running, broken.reject);
  const socket = await listenLocally(folders.root, (request) => answer(running, request));
  const uplink = await connectHub({ ...edge, folders, journal, engine, onContradiction: broken.reject });
  board.watch(uplink);
  try {
    const outcome = await Promise.race([trade(running, socket.path), broken.promise]);
    finish(running, outcome);
    const { config, stop } = edge;
    if (outcome === 'completed' && !config.once) await Promise.race([untilStopped(stop.signal), broken.promise]);
    await stopCleanly(running, uplink);
  } finally {
    edge.stop.abort();
    await socket.close();
    await uplink?.stop();
    await journal.close();
  }
}

async function open(edge: EdgeProcess): Promise<Running> {
  const { config, credentials, loaded } = edge;
  const { instrument } = loaded;
  const folders = edgeFolders(config.data);
  const live: JournalNotice[] = [];
  const deps = {
    recentWindowMs: recentWindowMs(credentials.sheet.sheet),
    multiplierOf: () => instrument.multiplier,
  };
  const opened = await openJournal({
    folder: folders.journal,
    edge: config.edge,
    signer: credentials.signer,
    clock: edge.clock,
    random: edge.random,
    emptyState: createBook(deps).snapshot(),
    onNotice: (notice) => live.push(notice),
  });
  const book = await foldAll(createBook({ ...deps, snapshot: opened.state }), opened);
  const { journal } = opened;
  const run = runIdOf({ edge: config.edge, sourceHash: loaded.source.sha256, number: config.run });
  const venue = sim.connect({
    instrument,
    feeBps: config.feeBps,
    working: workingOrders(book),
    listener: (event) => engine.hear(event),
  });
  const rules = compileRules({ controls, sheet: credentials.sheet.sheet, sheetHash: credentials.sheet.hash });
  let told = 0;
  const engine = createEngine({
    run,
    book,
    journal,
    venue,
    rules,
    instrument,
    identity: DEMO_IDENTITY,
    strategies: STRATEGIES,
    source: loaded.source.name.slice(-100),
    sleep,
    onRefused: (decision, bar) => {
      told += 1;
      if (told <= REFUSALS_TOLD_MAX) edge.tell({ type: 'refused', refused: refusalOf(decision, bar) });
    },
  });
  const fillRules = sim.fillRules({ instrument, feeBps: config.feeBps });
  const described = describeRun(run, loaded, fillRules);
  const board = createStatusBoard({ edge: config.edge, run, book, journal, instrument, identity: DEMO_IDENTITY });
  const running = { edge, folders, journal, book, venue, engine, board, run: described };
  await recordStart(running, [...opened.notices, ...live]);
  return running;
}

async function foldAll(book: Book, { entries }: OpenedJournal): Promise<Book> {
  for await (const { header, bodyText } of entries) {
    const entry = fromWireBody(header.kind, bodyText);
    if (entry !== undefined) book.fold(entry);
  }
  return book;
}

async function recordStart(
  { edge, book, engine, journal, run }: Running,
  notices: readonly JournalNotice[],
): Promise<void> {
  const entries = startEntries({
    ...edge,
    book,
    controls: controlSet(controls),
    strategies: STRATEGIES,
    identity: DEMO_IDENTITY,
    deposit: DEMO_DEPOSIT,
    notices,
  });
  for (const entry of entries) engine.recorder.stage(entry);
  const known = book.progress.run;
  const isNew = known === undefined || known.id !== run.id;
  if (isNew || !known.isCompleted) {
    const event = isNew ? 'run-started' : 'run-resumed';
    engine.recorder.stage({ kind: 'session', body: { v: 1, event, ...edge.release, run } });
  }
  await journal.durable(engine.recorder.flush());
  await engine.settle();
}

async function trade(running: Running, socket: string): Promise<ReplayOutcome> {
  const { edge, book, engine, journal, board, run, folders } = running;
  const { bars, source } = edge.loaded;
  const progress = book.progress.run;
  const from = progress?.isCompleted === true ? bars.length : firstBarToDo(bars, progress?.progressAt);
  edge.log(`run ${run.id} over ${source.name}: ${bars.length} bars, from bar ${from + 1}`);
  for (const rule of run.fillRules) edge.log(`rule: ${rule}`);
  edge.tell({
    type: 'ready',
    edge: edge.config.edge,
    run: run.id,
    from,
    bars: bars.length,
    source: source.name,
    fillRules: run.fillRules,
    socket,
    verifierKeyFile: folders.verifierKey,
  });
  board.reach({ done: from, bars: bars.length, day: '' });
  if (from >= bars.length) return 'completed';
  return replay({
    ...edge,
    engine,
    book,
    journal,
    bars,
    from,
    paceSeconds: edge.config.paceSeconds,
    sleep,
    signal: edge.stop.signal,
    onProgress: (reached) => {
      board.reach(reached);
      edge.tell({ type: 'progress', status: board.status() });
    },
  });
}

function finish({ edge, book, engine, board, run }: Running, outcome: ReplayOutcome): void {
  board.end(outcome);
  if (book.progress.run?.isCompleted !== true) {
    const event = outcome === 'completed' ? 'run-completed' : 'run-interrupted';
    engine.recorder.stage({ kind: 'session', body: { v: 1, event, ...edge.release, run } });
    engine.recorder.flush();
  }
  const status = board.status();
  edge.log(
    `run ${run.id} ${outcome}: equity ${status.equity ?? 'not valued'} ${status.currency}, ${JSON.stringify(status.tally)}`,
  );
  edge.tell({ type: 'summary', status });
}

async function stopCleanly({ edge, engine, journal, venue }: Running, uplink: Uplink | undefined): Promise<void> {
  engine.recorder.stage({ kind: 'session', body: { v: 1, event: 'edge-stopped', ...edge.release } });
  await journal.durable(engine.recorder.flush());
  await venue.close();
  if (uplink?.state.connected === true) await uplink.drained(DRAIN_MS_MAX);
}

/** A journal that failed takes nothing any more, so the process ends and the next start verifies it. */
function watchJournal({ journal, engine }: Running, fail: (error: KitError) => void): void {
  journal.onFailure((error) => {
    engine.fail(error);
    fail(error);
  });
}

async function answer({ edge, engine, journal, board }: Running, request: EdgeRequest): Promise<JsonValue> {
  if (request.command === 'status') return JSON.parse(JSON.stringify(board.status()));
  if (request.command === 'stop') {
    edge.stop.abort();
    return { stopping: true };
  }
  const { scope, state, by, reason } = request;
  const id = `C-${Buffer.from(edge.random(12)).toString('hex')}`;
  let note = 'The halt is in force and on record.';
  try {
    await engine.halt({ scope, state, by, reason, at: edge.clock.now() });
  } catch (error) {
    note = `The halt is in force; its record or a cancel failed: ${describeError(error)}.`;
  }
  engine.recorder.stage({ kind: 'command', body: { v: 1, id, name: 'kill', by, result: 'applied', note } });
  await journal.durable(engine.recorder.flush());
  return { id, note, remaining: board.status().openOrders };
}

function untilStopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
