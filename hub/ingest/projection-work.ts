import { type AccountWrites, type ValuationRow, writeAccounts } from '../store/account-rows.ts';
import type { Alarm } from '../store/alarm-rows.ts';
import { type BreakEntryRow, type EdgeAccountRow, type FillChangeRow, writeBooks } from '../store/book-rows.ts';
import { type CommandAnswerRow, writeAnswers } from '../store/command-rows.ts';
import type { Transaction } from '../store/database.ts';
import {
  type FactsFileRow,
  type FactsInUseRow,
  type InstrumentRow,
  readInstruments,
  readTickets,
  readTrust,
  type TicketRow,
  type TrustRow,
  writeGovernance,
} from '../store/governance-rows.ts';
import { type KillReportRow, type KillRow, type ReleaseNoteRow, readKills, writeHalts } from '../store/halt-rows.ts';
import {
  type KnownOrder,
  type OrderBirthRow,
  type OrderChangeRow,
  type OrderEntryRow,
  type RefusalRow,
  readFillIds,
  readOrders,
  writeOrders,
} from '../store/order-rows.ts';
import {
  type ControlSetRow,
  type IncidentRow,
  type RunRow,
  type SetAsideRow,
  type SheetRow,
  writeRegisters,
} from '../store/register-rows.ts';
import { type RunStartRow, type VenueTermsRow, writeVenues } from '../store/venue-rows.ts';
import { cashRow, positionRow } from './account-state.ts';
import { type BooksOnRecord, loadBooks, unlessEmpty } from './load-books.ts';
import { addPair, type Pairs, pairKey } from './pair-key.ts';
import type { ReadableLeaf } from './read-entry.ts';

/** An order while entries are folded into it. */
export interface OrderInWork extends KnownOrder {
  /** Present where the order was born within these entries. */
  readonly birth?: OrderBirthRow;
  readonly isTouched: boolean;
}

/** The rows that a run of entries touches, while they are folded in memory; keys of pairs are joined by a line break. */
export interface ProjectionWork extends BooksOnRecord {
  readonly orders: Map<string, OrderInWork>;
  readonly fillIds: Set<string>;
  readonly breakEntries: BreakEntryRow[];
  readonly fillChanges: FillChangeRow[];
  readonly valuations: ValuationRow[];
  readonly orderEntries: OrderEntryRow[];
  readonly refusals: RefusalRow[];
  readonly incidents: IncidentRow[];
  readonly sheets: Map<string, SheetRow>;
  readonly controlSets: Map<string, ControlSetRow>;
  readonly kills: Map<string, KillRow>;
  readonly killReports: Map<string, KillReportRow>;
  readonly releases: ReleaseNoteRow[];
  /** Answers to commands, by edge and text. */
  readonly answers: Map<string, CommandAnswerRow>;
  readonly tickets: Map<string, TicketRow>;
  readonly trust: Map<string, TrustRow[]>;
  readonly factsFiles: FactsFileRow[];
  readonly factsInUse: FactsInUseRow[];
  /** Instruments as they were before the entries, by edge and id. */
  readonly instruments: Map<string, InstrumentRow>;
  /** Whole registries that the entries brought, by edge. */
  readonly registries: Map<string, ReadonlyMap<string, InstrumentRow>>;
  readonly runs: Map<string, RunRow>;
  readonly runStarts: RunStartRow[];
  readonly venueTerms: VenueTermsRow[];
  readonly setAside: SetAsideRow[];
  readonly tally: Map<string, number>;
  readonly alarms: Alarm[];
}

/** Folds one kind of entry into the work; the reason is returned where it cannot, and then nothing has changed. */
export type Projector<Kind extends ReadableLeaf['kind']> = (
  work: ProjectionWork,
  entry: Extract<ReadableLeaf, { kind: Kind }>,
) => string | undefined;

