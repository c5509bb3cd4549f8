import { existsSync } from 'node:fs';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { FiledKill } from './filed-kill.ts';
import { fileKill } from './kill-file.ts';
import type { KillProgress, KillVenue } from './kill-types.ts';
import type { OfflineEdge } from './offline-edge.ts';

/** What a kill did without a running edge that answers. Shape: `failures` are sentences for a person, each with its cure. */
export interface OfflineOutcome {
  readonly file: 'written' | 'failed';
  /** `taken-over` where a running edge found the file. */
  readonly journal: 'recorded' | 'taken-over' | 'held' | 'failed';
  readonly progress: KillProgress | undefined;
  readonly failures: readonly string[];
}

/** What a kill without a running edge reaches. */
export interface OfflineKillDeps {
  readonly root: string;
  readonly open: () => Promise<OfflineEdge>;
  /** The venues by themselves, for a kill whose journal cannot be read. */
  readonly venues: () => ReadonlyMap<string, KillVenue>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly monotonicMs: () => number;
}

/** So long a running edge has to find the file. Units: milliseconds. */
const TAKEN_MS_MAX = 3_000;
const TAKEN_LOOK_MS = 25;
/** So long the command itself keeps trying; the next start goes on. Units: milliseconds. */
const WORK_MS_MAX = 20_000;

/**
 * Stops an edge that does not answer: by a file that it finds, or, where none runs, by its journal and its venues.
 *
 * Shape:  the file comes first, since it needs least. Where the file cannot be written, orders are taken back all the same.
 *         Errors: never; what failed is said.
 * Source: RTS 6 Art. 12 (kill functionality).
 */
export async function killOffline(deps: OfflineKillDeps, kill: FiledKill): Promise<OfflineOutcome> {
  const failures: string[] = [];
  const path = await attempt(failures, () => fileKill(deps.root, kill), 'The file of the kill could not be written');
  const file = path === undefined ? 'failed' : 'written';
  let offline: OfflineEdge;
  try {
    offline = await deps.open();
  } catch (error) {
    const journal = await withoutJournal(deps, { error, path, kill }, failures);
    return { file, journal, progress: undefined, failures };
  }
  const progress = await work(deps, offline, kill);
  await attempt(failures, () => offline.close(), 'The journal could not be closed');
  if (kill.level === 'flatten') failures.push('Positions stay open until the edge runs again; its start closes them.');
  if (progress.journal === 'failed') failures.push('The journal did not take the kill.');
  const isRecorded = progress.journal === 'durable';
  return {
    file: progress.file === 'durable' ? 'written' : file,
    journal: isRecorded ? 'recorded' : 'failed',
    progress,
    failures,
  };
}

async function work(deps: OfflineKillDeps, { killSwitch }: OfflineEdge, kill: FiledKill): Promise<KillProgress> {
  // The start finds the file, unless it could not be written.
  const resumed = killSwitch.start().find(({ id }) => id === kill.id);
  const running = resumed ?? killSwitch.kill(kill);
  await Promise.race([Promise.all([running.ended, running.written]), deps.sleep(WORK_MS_MAX)]);
  return running.progress();
}

interface Unopened {
  readonly error: unknown;
  readonly path: string | undefined;
  readonly kill: FiledKill;
}

async function withoutJournal(
  deps: OfflineKillDeps,
  { error, path, kill }: Unopened,
  failures: string[],
): Promise<OfflineOutcome['journal']> {
  if (error instanceof KitError && error.code === 'JOURNAL_LOCKED') {
    if (path !== undefined && (await isTaken(deps, path))) return 'taken-over';
    failures.push(`${describeError(error)} It has not taken the kill over within ${TAKEN_MS_MAX} ms.`);
    return 'held';
  }
  failures.push(`The journal cannot be used: ${describeError(error)}.`);
  await cancelBlindly(deps, kill, failures);
  return 'failed';
}

/** The edge removes the file once the kill is in its own. */
async function isTaken({ sleep, monotonicMs }: OfflineKillDeps, path: string): Promise<boolean> {
  const endsAtMs = monotonicMs() + TAKEN_MS_MAX;
  while (existsSync(path)) {
    if (monotonicMs() > endsAtMs) return false;
    await sleep(TAKEN_LOOK_MS);
  }
  return true;
}

/** Without the journal nobody knows which order is whose, so only a kill of everything at a venue can be carried out. */
async function cancelBlindly(
  { venues, sleep }: OfflineKillDeps,
  { scopes, level }: FiledKill,
  failures: string[],
): Promise<void> {
  if (level === 'pause') return;
  for (const [id, venue] of venues()) {
    const isWhole = scopes.every((scope) => scope === 'firm' || scope === `venue:${id}`);
    if (!isWhole) {
      failures.push(`Orders at ${id} stay: without the journal nobody knows which of them the kill is about.`);
      continue;
    }
    const late = sleep(WORK_MS_MAX).then(() => Promise.reject(new Error('no answer')));
    late.catch(() => {});
    await attempt(failures, () => Promise.race([venue.cancelAll(), late]), `Venue ${id} was not told`);
  }
}

async function attempt<Value>(
  failures: string[],
  act: () => Promise<Value>,
  words: string,
): Promise<Value | undefined> {
  try {
    return await act();
  } catch (error) {
    failures.push(`${words}: ${describeError(error)}`);
    return undefined;
  }
}
