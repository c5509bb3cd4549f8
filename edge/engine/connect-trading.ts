import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ArmedBreaker, compileBreakers } from '@gatehouse/compliance/breaker-set.ts';
import type { ApprovedOrder } from '@gatehouse/compliance/gate.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { type BreakerDeskDeps, createBreakerDesk } from '../breakers/breaker-desk.ts';
import type { Redaction } from '../credentials/redaction.ts';
import { openReconciliation, type Reconciliation } from '../reconcile/open-reconciliation.ts';
import type { Connector, ConnectorDeps, VenueSecret } from '../venues/define-connector.ts';
import type { Book, BookOrder } from './book.ts';
import { contactStanding } from './contact-standing.ts';
import { DEMO_IDENTITY } from './demo-account.ts';
import { createEdgeKill, type EdgeKill, newId, sleepUnless } from './edge-kill.ts';
import { createEngine, type Engine } from './engine.ts';
import { watchByBreakers } from './engine-watch.ts';
import { bootId, openHandOverMarks } from './orders/hand-over-marks.ts';
import { isReached, reachText, type SessionReach } from './orders/reach.ts';
import { workingOrders } from './resume.ts';
import type { EdgeProcess, RunningEdge } from './running-edge.ts';
import { createStatusBoard, refusalOf, type StatusBoard } from './status.ts';
import { venueTerms } from './venue-terms.ts';

/** The most refusals that a watcher is told of in one process; the journal has all. */
const REFUSALS_TOLD_MAX = 200;
/** The note of what was handed over, beside the journal. */
const HANDED_OVER = 'handed-over';

/** How a venue account is opened, and what keeps its secret out of every line. */
export interface VenueAccess {
  readonly secret: () => VenueSecret;
  readonly redact: Redaction;
}

/** What trading is connected to. */
export type TradingParts = Pick<RunningEdge, 'folders' | 'journal' | 'book' | 'contact' | 'governance' | 'facts'> & {
  readonly run: string;
  readonly access?: VenueAccess | undefined;
};
/** What trades, and what stops it. */
export type Trading = Pick<RunningEdge, 'venue' | 'engine' | 'board' | 'breakers' | 'reconciliation'> & EdgeKill;