/** An instrument as the edge's file in force has it; undefined where none names it. */
export function instrumentOf(work: ProjectionWork, edge: string, instrument: string): InstrumentRow | undefined {
  const registry = work.registries.get(edge);
  return registry === undefined ? work.instruments.get(pairKey(edge, instrument)) : registry.get(instrument);
}

/** Adds to a running count. */
export function count(work: ProjectionWork, name: string, by = 1): void {
  work.tally.set(name, (work.tally.get(name) ?? 0) + by);
}

/** An edge has to do with an account. */
export function meetAccount(work: ProjectionWork, row: EdgeAccountRow): void {
  const key = pairKey(row.edge, row.account);
  if (!work.edgeAccounts.has(key)) work.edgeAccounts.set(key, row);
}

/** The accounts that an edge trades in, sorted. */
export function accountsOf(work: ProjectionWork, edge: string): readonly string[] {
  return [...work.edgeAccounts.values()].flatMap((row) => (row.edge === edge ? [row.account] : [])).sort();
}

/** Loads, in bulk, every row that the entries may touch. */
export async function loadWork(tx: Transaction, entries: readonly ReadableLeaf[]): Promise<ProjectionWork> {
  const touched = touchedBy(entries);
  const [orders, fillIds, books, kills, tickets, trust] = await Promise.all([
    unlessEmpty(touched.orders, (ids) => readOrders(tx, ids)),
    unlessEmpty(touched.fills, (ids) => readFillIds(tx, ids)),
    loadBooks(tx, entries),
    unlessEmpty(touched.kills.values(), (pairs) => readKills(tx, pairs)),
    unlessEmpty(touched.tickets.values(), (pairs) => readTickets(tx, pairs)),
    unlessEmpty(touched.trust, (edges) => readTrust(tx, edges)),
  ]);
  const decided = decidedInstruments(entries, orders);
  const instruments = await unlessEmpty(decided.values(), (pairs) => readInstruments(tx, pairs));
  return {
    ...emptyWork(),
    orders: new Map(orders.map((row) => [row.order_id, { ...row, isTouched: false }])),
    fillIds: new Set(fillIds),
    ...books,
    kills: new Map(kills.map((row) => [pairKey(row.edge, row.kill_id), row])),
    tickets: new Map(tickets.map((row) => [pairKey(row.edge, row.ticket), row])),
    trust: Map.groupBy(trust, ({ edge }) => edge),
    instruments: new Map(instruments.map((row) => [pairKey(row.edge, row.instrument), row])),
  };
}

/** Writes the work back, in bulk. */
export async function writeWork(tx: Transaction, work: ProjectionWork): Promise<void> {
  const touched = [...work.orders.values()].filter(({ isTouched }) => isTouched);
  const born = touched.flatMap((order) => (order.birth === undefined ? [] : [{ ...order.birth, ...changeOf(order) }]));
  const changed = touched.filter(({ birth }) => birth === undefined).map(changeOf);
  const accounts: AccountWrites = {
    positions: [...work.positions.values()].map(positionRow),
    cash: [...work.cash.values()].map(cashRow),
    valuations: work.valuations,
  };
  const { orderEntries, refusals, incidents, setAside, tally, releases, factsFiles, factsInUse, registries } = work;
  await Promise.all([
    writeOrders(tx, { born, changed, entries: orderEntries, refusals, fills: [...work.fills.values()] }),
    writeAccounts(tx, accounts),
    writeBooks(tx, {
      fillChanges: work.fillChanges,
      edgeAccounts: [...work.edgeAccounts.values()],
      actions: [...work.actions.values()].filter((row) => row !== undefined),
      effects: [...work.effects.values()],
      adjustments: [...work.adjustments.values()].filter((row) => row !== undefined),
      breaks: [...work.breaks.values()],
      breakEntries: work.breakEntries,
    }),
    writeRegisters(tx, {
      incidents,
      setAside,
      tally,
      sheets: [...work.sheets.values()],
      controlSets: [...work.controlSets.values()],
      runs: [...work.runs.values()],
    }),
    writeVenues(tx, { terms: work.venueTerms, runStarts: work.runStarts }),
    writeHalts(tx, { kills: [...work.kills.values()], reports: [...work.killReports.values()], releases }),
    writeAnswers(tx, [...work.answers.values()]),
    writeGovernance(tx, {
      tickets: [...work.tickets.values()],
      trust: [...work.trust.values()].flat(),
      factsFiles,
      factsInUse,
      registries,
    }),
  ]);
}

