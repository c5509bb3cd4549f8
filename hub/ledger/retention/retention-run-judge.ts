import type { FirmFigures } from '@gatehouse/compliance/retention/firm-figures.ts';
import { judgeRecord, type RetentionJudgement } from '@gatehouse/compliance/retention/judge.ts';
import type { JudgedRecord } from '@gatehouse/compliance/retention/scope.ts';
import { type RetentionState, type StandingHold, stateOfAll } from '@gatehouse/compliance/retention/state.ts';
import { type DisposalTarget, targetText } from '@gatehouse/compliance/retention/target.ts';
import type { GivenClockEvent } from '@gatehouse/compliance/retention/terms.ts';
import type { Queries } from '../../store/database.ts';
import { openKeys } from '../../store/disposal-rows.ts';
import { disposedTargets } from '../../store/retention-proposal-rows.ts';
import {
  listEvents,
  type MonthRow,
  readMonth,
  recordsOfSubject,
  type SubjectGroup,
  standingHolds,
  subjectsOfMonth,
} from '../../store/retention-rows.ts';
import { figuresInForce } from './proposals-figures.ts';
import { SUBJECT_CLASSES } from './retention-run-reading.ts';

/** What all targets of a moment are judged on. Units: `now` is a day in UTC. */
export interface JudgingFacts {
  readonly firm: FirmFigures | undefined;
  readonly events: readonly GivenClockEvent[];
  readonly holds: readonly StandingHold[];
  /** What was disposed of, each target with the leaf of its certificate. */
  readonly disposed: ReadonlyMap<string, number>;
  readonly now: string;
}

/** Where a target stands: the strictest of its records. Shape: `keepUntil` is the latest, `mustGoBy` the earliest of theirs. */
export interface JudgedTarget {
  readonly target: DisposalTarget;
  readonly state: RetentionState;
  readonly records: number;
  readonly firstLeaf: number;
  readonly lastLeaf: number;
  readonly keepUntil: string | null;
  readonly mustGoBy: string | null;
  readonly because: readonly string[];
}

/** How many events are remembered; older ones than these no longer start a clock. */
export const EVENTS_MAX = 100_000;

const BECAUSE_MAX = 30;

/** Reads what targets are judged on. Errors: as `figuresInForce`. */
export async function readFacts(tx: Queries, now: string): Promise<JudgingFacts> {
  const inForce = await figuresInForce(tx);
  const [events, holds, disposed] = await Promise.all([
    listEvents(tx, EVENTS_MAX),
    standingHolds(tx),
    disposedTargets(tx),
  ]);
  return { firm: inForce?.figures, events, holds, disposed, now };
}

/** Whether a target was disposed of, and nothing came late for it since. */
export async function isGone(tx: Queries, target: DisposalTarget, { disposed }: JudgingFacts): Promise<boolean> {
  const text = targetText(target);
  if (!disposed.has(text)) return false;
  return target.kind === 'subject' || (await openKeys(tx, text)).length === 0;
}

/** Judges all records of a target; undefined where it has none. */
export async function judgeTarget(
  tx: Queries,
  target: DisposalTarget,
  facts: JudgingFacts,
): Promise<JudgedTarget | undefined> {
  const rows = target.kind === 'subject' ? await rowsOfSubject(tx, target.subject) : await rowsOfPeriod(tx, target);
  const judged = rows.map((row) => ({ row, judgement: judgeRow(row.record, facts) }));
  const state = stateOfAll(judged.map(({ judgement }) => judgement.state));
  if (state === undefined) return undefined;
  const deciding = judged.filter(({ judgement }) => judgement.state === state);
  return {
    target,
    state,
    records: rows.reduce((sum, row) => sum + row.records, 0),
    firstLeaf: Math.min(...rows.map(({ record }) => record.first)),
    lastLeaf: Math.max(...rows.map(({ record }) => record.last)),
    keepUntil: latest(judged.map(({ judgement }) => judgement)),
    mustGoBy: earliest(judged.map(({ judgement }) => judgement)),
    because: [...new Set(deciding.flatMap(({ judgement }) => judgement.because))].slice(0, BECAUSE_MAX),
  };
}

/** What is left of a subject whose key was destroyed says nothing of anybody, so no maximum counts for it any more. */
function judgeRow(record: JudgedRecord, { disposed, ...facts }: JudgingFacts): RetentionJudgement {
  const judgement = judgeRecord({ ...facts, record });
  const certificate = record.subject === undefined ? undefined : disposed.get(subjectTarget(record.subject));
  if (certificate === undefined || record.last > certificate || judgement.state === 'held') return judgement;
  const because = [`What it said of ${record.subject} was disposed of; leaf ${certificate} is the certificate.`];
  return { ...judgement, state: 'may-go', mustGoBy: null, because };
}

function subjectTarget(subject: string): string {
  return targetText({ kind: 'subject', subject });
}

interface JudgedRow {
  readonly record: JudgedRecord;
  readonly records: number;
}

async function rowsOfSubject(tx: Queries, subject: string): Promise<readonly JudgedRow[]> {
  const group = await recordsOfSubject(tx, 'customer', subject);
  return group === undefined ? [] : [subjectRow(group)];
}

async function rowsOfPeriod(
  tx: Queries,
  { class: keyClass, month }: DisposalTarget & { readonly kind: 'period' },
): Promise<readonly JudgedRow[]> {
  const months = await readMonth(tx, keyClass, month);
  if (!SUBJECT_CLASSES.has(keyClass)) return months.map(monthRow);
  const groups = await subjectsOfMonth(tx, keyClass, month);
  const named = groups.reduce((sum, { records }) => sum + records, 0);
  const counted = months.reduce((sum, { records }) => sum + records, 0);
  // Records that name no subject have no clock of their own, so they wait with the whole month.
  const unnamed = counted > named ? months.map((row) => ({ ...monthRow(row), records: counted - named })) : [];
  return [...groups.map(subjectRow), ...unnamed];
}

function monthRow({ kind, action, lastAt, firstLeaf, lastLeaf, records }: MonthRow): JudgedRow {
  return { record: { kind, action, at: lastAt, first: firstLeaf, last: lastLeaf }, records };
}

function subjectRow({ subject, action, lastAt, firstLeaf, lastLeaf, records }: SubjectGroup): JudgedRow {
  return { record: { kind: 'act', action, at: lastAt, first: firstLeaf, last: lastLeaf, subject }, records };
}

function latest(judgements: readonly RetentionJudgement[]): string | null {
  const days = judgements.map(({ keepUntil }) => keepUntil);
  return days.includes(null) ? null : (days.toSorted().at(-1) ?? null);
}

function earliest(judgements: readonly RetentionJudgement[]): string | null {
  return judgements.flatMap(({ mustGoBy }) => (mustGoBy === null ? [] : [mustGoBy])).toSorted()[0] ?? null;
}
