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
  type TradingStateRow,
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
  readonly tradingStates: Map<string, TradingStateRow>;
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

/** Adds to a running count. */
export function count(work: ProjectionWork, name: string, by = 1): void {
  work.tally.set(name, (work.tally.get(name) ?? 0) + by);
}

/** Loads, in bulk, every row that the entries may touch. */
export async function loadWork(tx: Transaction, entries: readonly ReadableLeaf[]): Promise<ProjectionWork> {
  const touched = touchedBy(entries);
  const [orders, fillIds, positions, cash] = await Promise.all([
    touched.orders.size === 0 ? [] : readOrders(tx, [...touched.orders]),
    touched.fills.size === 0 ? [] : readFillIds(tx, [...touched.fills]),
    touched.positions.size === 0 ? [] : readPositions(tx, [...touched.positions.values()]),
    touched.cash.size === 0 ? [] : readCash(tx, [...touched.cash.values()]),
  ]);
  return {
    ...emptyWork(),
    orders: new Map(orders.map((row) => [row.order_id, { ...row, isTouched: false }])),
    fillIds: new Set(fillIds),
    positions: new Map(positions.map((row) => [pairKey(row.account, row.instrument), row])),
    cash: new Map(cash.map((row) => [pairKey(row.account, row.currency), row])),
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
  const { orderEntries, refusals, fills, incidents, setAside, tally } = work;
  await Promise.all([
    writeOrders(tx, { born, changed, entries: orderEntries, refusals, fills }),
    writeAccounts(tx, accounts),
    writeRegisters(tx, {
      incidents,
      setAside,
      tally,
      sheets: [...work.sheets.values()],
      controlSets: [...work.controlSets.values()],
      tradingStates: [...work.tradingStates.values()],
      runs: [...work.runs.values()],
    }),
  ]);
}

interface Touched {
  readonly orders: Set<string>;
  readonly fills: Set<string>;
  readonly positions: Map<string, readonly [string, string]>;
  readonly cash: Map<string, readonly [string, string]>;
}

function touchedBy(entries: readonly ReadableLeaf[]): Touched {
  const touched: Touched = { orders: new Set(), fills: new Set(), positions: new Map(), cash: new Map() };
  const addPair = (pairs: Touched['cash'], first: string, second: string): void => {
    pairs.set(pairKey(first, second), [first, second]);
  };
  for (const { kind, body } of entries) {
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
  return touched;
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
    tradingStates: new Map(),
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
