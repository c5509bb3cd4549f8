import {
  type AccountWrites,
  type CashRow,
  type PositionRow,
  readCash,
  readPositions,
  type ValuationRow,
  writeAccounts,
} from '../store/account-rows.ts';
import type { Alarm } from '../store/alarm-rows.ts';
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
  type FillRow,
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
import type { ReadableLeaf } from './read-entry.ts';

/** An order while entries are folded into it. */
export interface OrderInWork extends KnownOrder {
  /** Present where the order was born within these entries. */
  readonly birth?: OrderBirthRow;
  readonly isTouched: boolean;
}

/** The rows that a run of entries touches, while they are folded in memory; keys of pairs are joined by a line break. */
export interface ProjectionWork {
  readonly orders: Map<string, OrderInWork>;
  readonly fillIds: Set<string>;
  readonly positions: Map<string, PositionRow>;
  readonly cash: Map<string, CashRow>;
  readonly valuations: ValuationRow[];
  readonly orderEntries: OrderEntryRow[];
  readonly refusals: RefusalRow[];
  readonly fills: FillRow[];
  readonly incidents: IncidentRow[];
  readonly sheets: Map<string, SheetRow>;
  readonly controlSets: Map<string, ControlSetRow>;
  readonly kills: Map<string, KillRow>;
  readonly killReports: Map<string, KillReportRow>;
  readonly releases: ReleaseNoteRow[];
  readonly tickets: Map<string, TicketRow>;
  readonly trust: Map<string, TrustRow[]>;
  readonly factsFiles: FactsFileRow[];
  readonly factsInUse: FactsInUseRow[];
  /** Instruments as they were before the entries, by edge and id. */
  readonly instruments: Map<string, InstrumentRow>;
  /** Whole registries that the entries brought, by edge. */
  readonly registries: Map<string, ReadonlyMap<string, InstrumentRow>>;
  readonly runs: Map<string, RunRow>;
  readonly setAside: SetAsideRow[];
  readonly tally: Map<string, number>;
  readonly alarms: Alarm[];
}

/** Folds one kind of entry into the work; the reason is returned where it cannot, and then nothing has changed. */
export type Projector<Kind extends ReadableLeaf['kind']> = (
  work: ProjectionWork,
  entry: Extract<ReadableLeaf, { kind: Kind }>,
) => string | undefined;

/** The key of two names in the maps of the work. */
export function pairKey(first: string, second: string): string {
  return `${first}\n${second}`;
}

/** An instrument as the edge's file in force has it; undefined where none names it. */
export function instrumentOf(work: ProjectionWork, edge: string, instrument: string): InstrumentRow | undefined {
  const registry = work.registries.get(edge);
  return registry === undefined ? work.instruments.get(pairKey(edge, instrument)) : registry.get(instrument);
}

/** Adds to a running count. */
export function count(work: ProjectionWork, name: string, by = 1): void {
  work.tally.set(name, (work.tally.get(name) ?? 0) + by);
}

/** Loads, in bulk, every row that the entries may touch. */
export async function loadWork(tx: Transaction, entries: readonly ReadableLeaf[]): Promise<ProjectionWork> {
  const touched = touchedBy(entries);
  const [orders, fillIds, positions, cash, kills, tickets, trust] = await Promise.all([
    unlessEmpty(touched.orders, (ids) => readOrders(tx, ids)),
    unlessEmpty(touched.fills, (ids) => readFillIds(tx, ids)),
    unlessEmpty(touched.positions.values(), (pairs) => readPositions(tx, pairs)),
    unlessEmpty(touched.cash.values(), (pairs) => readCash(tx, pairs)),
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
    positions: new Map(positions.map((row) => [pairKey(row.account, row.instrument), row])),
    cash: new Map(cash.map((row) => [pairKey(row.account, row.currency), row])),
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
    positions: [...work.positions.values()],
    cash: [...work.cash.values()],
    valuations: work.valuations,
  };
  const { orderEntries, refusals, fills, incidents, setAside, tally, releases, factsFiles, factsInUse, registries } =
    work;
  await Promise.all([
    writeOrders(tx, { born, changed, entries: orderEntries, refusals, fills }),
    writeAccounts(tx, accounts),
    writeRegisters(tx, {
      incidents,
      setAside,
      tally,
      sheets: [...work.sheets.values()],
      controlSets: [...work.controlSets.values()],
      runs: [...work.runs.values()],
    }),
    writeHalts(tx, { kills: [...work.kills.values()], reports: [...work.killReports.values()], releases }),
    writeGovernance(tx, {
      tickets: [...work.tickets.values()],
      trust: [...work.trust.values()].flat(),
      factsFiles,
      factsInUse,
      registries,
    }),
  ]);
}

type Pairs = Map<string, readonly [string, string]>;

interface Touched {
  readonly orders: Set<string>;
  readonly fills: Set<string>;
  readonly positions: Pairs;
  readonly cash: Pairs;
  readonly kills: Pairs;
  readonly tickets: Pairs;
  readonly trust: Set<string>;
}

function touchedBy(entries: readonly ReadableLeaf[]): Touched {
  const touched: Touched = {
    orders: new Set(),
    fills: new Set(),
    positions: new Map(),
    cash: new Map(),
    kills: new Map(),
    tickets: new Map(),
    trust: new Set(),
  };
  for (const entry of entries) {
    touchAccounts(touched, entry);
    touchRegisters(touched, entry);
  }
  return touched;
}

function touchAccounts(touched: Touched, { kind, body }: ReadableLeaf): void {
  if (kind === 'intent') touched.orders.add(body.order.id);
  if (kind === 'decision' || kind === 'order' || kind === 'fill') touched.orders.add(body.order);
  if (kind === 'fill') {
    touched.fills.add(body.fill);
    addPair(touched.positions, body.account, body.instrument);
  }
  if (kind === 'fill' || kind === 'cash') addPair(touched.cash, body.account, body.currency);
  if (kind === 'valuation')
    for (const { instrument } of body.positions) addPair(touched.positions, body.account, instrument);
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

function addPair(pairs: Pairs, first: string, second: string): void {
  pairs.set(pairKey(first, second), [first, second]);
}

/** What is asked for is listed; where nothing is, the server is not asked. */
async function unlessEmpty<Key, Row>(
  keys: Iterable<Key>,
  read: (keys: readonly Key[]) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const list = [...keys];
  return list.length === 0 ? [] : read(list);
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
    fills: [],
    incidents: [],
    sheets: new Map(),
    controlSets: new Map(),
    kills: new Map(),
    killReports: new Map(),
    releases: [],
    tickets: new Map(),
    trust: new Map(),
    factsFiles: [],
    factsInUse: [],
    instruments: new Map(),
    registries: new Map(),
    runs: new Map(),
    setAside: [],
    tally: new Map(),
    alarms: [],
  };
}

function changeOf(order: OrderInWork): OrderChangeRow {
  const { order_id, state, filled_quantity, refused_by, multiplier, sheet, controls, leaf } = order;
  return { order_id, state, filled_quantity, refused_by, multiplier, sheet, controls, leaf };
}
