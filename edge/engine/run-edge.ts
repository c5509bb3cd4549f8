import { setTimeout as sleep } from 'node:timers/promises';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { compileRules, controlSet } from '@gatehouse/compliance/rule-set.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { SessionBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { EdgeConfig } from '../config.ts';
import type { LoadedBars } from '../feeds/loaded-bars.ts';
import { openJournal } from '../journal/journal.ts';
import type { Journal, OpenedJournal } from '../journal/journal-types.ts';
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
import { checkKeptAck, connectHub } from './hub-connection.ts';
import { createNoticeDesk, type NoticeDesk } from './notice-desk.ts';
import { runIdOf } from './order-ids.ts';
import { recentWindowMs } from './recent-window.ts';
import { type ReplayOutcome, replay } from './replay.ts';
import { firstBarToDo, workingOrders } from './resume.ts';
import { describeRun, noticeEntry, type Release, startEntries } from './start-entries.ts';
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

/** The records of an edge, before anything works on them. */
interface Records {
  readonly folders: EdgeFolders;
  readonly journal: Journal;
  readonly book: Book;
  readonly notices: NoticeDesk;
}

/** The most refusals that a watcher is told of in one process; the journal has all. */
const REFUSALS_TOLD_MAX = 200;
const DRAIN_MS_MAX = 10_000;
/** The most runs that one journal may hold. */
const RUNS_MAX = 1_000;

type Ending = () => Promise<void>;

/**
 * Runs an edge until it is asked to stop: journal, venue, strategies, gate, records to the hub, commands of this computer.
 *
 * Errors: those of `openJournal`; what the journal fails with while it runs; `JOURNAL_LOST` and `STREAM_FORKED` where the hub
 *         signed for other entries than those here.
 */
export async function runEdge(edge: EdgeProcess): Promise<void> {
  // What was opened is closed again in the other direction, wherever it ends: a thread that stays keeps the process alive.
  const endings: Ending[] = [];
  try {
    await runUntilStopped(edge, endings);
  } finally {
    edge.stop.abort();
    for (const end of endings.toReversed()) await end();
  }
}

async function runUntilStopped(edge: EdgeProcess, endings: Ending[]): Promise<void> {
  const running = await open(edge, endings);
  const { journal, board, engine, folders } = running;
  const broken = Promise.withResolvers<never>();
  // The race that waits for it may not have begun.
  broken.promise.catch(() => {});
  watchJournal(running, broken.reject);
  const socket = await listenLocally(folders.root, (request) => answer(running, request));
  endings.push(() => socket.close());
  const uplink = await connectHub({ ...edge, folders, journal, engine, onContradiction: broken.reject });
  if (uplink !== undefined) endings.push(() => uplink.stop());
  board.watch(uplink);
  const outcome = await Promise.race([trade(running, socket.path), broken.promise]);
  finish(running, outcome);
  const { config, stop } = edge;
  if (outcome === 'completed' && !config.once) await Promise.race([untilStopped(stop.signal), broken.promise]);
  await stopCleanly(running, uplink);
}

async function open(edge: EdgeProcess, endings: Ending[]): Promise<Running> {
  const { config, loaded } = edge;
  const { instrument } = loaded;
  const records = await openRecords(edge, endings);
  const { journal, book } = records;
  await checkKeptAck({ config, ...records });
  const run = runIdOf({ edge: config.edge, sourceHash: loaded.source.sha256, number: config.run });
  const { venue, engine } = connectEngine(edge, { run, journal, book });
  const fillRules = sim.fillRules({ instrument, feeBps: config.feeBps });
  const board = createStatusBoard({ edge: config.edge, run, book, journal, instrument, identity: DEMO_IDENTITY });
  const described = describeRun(run, loaded, fillRules);
  const running = { ...records, edge, venue, engine, board, run: described };
  await recordStart(running, records.notices);
  return running;
}

/** The journal of this edge and what its entries add up to. Shape: `notices` is filled until the engine hears them itself. */
async function openRecords(edge: EdgeProcess, endings: Ending[]): Promise<Records> {
  const { config, credentials, loaded } = edge;
  const folders = edgeFolders(config.data);
  const notices = createNoticeDesk();
  const deps = {
    recentWindowMs: recentWindowMs(credentials.sheet.sheet),
    multiplierOf: () => loaded.instrument.multiplier,
  };
  const opened = await openJournal({
    folder: folders.journal,
    edge: config.edge,
    signer: credentials.signer,
    clock: edge.clock,
    random: edge.random,
    emptyState: createBook(deps).snapshot(),
    onNotice: (notice) => notices.take(notice),
  });
  const { journal } = opened;
  endings.push(() => journal.close());
  for (const notice of opened.notices) notices.take(notice);
  const book = await foldAll(createBook({ ...deps, snapshot: opened.state }), opened);
  return { folders, journal, book, notices };
}

function connectEngine(
  edge: EdgeProcess,
  { run, journal, book }: Pick<Records, 'journal' | 'book'> & { readonly run: string },
): Pick<Running, 'venue' | 'engine'> {
  const { config, credentials, loaded } = edge;
  const { instrument } = loaded;
  const venue = sim.connect({
    instrument,
    feeBps: config.feeBps,
    working: workingOrders(book),
    listener: (event) => engine.hear(event),
  });
  const rules = compileRules({ controls, sheet: credentials.sheet.sheet, sheetHash: credentials.sheet.hash });
  let told = 0;
  const engine: Engine = createEngine({
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
  return { venue, engine };
}

async function foldAll(book: Book, { entries }: OpenedJournal): Promise<Book> {
  for await (const { header, bodyText } of entries) {
    const entry = fromWireBody(header.kind, bodyText);
    if (entry !== undefined) book.fold(entry);
  }
  return book;
}

async function recordStart({ edge, book, engine, journal, run }: Running, notices: NoticeDesk): Promise<void> {
  const before = notices.handOver((notice) => engine.report(noticeEntry(notice)));
  requireRoom(book, run.id);
  const entries = startEntries({
    ...edge,
    book,
    controls: controlSet(controls),
    strategies: STRATEGIES,
    identity: DEMO_IDENTITY,
    deposit: DEMO_DEPOSIT,
    notices: before,
  });
  for (const entry of entries) engine.recorder.stage(entry);
  const known = book.progress.find(run.id);
  const goesOn = book.progress.run?.id === run.id;
  if (!goesOn || known?.isCompleted !== true) {
    const event = known === undefined ? 'run-started' : 'run-resumed';
    engine.recorder.stage({ kind: 'session', body: { v: 1, event, ...edge.release, run } });
  }
  await journal.durable(engine.recorder.flush());
  await engine.settle();
}

/** Every run is remembered for ever, so there cannot be any number of them. */
function requireRoom({ progress }: Book, run: string): void {
  if (progress.find(run) !== undefined || progress.earlier.length + 1 < RUNS_MAX) return;
  throw new KitError('CONFIG_INVALID', `this edge has made ${RUNS_MAX} runs, and each is remembered`, {
    hint: 'Start with another data folder.',
  });
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
