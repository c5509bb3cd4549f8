import { KitError } from '@gatehouse/shared/errors.ts';
import type { EntryKind } from '@gatehouse/shared/schema/bodies.ts';
import type { Alarm } from '../store/alarm-rows.ts';
import { inSavepoint, isDataFault, type Transaction } from '../store/database.ts';
import { projectCash, projectFill, projectValuation } from './project-accounts.ts';
import { projectAdjustment, projectBreak, projectCorporateAction, projectFillChange } from './project-books.ts';
import { projectCommand } from './project-commands.ts';
import { projectFacts, projectOverride, projectTrust } from './project-governance.ts';
import { projectKill, projectKillReport, projectRelease } from './project-halts.ts';
import { projectDecision, projectIntent, projectOrder } from './project-orders.ts';
import { projectControls, projectIncident, projectLimits, projectSession, projectVenue } from './project-registers.ts';
import { count, loadWork, type ProjectionWork, type Projector, writeWork } from './projection-work.ts';
import {
  isDisposed,
  isReadable,
  type Leaf,
  type ReadableLeaf,
  type ReadLeaf,
  readEntry,
  type UnreadableLeaf,
} from './read-entry.ts';

/** Kinds without a projection of their own are counted and can be read in the ledger. */
const counted = (): undefined => undefined;

const projectors: { readonly [Kind in EntryKind]: Projector<Kind> } = {
  intent: projectIntent,
  decision: projectDecision,
  order: projectOrder,
  fill: projectFill,
  cash: projectCash,
  valuation: projectValuation,
  session: projectSession,
  venue: projectVenue,
  limits: projectLimits,
  controls: projectControls,
  kill: projectKill,
  'kill-report': projectKillReport,
  release: projectRelease,
  override: projectOverride,
  trust: projectTrust,
  facts: projectFacts,
  incident: projectIncident,
  'fill-change': projectFillChange,
  'corporate-action': projectCorporateAction,
  break: projectBreak,
  adjustment: projectAdjustment,
  marks: counted,
  algorithm: counted,
  command: projectCommand,
  lease: counted,
  trigger: counted,
  clock: counted,
  epoch: counted,
  snapshot: counted,
  act: counted,
};

/**
 * Folds leaves, in order, into the tables that pages read; returns the alarms that they give cause for.
 *
 * Shape: what was disposed of is counted and left out. What cannot be read or folded is set aside with its reason and never stops
 *        what comes after it. Where the server
 *        refuses the rows of a run, the run is halved until the one leaf is found that it refuses.
 */
export function projectLeaves(tx: Transaction, leaves: readonly Leaf[]): Promise<readonly Alarm[]> {
  return projectRead(tx, leaves.map(readEntry));
}

/** The same for leaves that were read before. */
export function projectRead(tx: Transaction, read: readonly ReadLeaf[]): Promise<readonly Alarm[]> {
  return projectRun(tx, read);
}

async function projectRun(tx: Transaction, run: readonly ReadLeaf[]): Promise<readonly Alarm[]> {
  if (run.length === 0) return [];
  try {
    return await inSavepoint(tx, (part) => foldRun(part, run));
  } catch (error) {
    if (!isDataFault(error) || !(error instanceof Error)) throw error;
    const [only] = run;
    if (run.length === 1 && only !== undefined) return foldRun(tx, [unreadable(only, error.message)]);
    const half = Math.ceil(run.length / 2);
    const first = await projectRun(tx, run.slice(0, half));
    return [...first, ...(await projectRun(tx, run.slice(half)))];
  }
}

async function foldRun(tx: Transaction, run: readonly ReadLeaf[]): Promise<readonly Alarm[]> {
  const work = await loadWork(tx, run.filter(isReadable));
  const strange: UnreadableLeaf[] = [];
  for (const entry of run) {
    count(work, 'entries');
    if (isDisposed(entry)) continue;
    const reason = isReadable(entry) ? project(work, entry) : entry.reason;
    if (reason !== undefined) strange.push(unreadable(entry, reason));
  }
  work.setAside.push(...strange.map(({ leaf, reason }) => ({ leaf, reason })));
  await writeWork(tx, work);
  return [...work.alarms, ...setAsideAlarms(strange)];
}

function project(work: ProjectionWork, entry: ReadableLeaf): string | undefined {
  // The table pairs each kind with its own projector, which the type of an indexed call cannot say.
  const projector = projectors[entry.kind] as Projector<EntryKind>;
  try {
    return projector(work, entry);
  } catch (error) {
    if (error instanceof KitError) return error.message;
    throw error;
  }
}

/** One alarm for each edge, whatever it sent: a flood of strange entries must not become a flood of alarms. */
function setAsideAlarms(strange: readonly UnreadableLeaf[]): readonly Alarm[] {
  const byEdge = Map.groupBy(strange, ({ edge }) => edge);
  return [...byEdge].flatMap(([edge, [first, ...more]]) => {
    if (first === undefined) return [];
    const rest = more.length === 0 ? '' : `, and ${more.length} more up to leaf ${more.at(-1)?.leaf}`;
    const message = `leaf ${first.leaf}: ${first.reason}${rest}`;
    return [{ code: 'ENTRY_SET_ASIDE', severity: 'warning', edge, message, leaf: first.leaf } as const];
  });
}

function unreadable({ leaf, edge }: ReadLeaf, reason: string): UnreadableLeaf {
  return { leaf, edge, reason };
}
