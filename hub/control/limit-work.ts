import type { Control } from '@gatehouse/compliance/define-control.ts';
import type { ErrorCode } from '@gatehouse/shared/errors.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import type { Act } from '../people/people-store.ts';
import type { RandomBytes } from '../people/secret-token.ts';
import { type Database, inTransaction, type Transaction } from '../store/database.ts';
import { lockLimits } from '../store/limit-rows.ts';
import type { AppendAct } from '../store/pages/people-store.ts';

/** What the rules for limits stand on. */
export interface LimitDeps {
  readonly database: Database;
  readonly appendAct: AppendAct;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly controls: readonly Control[];
}

/** Who acts, and from where. */
export interface Actor {
  readonly personId: string;
  readonly from: string;
}

/** Why a step is not taken. Shape: `problems` lists every reason. */
export interface StepRefusal {
  readonly kind: 'refused';
  readonly code: Extract<
    ErrorCode,
    'SHEET_REFUSED' | 'DATED_FILE_REFUSED' | 'FORBIDDEN' | 'STATE_CONFLICT' | 'SIGNATURE_INVALID' | 'NOT_FOUND'
  >;
  readonly problems: readonly string[];
  readonly hint: string;
}

/** What became of a step. */
export type Outcome<Value> = { readonly kind: 'done'; readonly value: Value } | StepRefusal;

/** One transaction over limits; while it is open nobody else changes any. */
export interface LimitWork {
  readonly tx: Transaction;
  readonly now: Instant;
  readonly at: string;
  readonly controls: readonly Control[];
  /** The first leaf that was not read for accepted sheets. */
  readonly nextLeaf: number;
  record(act: Act): Promise<void>;
}

const NOTE_LENGTH_MAX = 2_000;

/** Does work on limits, one piece after the other: all of it and its acts are durable, or nothing is. */
export function inLimitWork<Value>(deps: LimitDeps, work: (work: LimitWork) => Promise<Value>): Promise<Value> {
  return inTransaction(deps.database, async (tx) => {
    const nextLeaf = await lockLimits(tx);
    const now = deps.clock.now();
    return work({
      tx,
      now,
      at: instantText(now),
      controls: deps.controls,
      nextLeaf,
      record: async (act) => void (await deps.appendAct(tx, act)),
    });
  });
}

/** What a person tried, for the act that says it was refused. */
export interface Attempt {
  readonly actor: Actor;
  readonly step: string;
  readonly target: string;
}

/** Puts a refused attempt on record. Source: 17 CFR 240.15c3-5(d): who tried to change a limit can be shown. */
export async function recordRefusal(
  work: LimitWork,
  { actor, step, target }: Attempt,
  refusal: StepRefusal,
): Promise<void> {
  await work.record({
    action: 'limits.refused',
    by: actor.personId,
    from: actor.from,
    target,
    after: { step, code: refusal.code },
    note: shortened(refusal.problems.join('; ')),
  });
}

/** A note of an act has a bound; what is longer is cut with a mark. */
export function shortened(note: string): string {
  return note.length <= NOTE_LENGTH_MAX ? note : `${note.slice(0, NOTE_LENGTH_MAX - 1)}…`;
}
