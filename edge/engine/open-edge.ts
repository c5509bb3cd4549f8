import { setTimeout as sleep } from 'node:timers/promises';
import { type ArmedBreaker, compileBreakers } from '@gatehouse/compliance/breaker-set.ts';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { controlSet } from '@gatehouse/compliance/rule-set.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { SessionBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { type BreakerDesk, createBreakerDesk, type MarketMoment } from '../breakers/breaker-desk.ts';
import type { EdgeConfig } from '../config.ts';
import { writeDemoFacts } from '../facts/demo-facts.ts';
import { type FactsKeeper, openFacts } from '../facts/facts-keeper.ts';
import { type Governance, type InboxAnswer, openGovernance } from '../governance/governance.ts';
import { openJournal } from '../journal/journal.ts';
import type { Journal } from '../journal/journal-types.ts';
import { sessionFacts } from '../session/session-facts.ts';
import type { TradingSession } from '../session/trading-session.ts';
import type { EdgeMessage } from '../sync/parent-link.ts';
import type { Venue } from '../venues/venue.ts';
import { type Book, createBook } from './book.ts';
import { type Contact, createContact } from './contact.ts';
import { DEMO_IDENTITY } from './demo-account.ts';
import { type EdgeCredentials, type EdgeFolders, edgeFolders } from './edge-files.ts';
import { createEdgeKill, type EdgeKill, sleepUnless } from './edge-kill.ts';
import { createEngine, type Engine } from './engine.ts';
import { watchByBreakers } from './engine-watch.ts';
import { foldJournal } from './fold-journal.ts';
import { checkKeptAck } from './hub-connection.ts';
import { createNoticeDesk, type NoticeDesk } from './notice-desk.ts';
import { openWhenFree } from './open-when-free.ts';
import { runIdOf } from './order-ids.ts';
import { workingOrders } from './resume.ts';
import { describeRun, noticeEntry, type Release, startEntries } from './start-entries.ts';
import { createStatusBoard, refusalOf, type StatusBoard } from './status.ts';

