import { readCash, readPositions } from '../store/account-rows.ts';
import {
  type ActionRow,
  type AdjustmentRow,
  type BreakRow,
  type EdgeAccountRow,
  type EffectRow,
  type RenameRow,
  readActions,
  readAdjustments,
  readBreaks,
  readEdgeAccounts,
  readEffects,
  readRenames,
} from '../store/book-rows.ts';
import type { Transaction } from '../store/database.ts';
import { type FillRow, readFills } from '../store/order-rows.ts';
import { type CashInWork, cashInWork, namesOf, type PositionInWork, positionInWork } from './account-state.ts';
import { addPair, type Pairs, pairKey } from './pair-key.ts';
import type { ReadableLeaf } from './read-entry.ts';

/** All that a run of entries may go on from, of the books of accounts. */
export interface BooksOnRecord {
  readonly positions: Map<string, PositionInWork>;
  readonly cash: Map<string, CashInWork>;
  readonly fills: Map<string, FillRow>;
  readonly edgeAccounts: Map<string, EdgeAccountRow>;
  readonly renames: RenameRow[];
  readonly actions: Map<string, ActionRow | undefined>;
  readonly effects: Map<string, EffectRow>;
  readonly adjustments: Map<string, AdjustmentRow | undefined>;
  readonly breaks: Map<string, BreakRow>;
}

/** Loads, in bulk, what the entries may touch. */
export async function loadBooks(tx: Transaction, entries: readonly ReadableLeaf[]): Promise<BooksOnRecord> {
  const named = namedBy(entries);
  const [fills, edgeAccounts, renames, actions, effects, adjustments, breaks] = await Promise.all([
    unlessEmpty(named.changedFills, (ids) => readFills(tx, ids)),
    unlessEmpty(named.actingEdges, (edges) => readEdgeAccounts(tx, edges)),
    unlessEmpty(named.bookingEdges, (edges) => readRenames(tx, edges)),
    unlessEmpty(named.actions.values(), (pairs) => readActions(tx, pairs)),
    unlessEmpty(named.actionIds, (ids) => readEffects(tx, ids)),
    unlessEmpty(named.adjustments.values(), (pairs) => readAdjustments(tx, pairs)),
    unlessEmpty(named.breaks.values(), (pairs) => readBreaks(tx, pairs)),
  ]);
  const byFill = new Map(fills.map((row) => [row.fill_id, row]));
  const concerned = concernedBy(entries, { fills: byFill, edgeAccounts, renames });
  const [positions, cash] = await Promise.all([
    unlessEmpty(concerned.positions.values(), (pairs) => readPositions(tx, pairs)),
    unlessEmpty(concerned.cash.values(), (pairs) => readCash(tx, pairs)),
  ]);
  return {
    positions: new Map(positions.map((row) => [pairKey(row.account, row.instrument), positionInWork(row)])),
    cash: new Map(cash.map((row) => [pairKey(row.account, row.currency), cashInWork(row)])),
    fills: byFill,
    edgeAccounts: new Map(edgeAccounts.map((row) => [pairKey(row.edge, row.account), row])),
    renames: [...renames],
    actions: new Map(actions.map(({ edge, action_id }) => [pairKey(edge, action_id), undefined])),
    effects: new Map(effects.map((row) => [pairKey(row.action_id, row.account), row])),
    adjustments: new Map(adjustments.map(({ edge, adjustment_id }) => [pairKey(edge, adjustment_id), undefined])),
    breaks: new Map(breaks.map((row) => [pairKey(row.edge, row.break_id), row])),
  };
}

/** What is asked for is listed; where nothing is, the server is not asked. */
export async function unlessEmpty<Key, Row>(
  keys: Iterable<Key>,
  read: (keys: readonly Key[]) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const list = [...keys];
  return list.length === 0 ? [] : read(list);
}

interface Named {
  readonly changedFills: Set<string>;
  /** Edges that recorded a corporate action, and those that booked anything. */
  readonly actingEdges: Set<string>;
  readonly bookingEdges: Set<string>;
  readonly actions: Pairs;
  readonly actionIds: Set<string>;
  readonly adjustments: Pairs;
  readonly breaks: Pairs;
}

