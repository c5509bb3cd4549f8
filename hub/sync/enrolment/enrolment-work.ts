import { timingSafeEqual } from 'node:crypto';
import { KitError } from '@gatehouse/shared/errors.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import {
  type EnrolmentEvent,
  type EnrolmentGrant,
  type EnrolmentState,
  nextEnrolmentState,
} from '@gatehouse/shared/schema/enrolment.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { type Instant, instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import type { Ledger } from '../../ledger/append.ts';
import type { HubStream } from '../../ledger/hub-stream.ts';
import type { Act } from '../../people/people-store.ts';
import type { RandomBytes } from '../../people/secret-token.ts';
import { type Database, inTransaction, type Transaction } from '../../store/database.ts';
import {
  type EnrolmentRow,
  lockEnrolments,
  newestActAt,
  overdueEnrolments,
  writeState,
} from '../../store/enrolment-rows.ts';
import type { Authority } from './authority.ts';

/** Where edges reach this hub. Shape: `door` is `https://…`, `broker` is `mqtts://…`. */
export interface HubPlace {
  readonly door: string;
  readonly broker: string;
}

/** What everything about enrolment stands on. Shape: `place` is known once the doors are open. */
export interface EnrolmentDeps {
  readonly database: Database;
  readonly stream: HubStream;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly authority: Authority;
  readonly hubKey: string;
  readonly place: () => HubPlace;
}

/** Who acts, and from where. */
export interface DeviceActor {
  readonly personId: string;
  readonly from: string;
}

/** One transaction over enrolments; while it is open nobody else changes any. */
export interface EnrolmentWork {
  readonly tx: Transaction;
  /** The later of the clock and the newest act: a clock that was set back makes nothing valid again. */
  readonly now: Instant;
  readonly at: string;
  record(act: Act): Promise<void>;
  /** Moves an enrolment by the table. Errors: `STATE_CONFLICT` where the table has no such move. */
  move(row: EnrolmentRow, event: EnrolmentEvent): Promise<EnrolmentState>;
}

const SWEEP_MAX = 100;

/** Does work on enrolments: all of it and its acts are durable, or nothing is. What is overdue is ended before. */
export function inEnrolmentWork<Value>(
  deps: Pick<EnrolmentDeps, 'database' | 'stream' | 'clock'>,
  work: (work: EnrolmentWork) => Promise<Value>,
): Promise<Value> {
  return inTransaction(deps.database, async (tx) => {
    await lockEnrolments(tx);
    const now = await latestOf(tx, deps.clock.now());
    const opened: EnrolmentWork = {
      tx,
      now,
      at: instantText(now),
      record: async (act) => void (await deps.stream.appendAct(tx, act)),
      move: (row, event) => move(tx, row, event),
    };
    await endOverdue(opened);
    return work(opened);
  });
}

async function latestOf(tx: Transaction, now: Instant): Promise<Instant> {
  const newest = await newestActAt(tx);
  const before = newest === undefined ? now : parseInstant(newest);
  return before > now ? before : now;
}

async function move(tx: Transaction, row: EnrolmentRow, event: EnrolmentEvent): Promise<EnrolmentState> {
  const next = nextEnrolmentState(row.state, event);
  if (next === undefined) {
    throw new KitError('STATE_CONFLICT', `the enrolment ${row.enrolmentId} of ${row.edge} is ${row.state}`, {
      hint: 'Somebody else may have decided it, or its time was over; look at the page of devices again.',
    });
  }
  await writeState(tx, row.enrolmentId, next);
  return next;
}

async function endOverdue(work: EnrolmentWork): Promise<void> {
  for (const row of await overdueEnrolments(work.tx, work.at, SWEEP_MAX)) {
    await work.move(row, 'expire');
    await work.record({
      action: 'device.expired',
      by: 'system',
      target: row.edge,
      before: { state: row.state },
      after: { enrolment: row.enrolmentId, state: 'expired' },
    });
  }
}

/** What is stored of a token's secret; nobody guesses 256 random bits, so a fast hash is enough. */
export function secretHashOf(secret: string): string {
  return sha256('gatehouse/enrolment-secret/v1\n', secret).toString('hex');
}

/** Whether a secret is the one of a row; an unknown row takes as long as a known one. */
export function isSecretOf(row: Pick<EnrolmentRow, 'secretHash'> | undefined, secret: string): boolean {
  const given = Buffer.from(secretHashOf(secret), 'hex');
  const known = Buffer.from(row?.secretHash ?? secretHashOf(''), 'hex');
  return timingSafeEqual(given, known) && row !== undefined;
}

/** All that an enrolled edge needs. Errors: `INVARIANT_BROKEN` for an enrolment without a certificate. */
export function grantOf(deps: EnrolmentDeps, certificate: string | null): EnrolmentGrant {
  if (certificate === null) throw new KitError('INVARIANT_BROKEN', 'an enrolment counts and has no certificate');
  return {
    certificate,
    authority: deps.authority.certificatePem,
    broker: deps.place().broker,
    hubKey: deps.hubKey,
  };
}
