import { canGo } from '@gatehouse/compliance/retention/state.ts';
import { type DisposalTarget, targetText } from '@gatehouse/compliance/retention/target.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { raiseAlarms } from '../../store/alarm-rows.ts';
import { inTransaction, type Transaction } from '../../store/database.ts';
import { listPeriods, listSubjects, lockRetention } from '../../store/retention-rows.ts';
import {
  beginRun,
  countFindings,
  finishRun,
  insertFinding,
  isRunFinished,
  lockRun,
  moveRun,
  type RunRow,
} from '../../store/retention-run-rows.ts';
import { SYSTEM } from './proposals-figures.ts';
import type { RetentionDeps } from './proposals-work.ts';
import { isGone, type JudgedTarget, type JudgingFacts, judgeTarget, readFacts } from './retention-run-judge.ts';
import { readMore } from './retention-run-reading.ts';

/** How many targets one transaction judges. */
const TARGETS_A_STEP = 100;
/** More steps than any ledger of a firm takes; a run that needs more is our fault. */
const STEPS_MAX = 1_000_000;

/** The code of the alarm that records must go, or that nobody has decided about some. */
const RETENTION_WAITS = 'RETENTION_WAITS';

type RunDeps = Pick<RetentionDeps, 'database' | 'appendAct' | 'clock'>;

/**
 * Finds what may go, what must go and what nobody has decided, once a day.
 *
 * Shape:  in steps, each a transaction that says how far it came, so that whoever is killed is followed by another who goes on there;
 *         two at once take turns. The result is one act, in the transaction that finishes the run. False where the day's run had
 *         finished before.
 * Units:  `day` in UTC.
 * Errors: `MESSAGE_MALFORMED` for figures of another release; those of the database.
 */
export async function runRetention(deps: RunDeps, day: string): Promise<boolean> {
  if (await isRunFinished(deps.database, day)) return false;
  await inTransaction(deps.database, (tx) => beginRun(tx, day, instantText(deps.clock.now())));
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const outcome = await inTransaction(deps.database, (tx) => takeStep(deps, tx, day));
    if (outcome !== 'more') return outcome === 'finished';
    // What else the process does has its turn between two steps.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return false;
}

/** One step, under the lock of retention and then of the run; `others` where somebody else has finished it. */
async function takeStep(deps: RunDeps, tx: Transaction, day: string): Promise<'more' | 'finished' | 'others'> {
  await lockRetention(tx);
  const run = await lockRun(tx, day);
  if (run === undefined || run.phase === 'finished') return 'others';
  if (run.phase === 'reading') {
    if (await readMore(tx)) await moveRun(tx, { ...run, phase: 'periods', place: '' });
    return 'more';
  }
  const facts = await readFacts(tx, day);
  const targets = await nextTargets(tx, run);
  for (const target of targets) await judgeOne(tx, { day, target, facts });
  const last = targets.at(-1);
  if (last !== undefined) {
    await moveRun(tx, { ...run, place: placeOf(last), targets: run.targets + targets.length });
    return 'more';
  }
  if (run.phase === 'periods') {
    await moveRun(tx, { ...run, phase: 'subjects', place: '' });
    return 'more';
  }
  await finish(deps, tx, run);
  return 'finished';
}

async function nextTargets(tx: Transaction, { phase, place }: RunRow): Promise<readonly DisposalTarget[]> {
  const page = { after: place, limit: TARGETS_A_STEP };
  if (phase === 'periods') {
    const periods = await listPeriods(tx, page);
    return periods.map(({ keyClass, month }) => ({ kind: 'period', class: keyClass, month }));
  }
  const subjects = await listSubjects(tx, { ...page, keyClass: 'customer' });
  return subjects.map(({ subject }) => ({ kind: 'subject', subject }));
}

function placeOf(target: DisposalTarget): string {
  return target.kind === 'subject' ? target.subject : targetText(target);
}

async function judgeOne(
  tx: Transaction,
  { day, target, facts }: { readonly day: string; readonly target: DisposalTarget; readonly facts: JudgingFacts },
): Promise<void> {
  if (await isGone(tx, target, facts)) return;
  const judged = await judgeTarget(tx, target, facts);
  if (judged === undefined || !isToBeKnown(judged, day)) return;
  const { state, records, firstLeaf, lastLeaf, keepUntil, mustGoBy, because } = judged;
  const finding = { target: targetText(target), state, records, firstLeaf, lastLeaf, keepUntil, mustGoBy, because };
  await insertFinding(tx, day, finding);
}

/** A person has to know what can go, what nobody has decided, and what stays beyond its maximum. */
function isToBeKnown({ state, mustGoBy }: JudgedTarget, day: string): boolean {
  return canGo(state) || state === 'open-question' || (mustGoBy !== null && mustGoBy < day);
}

async function finish({ appendAct, clock }: RunDeps, tx: Transaction, { day, targets }: RunRow): Promise<void> {
  const counts = await countFindings(tx, day);
  const at = instantText(clock.now());
  const found = Object.fromEntries(counts.map((one) => [one.state, `${one.targets} with ${one.records} records`]));
  await finishRun(tx, day, at);
  await appendAct(tx, {
    action: 'retention.run-finished',
    by: SYSTEM,
    target: day,
    after: { judged: `${targets}`, ...found },
  });
  const overdue = counts.filter(({ state }) => state === 'must-go' || state === 'open-question');
  if (overdue.length === 0) return;
  const message = `retention waits for people: ${overdue.map((one) => `${one.targets} in state ${one.state}`).join(', ')}`;
  await raiseAlarms(tx, [{ code: RETENTION_WAITS, severity: 'warning', message }], at);
}