function namedBy(entries: readonly ReadableLeaf[]): Named {
  const named: Named = {
    changedFills: new Set(),
    actingEdges: new Set(),
    bookingEdges: new Set(),
    actions: new Map(),
    actionIds: new Set(),
    adjustments: new Map(),
    breaks: new Map(),
  };
  for (const { kind, body, edge } of entries) {
    if (kind === 'fill' || kind === 'fill-change' || kind === 'corporate-action') named.bookingEdges.add(edge);
    if (kind === 'fill-change') named.changedFills.add(body.fill);
    if (kind === 'adjustment') addPair(named.adjustments, edge, body.id);
    if (kind === 'break') addPair(named.breaks, edge, body.id);
    if (kind !== 'corporate-action') continue;
    named.actingEdges.add(edge);
    named.actionIds.add(body.id);
    addPair(named.actions, edge, body.id);
  }
  return named;
}

interface Known {
  readonly fills: ReadonlyMap<string, FillRow>;
  readonly edgeAccounts: readonly EdgeAccountRow[];
  readonly renames: readonly RenameRow[];
}

interface Concerned {
  readonly positions: Pairs;
  readonly cash: Pairs;
}

function concernedBy(entries: readonly ReadableLeaf[], known: Known): Concerned {
  const concerned: Concerned = { positions: new Map(), cash: new Map() };
  // New names of these entries count for those behind them too.
  const renames = [...known.renames, ...entries.flatMap(renameIn)];
  const accounts = accountsByEdge(entries, known.edgeAccounts);
  for (const entry of entries) concern(concerned, entry, { fills: known.fills, renames, accounts });
  return concerned;
}

type Around = Pick<Known, 'fills' | 'renames'> & { readonly accounts: ReadonlyMap<string, ReadonlySet<string>> };

function concern(concerned: Concerned, entry: ReadableLeaf, { fills, renames, accounts }: Around): void {
  const { kind, body, edge } = entry;
  const position = (account: string, instrument: string): void => {
    for (const name of namesOf(renames, edge, instrument)) addPair(concerned.positions, account, name);
  };
  if (kind === 'fill') {
    position(body.account, body.instrument);
    addPair(concerned.cash, body.account, body.currency);
    if (body.feeCurrency !== undefined) addPair(concerned.cash, body.account, body.feeCurrency);
  }
  const fill = kind === 'fill-change' ? fills.get(body.fill) : undefined;
  if (fill !== undefined) {
    position(fill.account, fill.instrument);
    addPair(concerned.cash, fill.account, fill.currency);
    if (fill.fee_currency !== null) addPair(concerned.cash, fill.account, fill.fee_currency);
  }
  if (kind === 'cash') addPair(concerned.cash, body.account, body.currency);
  if (kind === 'adjustment') {
    addPair(concerned.cash, body.account, body.change.currency);
    if (body.change.kind === 'position') position(body.account, body.change.instrument);
  }
  if (kind === 'valuation') for (const { instrument } of body.positions) position(body.account, instrument);
  if (kind !== 'corporate-action') return;
  for (const account of accounts.get(edge) ?? []) {
    position(account, body.instrument);
    if (body.action.kind === 'rename') position(account, body.action.into);
    if (body.action.kind === 'dividend') addPair(concerned.cash, account, body.action.currency);
  }
}

function renameIn({ kind, body, edge }: ReadableLeaf): readonly RenameRow[] {
  if (kind !== 'corporate-action' || body.action.kind !== 'rename') return [];
  return [{ edge, instrument: body.instrument, into: body.action.into, at: '' }];
}

function accountsByEdge(entries: readonly ReadableLeaf[], rows: readonly EdgeAccountRow[]) {
  const accounts = new Map<string, Set<string>>();
  const add = (edge: string, account: string): void => {
    const known = accounts.get(edge) ?? new Set();
    accounts.set(edge, known.add(account));
  };
  for (const { edge, account } of rows) add(edge, account);
  for (const { kind, body, edge } of entries) {
    if (kind === 'intent') add(edge, body.order.account);
    if (kind === 'cash' || kind === 'adjustment') add(edge, body.account);
  }
  return accounts;
}
