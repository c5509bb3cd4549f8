import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { controlSet } from '@gatehouse/compliance/rule-set.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { CREDENTIALS_NAME, openCredentials } from '../credentials/credentials.ts';
import { writeDemoFacts } from '../facts/demo-facts.ts';
import { openFacts } from '../facts/facts-keeper.ts';
import { createHubFileStore } from '../facts/hub-file-store.ts';
import { type InboxAnswer, openGovernance } from '../governance/governance.ts';
import { keepVenueWay } from '../kill/venue-ways.ts';
import { sessionFacts } from '../session/session-facts.ts';
import { sessionRates } from '../session/session-rates.ts';
import type { Book } from './book.ts';
import { connectTrading, type VenueAccess } from './connect-trading.ts';
import { createContact } from './contact.ts';
import { DEMO_IDENTITY } from './demo-account.ts';
import { sleepUnless } from './edge-kill.ts';
import type { NoticeDesk } from './notice-desk.ts';
import { openRecords } from './open-records.ts';
import { runIdOf } from './order-ids.ts';
import type { EdgeProcess, Ending, RunningEdge } from './running-edge.ts';
import { describeRun, noticeEntry, startEntries } from './start-entries.ts';
import type { OrderStanding } from './status.ts';

const CARRIED = 'What an earlier run left in another instrument is carried at its last price.';
/** The most runs that one journal may hold. */
const RUNS_MAX = 1_000;
/** So long an edge that failed waits for its venue to answer. Units: milliseconds. */
const WITHDRAWAL_MS_MAX = 3_000;

/**
 * Opens journal, limits, dated files, gate and kill switch, and puts the start on record; the venue is connected by `beginAtVenue`.
 *
 * Errors: those of `openJournal`, `openGovernance`, `openFacts`; `JOURNAL_LOST`, `STREAM_FORKED` for a kept ack that the journal
 *         contradicts and the hub does not make good; `CONFIG_INVALID` where the journal has no room for another run.
 */
export async function openEdge(edge: EdgeProcess, endings: Ending[]): Promise<RunningEdge> {
  const { config, session, clock } = edge;
  const { loaded } = session;
  const records = await openRecords(edge, endings);
  const { book, folders } = records;

  await writeDemoFacts(folders.facts, sessionFacts(session, clock.now()));
  const rates = sessionRates({ folder: folders.facts, session });
  await rates?.see(loaded.bars.bar(loaded.bars.length - 1));
  const { keeper: facts, entries: factEntries } = openFacts({
    folder: folders.facts,
    accepted: book.accepted.facts,
    hub: {
      store: createHubFileStore(folders.hubFiles),
      marks: book.accepted.hubFiles ?? {},
      now: () => clock.now(),
    },
  });
  const { place } = edge.credentials;
  const accepted = book.governance.accepted;
  const opened = await openGovernance({ ...config, root: folders.root, place, controls, accepted, at: clock.now() });
  const { governance } = opened;

  const run = runIdOf({
    edge: config.edge,
    sourceHash: loaded.source.sha256,
    number: config.run,
    epoch: records.journal.head.epoch,
  });
  const contact = createContact({ hasHub: config.hub !== undefined, keptAck: folders.storedAck, clock });
  const access = secretFor(edge, folders.root);
  const trading = connectTrading(edge, { ...records, run, contact, governance, facts, access });
  const { engine, board, killSwitch } = trading;
  endings.push(() => leaveVenue(trading));
  endings.push(async () => killSwitch.stop());
  endings.push(async () => {
    trading.reconciliation?.stop();
    engine.stop();
  });
  const fillRules = [...session.connector.fillRules({ ...loaded, ...session }), CARRIED];
  const running = {
    ...records,
    ...trading,
    edge,
    contact,
    governance,
    facts,
    rates,
    run: describeRun(run, loaded, fillRules),
  };
  await keepWay(edge, folders.root);
  await recordStart(running, records.notices, [...opened.entries, ...factEntries]);
  await opened.clearInbox();
  for (const answer of opened.inbox) tellInbox(edge, answer);
  board.watchHalts(() => killSwitch.isHalted);
  board.watchOrders(() => standingOf(running));
  return running;
}

/** A connection that is left open keeps the process alive; what a failure asked back is heard out first. */
async function leaveVenue({ engine, venue }: Pick<RunningEdge, 'engine' | 'venue'>): Promise<void> {
  const answered = new AbortController();
  const late = sleepUnless(WITHDRAWAL_MS_MAX, answered.signal);
  await Promise.race([engine.withdrawn, late]);
  answered.abort();
  await venue.close();
}

/** The secret of the session's venue account, looked up with each use. Errors: those of `openCredentials`. */
function secretFor({ session, config, log }: EdgeProcess, root: string): VenueAccess | undefined {
  const { venueAccount, loaded } = session;
  if (venueAccount === undefined) return undefined;
  const passphrase = config.passphraseFile === undefined ? undefined : readPassphrase(config.passphraseFile);
  const { secretOf, warning, redact } = openCredentials({ folder: join(root, CREDENTIALS_NAME), passphrase });
  if (warning !== undefined) log(warning);
  return { secret: secretOf(loaded.instrument.venue, venueAccount), redact };
}

/** A kill without a running edge must find the way to the venue. */
async function keepWay({ session, config }: EdgeProcess, root: string): Promise<void> {
  const { connector, settings, venueAccount, loaded, terms } = session;
  if (terms === undefined) return;
  const { passphraseFile } = config;
  await keepVenueWay(root, {
    connector: connector.id,
    venue: loaded.instrument.venue,
    ...(venueAccount === undefined ? {} : { account: venueAccount }),
    ...(settings === undefined ? {} : { settings }),
    ...(passphraseFile === undefined ? {} : { passphraseFile }),
  });
}

function readPassphrase(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new KitError('CONFIG_INVALID', `the passphrase cannot be read at ${path}: ${describeError(cause)}`, {
      hint: 'Check the path and the rights of the file.',
      cause,
    });
  }
}

function standingOf({ engine, reconciliation }: RunningEdge): OrderStanding {
  const { link } = engine.orders;
  const unresolved = engine.orders.unresolved();
  const held = engine.orders.held();
  return {
    unresolved: unresolved.map(({ order, state, forMs, asked }) => ({ order, state, forMs: Math.round(forMs), asked })),
    held: held.map(({ order, stage, reason }) => ({
      order: order.id,
      stage,
      ...(reason === undefined ? {} : { reason }),
    })),
    ...(link === undefined ? {} : { link: { state: link.state, reason: link.reason } }),
    doubts: [...(reconciliation?.doubts() ?? []), ...[engine.orders.silence].filter((words) => words !== undefined)],
  };
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