/** Connects venue, engine, breakers and kill switch with one another. Errors: `CONFIG_INVALID` for settings that the connector cannot use. */
export function connectTrading(edge: EdgeProcess, parts: TradingParts): Trading {
  const { session, clock } = edge;
  const { loaded, connector, strategies, time } = session;
  const { instrument } = loaded;
  const { book, journal, governance, folders } = parts;
  const maySend = (approval: ApprovedOrder): boolean =>
    killSwitch.maySend(approval) && reconciliation?.blockOf(approval.order) === undefined;
  const reach = reachOf(session);
  const canReach = (known: BookOrder): boolean => isReached(known, reach);
  const venue = connectVenue(edge, parts, {
    canReach,
    listener: (event) => {
      engine.hear(event);
      reconciliation?.hear(event);
    },
    mayStillGo: (approval) => maySend(approval) && approval.haltEpoch === book.own.haltEpoch,
  });
  let told = 0;
  const desk = breakersOf(edge, parts, (request) => killSwitch.kill(request));
  const engine: Engine = createEngine({
    ...parts,
    venue,
    instrument,
    clock,
    rules: () => governance.sheets.rulesAt(clock.now()),
    contact: () => parts.contact.facts(),
    maySend,
    canReach,
    marks: openHandOverMarks({ path: join(folders.root, HANDED_OVER), boot: bootId(), approved: approvedIn(book) }),
    identity: DEMO_IDENTITY,
    strategies,
    time,
    // The default replay's venue answers at once and does all that its strategies ask for.
    ...(session.terms === undefined
      ? {}
      : { life: { ...edge, capabilities: connector.capabilities, sleep: sleepUnless } }),
    ...(session.market === undefined ? {} : { market: session.market }),
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
  const reconciliation = reconcileWith(edge, parts, { venue, engine, canReach });
  const board = boardOf(edge, parts);
  return {
    venue,
    engine,
    board,
    killSwitch,
    killFile,
    breakers: desk,
    ...(reconciliation === undefined ? {} : { reconciliation }),
  };
}

/** What is shown of this edge while it runs. */
function boardOf(edge: EdgeProcess, parts: TradingParts): StatusBoard {
  const { contact, governance } = parts;
  const { instrument } = edge.session.loaded;
  return createStatusBoard({
    ...parts,
    edge: edge.config.edge,
    instrument,
    identity: DEMO_IDENTITY,
    contact: () =>
      contactStanding({ facts: contact.facts(), sheet: governance.sheets.held?.sheet, now: edge.clock.now() }),
  });
}

/** The breakers of the sheet in force, over this edge's own records. */
function breakersOf(
  { session, clock }: EdgeProcess,
  { book, governance, facts }: TradingParts,
  kill: BreakerDeskDeps['kill'],
): Trading['breakers'] {
  return createBreakerDesk({
    armed: armedBy(() => governance.sheets.held?.sheet),
    own: book.own,
    files: () => facts.files,
    currency: () => governance.sheets.held?.sheet.currency ?? session.loaded.instrument.currency,
    memory: book.kills,
    clock,
    kill,
  });
}

function connectVenue(
  edge: EdgeProcess,
  { book, access }: TradingParts,
  { canReach, ...hooks }: Pick<ConnectorDeps, 'listener' | 'mayStillGo'> & { canReach(known: BookOrder): boolean },
): ReturnType<Connector['connect']> {
  const { connector, loaded, feeBps, settings } = edge.session;
  return connector.connect({
    instrument: loaded.instrument,
    feeBps,
    working: workingOrders(book, canReach),
    ...hooks,
    services: { ...edge, sleep, log: (line) => edge.log(access === undefined ? line : access.redact(line)) },
    settings,
    ...(access === undefined ? {} : { secret: access.secret }),
  });
}

/** What this session can ask about. Shape: a venue in our own process answers for whatever it was given back. */
function reachOf(session: EdgeProcess['session']): SessionReach {
  const { connector, loaded } = session;
  const { id, venue } = loaded.instrument;
  const isInProcess = connector.capabilities.notFoundIsFinalAfterMs === 0;
  const through = reachText(venueTerms(session, loaded.source.from));
  const place = { venue, account: DEMO_IDENTITY.account, through };
  return isInProcess ? place : { ...place, instrument: id };
}

function approvedIn(book: Pick<Book, 'orders'>): readonly string[] {
  return book.orders().flatMap(({ order, state }) => (state === 'approved' ? [order.id] : []));
}

/** The default replay's venue lives in this process and keeps no books of its own. */
function reconcileWith(
  edge: EdgeProcess,
  { book, journal, folders }: TradingParts,
  { venue, engine, canReach }: Pick<Trading, 'venue' | 'engine'> & { canReach(known: BookOrder): boolean },
): Reconciliation | undefined {
  const { session, clock } = edge;
  if (session.terms === undefined) return undefined;
  const { loaded, connector, settings, time } = session;
  return openReconciliation({
    ...edge,
    root: folders.root,
    book,
    recorder: engine.recorder,
    journal,
    venue,
    connector,
    settings,
    instrument: loaded.instrument,
    account: DEMO_IDENTITY.account,
    canReach,
    hear: (event) => engine.hear(event),
    settle: (order, answer) => engine.settleOne(order, answer),
    clock: time === 'wall' ? clock : { now: () => book.progress.run?.progressAt ?? clock.now() },
    sleep: sleepUnless,
    newId: (prefix) => newId(edge.random, prefix),
    onFailure: (cause) => engine.fail(cause),
  });
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