interface Touched {
  readonly orders: Set<string>;
  readonly fills: Set<string>;
  readonly kills: Pairs;
  readonly tickets: Pairs;
  readonly trust: Set<string>;
}

function touchedBy(entries: readonly ReadableLeaf[]): Touched {
  const touched: Touched = {
    orders: new Set(),
    fills: new Set(),
    kills: new Map(),
    tickets: new Map(),
    trust: new Set(),
  };
  for (const entry of entries) {
    touchOrders(touched, entry);
    touchRegisters(touched, entry);
  }
  return touched;
}

function touchOrders(touched: Touched, { kind, body }: ReadableLeaf): void {
  if (kind === 'intent') touched.orders.add(body.order.id);
  if (kind === 'decision' || kind === 'order' || kind === 'fill' || kind === 'fill-change')
    touched.orders.add(body.order);
  if (kind === 'fill') touched.fills.add(body.fill);
}

function touchRegisters(touched: Touched, { kind, body, edge }: ReadableLeaf): void {
  if (kind === 'kill') addPair(touched.kills, edge, body.id);
  if (kind === 'kill-report' || kind === 'release') addPair(touched.kills, edge, body.kill);
  if (kind === 'override') addPair(touched.tickets, edge, body.ticket);
  if (kind === 'decision') for (const ticket of body.tickets ?? []) addPair(touched.tickets, edge, ticket);
  if (kind === 'trust') touched.trust.add(edge);
}

/** The instruments of the orders that the entries decide, as the edges name them. */
function decidedInstruments(entries: readonly ReadableLeaf[], known: readonly KnownOrder[]): Pairs {
  const instruments = new Map(known.map(({ order_id, instrument }) => [order_id, instrument]));
  const pairs: Pairs = new Map();
  for (const { kind, body, edge } of entries) {
    if (kind === 'intent') instruments.set(body.order.id, body.order.instrument);
    const instrument = kind === 'decision' ? instruments.get(body.order) : undefined;
    if (instrument !== undefined) addPair(pairs, edge, instrument);
  }
  return pairs;
}

function emptyWork(): ProjectionWork {
  return {
    orders: new Map(),
    fillIds: new Set(),
    positions: new Map(),
    cash: new Map(),
    valuations: [],
    orderEntries: [],
    refusals: [],
    fills: new Map(),
    edgeAccounts: new Map(),
    renames: [],
    actions: new Map(),
    effects: new Map(),
    adjustments: new Map(),
    breaks: new Map(),
    breakEntries: [],
    fillChanges: [],
    incidents: [],
    sheets: new Map(),
    controlSets: new Map(),
    kills: new Map(),
    killReports: new Map(),
    releases: [],
    answers: new Map(),
    tickets: new Map(),
    trust: new Map(),
    factsFiles: [],
    factsInUse: [],
    instruments: new Map(),
    registries: new Map(),
    runs: new Map(),
    runStarts: [],
    venueTerms: [],
    setAside: [],
    tally: new Map(),
    alarms: [],
  };
}

function changeOf(order: OrderInWork): OrderChangeRow {
  const { order_id, state, filled_quantity, refused_by, multiplier, sheet, controls, leaf } = order;
  return { order_id, state, filled_quantity, refused_by, multiplier, sheet, controls, leaf };
}