/** What an edge process brings: everything that is not a function of its arguments. */
export interface EdgeProcess {
  readonly config: EdgeConfig;
  readonly credentials: EdgeCredentials;
  readonly session: TradingSession;
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
export interface RunningEdge extends EdgeKill {
  readonly edge: EdgeProcess;
  readonly folders: EdgeFolders;
  readonly journal: Journal;
  readonly book: Book;
  readonly venue: Venue;
  readonly engine: Engine;
  readonly board: StatusBoard;
  readonly contact: Contact;
  readonly governance: Governance;
  readonly facts: FactsKeeper;
  readonly breakers: BreakerDesk;
  readonly run: NonNullable<SessionBody['run']>;
}

/** Closes what was opened, in the other direction. */
export type Ending = () => Promise<void>;

/** The records of an edge, before anything works on them. */
interface Records {
  readonly folders: EdgeFolders;
  readonly journal: Journal;
  readonly book: Book;
  readonly notices: NoticeDesk;
}

/** The most refusals that a watcher is told of in one process; the journal has all. */
const REFUSALS_TOLD_MAX = 200;
const CARRIED = 'What an earlier run left in another instrument is carried at its last price.';
/** The most runs that one journal may hold. */
const RUNS_MAX = 1_000;

/**
 * Opens journal, limits, dated files, venue, gate and kill switch, and puts the start on record.
 *
 * Errors: those of `openJournal`, `openGovernance`, `openFacts`; `JOURNAL_LOST`, `STREAM_FORKED` for a kept ack that the journal
 *         contradicts; `CONFIG_INVALID` where the journal has no room for another run.
 */
export async function openEdge(edge: EdgeProcess, endings: Ending[]): Promise<RunningEdge> {
  const { config, session, clock } = edge;
  const { loaded } = session;
  const records = await openRecords(edge, endings);
  const { book, folders } = records;
  await checkKeptAck({ config, ...records });

  await writeDemoFacts(folders.facts, sessionFacts(session, clock.now()));
  const { keeper: facts, entries: factEntries } = openFacts({ folder: folders.facts, accepted: book.accepted.facts });
  const { place } = edge.credentials;
  const accepted = book.governance.accepted;
  const opened = await openGovernance({ ...config, root: folders.root, place, controls, accepted, at: clock.now() });
  const { governance } = opened;

  const run = runIdOf({ edge: config.edge, sourceHash: loaded.source.sha256, number: config.run });
  const contact = createContact({ hasHub: config.hub !== undefined, keptAck: folders.storedAck, clock });
  const trading = connectTrading(edge, { ...records, run, contact, governance, facts });
  const { engine, board, killSwitch } = trading;
  endings.push(async () => killSwitch.stop());
  endings.push(async () => engine.stop());
  const fillRules = [...session.connector.fillRules({ ...loaded, ...session }), CARRIED];
  const running = {
    ...records,
    ...trading,
    edge,
    contact,
    governance,
    facts,
    run: describeRun(run, loaded, fillRules),
  };
  await recordStart(running, records.notices, [...opened.entries, ...factEntries]);
  await running.venue.open?.();
  await opened.clearInbox();
  for (const answer of opened.inbox) tellInbox(edge, answer);
  await engine.settle();
  for (const kill of killSwitch.start())
    edge.log(`kill ${kill.id} is in force; release it with two people to trade on`);
  running.breakers.onStart(startMoment(running));
  board.watchHalts(() => killSwitch.isHalted);
  return running;
}

/** The journal of this edge and what its entries add up to. Shape: `notices` is filled until the engine hears them itself. */
async function openRecords(edge: EdgeProcess, endings: Ending[]): Promise<Records> {
  const { config, credentials, session } = edge;
  const { instrument } = session.loaded;
  const folders = edgeFolders(config.data);
  const notices = createNoticeDesk();
  const deps = { multiplierOf: () => instrument.multiplier };
  const wait = { root: folders.root, monotonicMs: edge.monotonicMs, signal: edge.stop.signal };
  const opened = await openWhenFree(wait, () =>
    openJournal({
      folder: folders.journal,
      edge: config.edge,
      signer: credentials.signer,
      clock: edge.clock,
      random: edge.random,
      emptyState: createBook(deps).snapshot(),
      onNotice: (notice) => notices.take(notice),
    }),
  );
  const { journal } = opened;
  endings.push(() => journal.close());
  for (const notice of opened.notices) notices.take(notice);
  const book = await foldJournal(createBook({ ...deps, snapshot: opened.state }), opened);
  return { folders, journal, book, notices };
}

type TradingParts = Pick<RunningEdge, 'folders' | 'journal' | 'book' | 'contact' | 'governance' | 'facts'> & {
  readonly run: string;
};
type Trading = Pick<RunningEdge, 'venue' | 'engine' | 'board' | 'breakers'> & EdgeKill;

function connectTrading(edge: EdgeProcess, parts: TradingParts): Trading {
  const { session, clock } = edge;
  const { loaded, connector, strategies, feeBps, time } = session;
  const { instrument } = loaded;
  const { run, book, journal, governance, folders } = parts;
  const venue = connector.connect({
    instrument,
    feeBps,
    working: workingOrders(book),
    listener: (event) => engine.hear(event),
    services: { ...edge, sleep },
    settings: session.settings,
  });
  let told = 0;
  const desk = createBreakerDesk({
    armed: armedBy(() => governance.sheets.held?.sheet),
    own: book.own,
    files: () => parts.facts.files,
    currency: () => governance.sheets.held?.sheet.currency ?? instrument.currency,
    memory: book.kills,
    clock,
    kill: (request) => killSwitch.kill(request),
  });
  const engine: Engine = createEngine({
    ...parts,
    venue,
    instrument,
    clock,
    rules: () => governance.sheets.rulesAt(clock.now()),
    contact: () => parts.contact.facts(),
    maySend: (approval) => killSwitch.maySend(approval),
    identity: DEMO_IDENTITY,
    strategies,
    time,
    // The default replay's venue answers at once and does all that its strategies ask for.
    ...(session.terms === undefined
      ? {}
      : { life: { ...edge, capabilities: connector.capabilities, sleep: sleepUnless } }),
    source: loaded.source.name.slice(-100),
    watch: watchByBreakers(desk, loaded.source.name.slice(-100)),
    onRefused: (decision, bar) => {
      told += 1;
      if (told <= REFUSALS_TOLD_MAX) edge.tell({ type: 'refused', refused: refusalOf(decision, bar) });
    },
  });
  const { killSwitch, killFile } = createEdgeKill({
    ...edge,
    root: folders.root,
    book,
    journal,
    engine,
    venue,
    instrument,
    identity: DEMO_IDENTITY,
    onAlarm: ({ code, message }) => edge.log(`ALARM ${code}: ${message}`),
  });
  const board = createStatusBoard({ edge: edge.config.edge, run, book, journal, instrument, identity: DEMO_IDENTITY });
  return { venue, engine, board, killSwitch, killFile, breakers: desk };
}

/** The breakers of the sheet in force, compiled once for each sheet; one that was accepted compiles. */
function armedBy(sheetOf: () => Sheet | undefined): () => readonly ArmedBreaker[] {
  let sheet: Sheet | undefined;
  let armed: readonly ArmedBreaker[] = [];
  return () => {
    const current = sheetOf();
    if (current !== sheet) {
      sheet = current;
      armed = current === undefined ? [] : compileBreakers(current);
    }
    return armed;
  };
}

/** Where the market stands at a start: where the run was left, or its first bar. */
function startMoment({ book, edge }: RunningEdge): MarketMoment {
  const { bars } = edge.session.loaded;
  const first = bars.bar(0);
  const now = book.progress.run?.progressAt ?? first.openAt;
  return { now, day: book.valuation?.day ?? first.day };
}

async function recordStart(
  { edge, book, engine, journal, run }: RunningEdge,
  notices: NoticeDesk,
  accepted: Parameters<typeof startEntries>[0]['accepted'],
): Promise<void> {
  const before = notices.handOver((notice) => engine.report(noticeEntry(notice)));
  requireRoom(book, run.id);
  const entries = startEntries({
    ...edge,
    book,
    controls: controlSet(controls),
    identity: DEMO_IDENTITY,
    notices: before,
    accepted,
  });
  for (const entry of entries) engine.recorder.stage(entry);
  const known = book.progress.find(run.id);
  const goesOn = book.progress.run?.id === run.id;
  if (!goesOn || known?.isCompleted !== true) {
    const event = known === undefined ? 'run-started' : 'run-resumed';
    engine.recorder.stage({ kind: 'session', body: { v: 1, event, ...edge.release, run } });
  }
  await journal.durable(engine.recorder.flush());
}

function tellInbox({ log }: EdgeProcess, { file, says, problems }: InboxAnswer): void {
  log(`${file}: ${says}`);
  for (const problem of problems) log(`${file}: ${problem}`);
}

/** Every run is remembered for ever, so there cannot be any number of them. */
function requireRoom({ progress }: Book, run: string): void {
  if (progress.find(run) !== undefined || progress.earlier.length + 1 < RUNS_MAX) return;
  throw new KitError('CONFIG_INVALID', `this edge has made ${RUNS_MAX} runs, and each is remembered`, {
    hint: 'Start with another data folder.',
  });
}
