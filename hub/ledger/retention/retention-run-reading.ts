import { type KeyClass, keyClassOf } from '@gatehouse/compliance/retention/key-class.ts';
import { monthOf } from '@gatehouse/compliance/retention/target.ts';
import { Identifier } from '@gatehouse/shared/schema/fields.ts';
import { type Database, inTransaction, type Transaction } from '../../store/database.ts';
import { readHead } from '../../store/ledger-rows.ts';
import {
  addToMonth,
  groupLeaves,
  insertSubject,
  lockRetention,
  moveReading,
  namedActs,
} from '../../store/retention-rows.ts';

/** How many leaves one transaction reads. */
export const READ_LEAVES_MAX = 20_000;

/** The classes in which each record's clock runs for the subject that it names. */
export const SUBJECT_CLASSES: ReadonlySet<string> = new Set<KeyClass>(['customer', 'blocked-property', 'filings']);

/** How many transactions of reading one question waits for. */
const STEPS_AHEAD_MAX = 25;

/** Reads the ledger to its end, or a good part of it, in transactions of its own, so that what was read stays read. */
export async function readAhead(database: Database): Promise<void> {
  for (let step = 0; step < STEPS_AHEAD_MAX; step += 1) if (await inTransaction(database, readMore)) return;
}

/** Reads more of the ledger into what is judged; true where nothing was left. Shape: counts each leaf once, whoever reads. */
export async function readMore(tx: Transaction): Promise<boolean> {
  const from = await lockRetention(tx);
  const size = (await readHead(tx))?.size ?? 0;
  const to = Math.min(size, from + READ_LEAVES_MAX);
  if (to > from) {
    await countMonths(tx, { from, to });
    await keepSubjects(tx, { from, to });
    await moveReading(tx, to);
  }
  return to === size;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

async function countMonths(tx: Transaction, range: Range): Promise<void> {
  for (const { kind, action, ...group } of await groupLeaves(tx, range)) {
    await addToMonth(tx, { keyClass: keyClassOf(kind, action), kind, action, ...group });
  }
}

async function keepSubjects(tx: Transaction, range: Range): Promise<void> {
  for (const { leaf, action, target, at } of await namedActs(tx, range)) {
    const keyClass = keyClassOf('act', action);
    if (!SUBJECT_CLASSES.has(keyClass) || !Identifier.safeParse(target).success) continue;
    await insertSubject(tx, { leaf, keyClass, month: monthOf(at), action, subject: target, at });
  }
}
