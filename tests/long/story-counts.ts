import { sheetOnRecord } from '@gatehouse/compliance/sheet-document.ts';
import { bodyColumns } from '@gatehouse/hub/store/body-columns.ts';
import type { Database } from '@gatehouse/hub/store/database.ts';
import { LimitsBody } from '@gatehouse/shared/schema/bodies.ts';
import { DecisionBody } from '@gatehouse/shared/schema/decision.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { ageMs, type Instant } from '@gatehouse/shared/values/instant.ts';
import { withDatabase } from '../faults/firm-facts.ts';
import { type Policy, SECOND } from './story-firm.ts';

/** How often something arrived. */
export interface Arrivals {
  /** Entries of the second edge up to its head: how many there are, and how many numbers stand twice. */
  readonly entries: number;
  readonly newest: number;
  readonly double: number;
  /** How often each edge has the sheet in force on record, by edge. */
  readonly sheets: Readonly<Record<string, number>>;
  readonly kills: Readonly<Record<string, number>>;
  /** What each edge has on record of the command: once received, once applied. */
  readonly commands: Readonly<Record<string, number>>;
}

/** What is looked for. Shape: `number` is that of the sheet, `kill` the id of the command. */
export interface Sought {
  readonly number: number;
  readonly kill: string;
}

/** Counts in the hub's own database. */
export function countArrivals(data: string, { number, kill }: Sought): Promise<Arrivals> {
  return withDatabase(data, async (database) => {
    const [row] = await database<{ entries: number; newest: number; numbers: number }[]>`
      SELECT count(*)::int AS entries, coalesce(max(seq), 0)::int AS newest, count(DISTINCT (epoch, seq))::int AS numbers
      FROM ledger_leaf WHERE edge = ${SECOND}`;
    const countOf = async (kind: string, text: string): Promise<Record<string, number>> => {
      const rows = await database<{ edge: string; body: string }[]>`
        SELECT l.edge, ${bodyColumns(database)} FROM ledger_leaf l JOIN ledger_body b USING (leaf)
        WHERE l.kind = ${kind} AND l.edge <> 'hub' ORDER BY l.edge`;
      const counts: Record<string, number> = {};
      for (const { edge, body } of rows) if (body.includes(text)) counts[edge] = (counts[edge] ?? 0) + 1;
      return counts;
    };
    const { entries = 0, newest = 0, numbers = 0 } = row ?? {};
    return {
      entries,
      newest,
      double: entries - numbers,
      sheets: await countSheets(database, number),
      kills: await countOf('kill', `"id":"${kill}"`),
      commands: await countOf('command', `"id":"${kill}"`),
    };
  });
}

/** How often each edge has accepted the sheet of a number. */
async function countSheets(database: Database, number: number): Promise<Record<string, number>> {
  const rows = await database<{ edge: string; body: string }[]>`
    SELECT l.edge, ${bodyColumns(database)} FROM ledger_leaf l JOIN ledger_body b USING (leaf) WHERE l.kind = 'limits' ORDER BY l.edge`;
  const counts: Record<string, number> = {};
  for (const { edge, body } of rows) {
    const { document } = decode(LimitsBody, JSON.parse(body), 'an accepted sheet');
    if (sheetOnRecord(document).sequence === number) counts[edge] = (counts[edge] ?? 0) + 1;
  }
  return counts;
}

/** What became of the second edge's orders, by what its sheet made of the contact when each was judged. */
export type PolicyCounts = Readonly<Record<'active' | 'reducing' | 'halted', Outcomes>>;

/** Approved and refused orders. Shape: `widened` are the approved ones that could take the position further from zero. */
export interface Outcomes {
  approved: number;
  refused: number;
  widened: number;
}

interface Order {
  readonly side: 'buy' | 'sell';
  readonly quantity: bigint;
}

/**
 * Goes through every decision of the second edge that was judged after a time, by the facts that stand in it.
 *
 * Shape: the position is added up from its own fills, beside all projections.
 */
export function countByPolicy(data: string, { contactMs }: Policy, from: Instant): Promise<PolicyCounts> {
  return withDatabase(data, async (database) => {
    const rows = await database<{ kind: string; body: string }[]>`
      SELECT l.kind, ${bodyColumns(database)} FROM ledger_leaf l JOIN ledger_body b USING (leaf)
      WHERE l.edge = ${SECOND} AND l.kind IN ('intent', 'decision', 'fill') ORDER BY l.epoch, l.seq`;
    const none = (): Outcomes => ({ approved: 0, refused: 0, widened: 0 });
    const counts = { active: none(), reducing: none(), halted: none() };
    const orders = new Map<string, Order>();
    let position = 0n;
    for (const { kind, body } of rows) {
      const read = JSON.parse(body) as Readonly<Record<string, unknown>>;
      if (kind === 'intent') {
        const order = read['order'] as { readonly id: string; readonly side: Order['side']; readonly quantity: string };
        orders.set(order.id, { side: order.side, quantity: BigInt(order.quantity) });
        continue;
      }
      const order = orders.get(`${read['order']}`);
      if (order === undefined) throw new Error(`an order that nobody intended: ${body}`);
      if (kind === 'fill') {
        position += signed({ ...order, quantity: BigInt(`${read['quantity']}`) });
        continue;
      }
      const { facts, outcome } = decode(DecisionBody, read, 'a decision');
      const { contact, wallAt } = facts;
      if (wallAt < from || contact?.lastAt === undefined || contact.leaseTo === undefined) continue;
      const isOld = ageMs(contact.lastAt, wallAt) > contactMs;
      const count = counts[isOld ? 'halted' : wallAt < contact.leaseTo ? 'active' : 'reducing'];
      count[outcome] += 1;
      if (outcome === 'approved' && isWidening(order, position)) count.widened += 1;
    }
    return counts;
  });
}

function signed({ side, quantity }: Order): bigint {
  return side === 'buy' ? quantity : -quantity;
}

/** Whether an order, filled whole, could leave a larger position or one on the other side. */
function isWidening(order: Order, position: bigint): boolean {
  const after = position + signed(order);
  return position === 0n || (position > 0n ? after > position || after < 0n : after < position || after > 0n);
}
