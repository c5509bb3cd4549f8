import { KitError } from '@gatehouse/shared/errors.ts';
import { Sentence } from '@gatehouse/shared/schema/fields.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { dayOf, type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import type { Act } from '../../people/people-store.ts';
import type { RandomBytes } from '../../people/secret-token.ts';
import { type Database, inTransaction, type Transaction } from '../../store/database.ts';
import type { AppendAct } from '../../store/pages/people-store.ts';
import { lockRetention } from '../../store/retention-rows.ts';

/** What the rules of retention stand on at the hub. */
export interface RetentionDeps {
  readonly database: Database;
  readonly appendAct: AppendAct;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** Who acts, and from where. */
export interface RetentionActor {
  readonly personId: string;
  readonly from: string;
}

/** One transaction over retention; while it is open nobody else changes any of it. */
export interface RetentionWork {
  readonly tx: Transaction;
  readonly now: Instant;
  readonly at: string;
  /** The present day in UTC. */
  readonly day: string;
  record(act: Act): Promise<void>;
}

const ID_BYTES = 6;

/** Does work on retention, one piece after the other: all of it and its acts are durable, or nothing is. */
export function inRetentionWork<Value>(
  { database, appendAct, clock }: Pick<RetentionDeps, 'database' | 'appendAct' | 'clock'>,
  work: (work: RetentionWork) => Promise<Value>,
): Promise<Value> {
  return inTransaction(database, async (tx) => {
    await lockRetention(tx);
    const now = clock.now();
    const record = async (act: Act): Promise<void> => void (await appendAct(tx, act));
    return work({ tx, now, at: instantText(now), day: dayOf(now), record });
  });
}

/** A new id that begins with letters of ours. */
export function newRetentionId(prefix: 'H' | 'R', random: RandomBytes): string {
  return `${prefix}-${Buffer.from(random(ID_BYTES)).toString('hex')}`;
}

/** Errors: `VALUE_MALFORMED` for a reason that says nothing or too much. */
export function assertReason(reason: string): void {
  if (Sentence.safeParse(reason).success && reason.trim() !== '') return;
  throw new KitError('VALUE_MALFORMED', 'the reason is missing or longer than 2,000 characters', {
    hint: 'Say in a sentence why; it stands in the ledger beside your name.',
  });
}
