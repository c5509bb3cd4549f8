import { setTimeout as sleep } from 'node:timers/promises';
import type { KitError } from '@gatehouse/shared/errors.ts';
import { listenLocally } from '../sync/local-socket.ts';
import type { Uplink } from '../sync/uplink.ts';
import { beginAtVenue } from './begin-at-venue.ts';
import { connectControl } from './control-link.ts';
import { createEdgeCommands, createEdgeReleasing } from './edge-commands.ts';
import { downlinkAccess, keepAccess } from './hub-access.ts';
import { connectHub } from './hub-connection.ts';
import { tradeLive } from './live.ts';
import { openEdge } from './open-edge.ts';
import { type ReplayOutcome, replay } from './replay.ts';
import { firstBarToDo } from './resume.ts';
import type { EdgeProcess, Ending, RunningEdge } from './running-edge.ts';
import { createVenueClockWatch } from './venue-clock.ts';

const DRAIN_MS_MAX = 10_000;
/** How often dated files and the term of the sheet are looked at. Units: milliseconds. */
const LOOK_MS = 1_000;

/**
 * Runs an edge until it is asked to stop: journal, venue, strategies, gate, records to the hub, commands of this computer.
 *
 * Errors: those of `openEdge`; what the journal fails with while it runs; `JOURNAL_LOST` and `STREAM_FORKED` where the hub
 *         signed for other entries than those here.
 */
export async function runEdge(edge: EdgeProcess): Promise<void> {
  // What was opened is closed again in the other direction, wherever it ends: a thread that stays keeps the process alive.
  const endings: Ending[] = [];
  try {
    await runUntilStopped(edge, endings);
  } finally {
    edge.stop.abort();
    for (const end of endings.toReversed()) await end();
  }
}

async function runUntilStopped(edge: EdgeProcess, endings: Ending[]): Promise<void> {
  const running = await openEdge(edge, endings);
  const { board, folders } = running;
  const broken = Promise.withResolvers<never>();
  // The race that waits for it may not have begun.
  broken.promise.catch(() => {});
  watchJournal(running, broken.reject);
  endings.push(lookAround(running));
  const releasing = createEdgeReleasing(running);
  const answer = createEdgeCommands(running, releasing);
  const socket = await listenLocally(folders.root, answer);
  endings.push(() => socket.close());
  endings.push(keepAccess(edge, running.engine));
  const control = connectControl(running, { releasing, ...downlinkAccess(edge) });
  if (control !== undefined) endings.push(() => control.stop());
  const uplink = await connectHub({ ...edge, ...running, onContradiction: broken.reject, onDown: control?.onDown });
  if (uplink !== undefined) endings.push(() => uplink.stop());
  board.watch(uplink);
  const begun = beginAtVenue(running);
  // It may fail when the race is over.
  begun.catch(() => {});
  const isBegun = await Promise.race([begun, broken.promise]);
  const traded = isBegun ? trade(running, socket.path) : Promise.resolve('interrupted' as const);
  const outcome = await Promise.race([traded, broken.promise]);
  finish(running, outcome);
  const { config, stop } = edge;
  if (outcome === 'completed' && !config.once) await Promise.race([untilStopped(stop.signal), broken.promise]);
  await stopCleanly(running, uplink);
}

/** Changed files and the end of a sheet's term count within a second, whether or not anything is traded. */
function lookAround({ edge, engine, facts, governance, venue }: RunningEdge): Ending {
  const clocks = createVenueClockWatch({ clock: venue.clock?.bind(venue) });
  const look = (): void => {
    const seen = [...facts.look(), ...governance.sheets.look(edge.clock.now()), ...clocks.look()];
    for (const entry of seen) engine.report(entry);
  };
  const timer = setInterval(look, LOOK_MS);
  return async () => clearInterval(timer);
}

async function trade(running: RunningEdge, socket: string): Promise<ReplayOutcome> {
  const { edge, book, engine, journal, board, run, folders } = running;
  const { loaded, live, market } = edge.session;
  const { bars, source } = loaded;
  const progress = book.progress.run;
  const from = progress?.isCompleted === true ? bars.length : firstBarToDo(bars, progress?.progressAt);
  edge.log(`run ${run.id} over ${source.name}: ${bars.length} bars, from bar ${from + 1}`);
  for (const rule of run.fillRules) edge.log(`rule: ${rule}`);
  edge.tell({
    type: 'ready',
    edge: edge.config.edge,
    run: run.id,
    from,
    bars: bars.length,
    source: source.name,
    fillRules: run.fillRules,
    socket,
    verifierKeyFile: folders.verifierKey,
  });
  board.reach({ done: from, bars: bars.length, day: '' });
  if (live !== undefined) {
    return tradeLive({
      ...running,
      feed: live,
      market,
      history: bars,
      signal: edge.stop.signal,
      onBar: (reached) => {
        board.reach(reached);
        edge.tell({ type: 'progress', status: board.status() });
      },
    });
  }
  if (from >= bars.length) return 'completed';
  return replay({
    ...edge,
    engine,
    book,
    journal,
    bars,
    from,
    paceSeconds: edge.config.paceSeconds,
    sleep,
    signal: edge.stop.signal,
    onProgress: (reached) => {
      board.reach(reached);
      edge.tell({ type: 'progress', status: board.status() });
    },
  });
}

function finish({ edge, book, engine, board, run }: RunningEdge, outcome: ReplayOutcome): void {
  board.end(outcome);
  if (book.progress.run?.isCompleted !== true) {
    const event = outcome === 'completed' ? 'run-completed' : 'run-interrupted';
    engine.recorder.stage({ kind: 'session', body: { v: 1, event, ...edge.release, run } });
    engine.recorder.flush();
  }
  const status = board.status();
  edge.log(
    `run ${run.id} ${outcome}: equity ${status.equity ?? 'not valued'} ${status.currency}, ${JSON.stringify(status.tally)}`,
  );
  edge.tell({ type: 'summary', status });
}

async function stopCleanly(
  { edge, engine, journal, killSwitch, venue }: RunningEdge,
  uplink: Uplink | undefined,
): Promise<void> {
  killSwitch.stop();
  engine.recorder.stage({ kind: 'session', body: { v: 1, event: 'edge-stopped', ...edge.release } });
  await journal.durable(engine.recorder.flush());
  engine.stop();
  await venue.close();
  if (uplink?.state.connected === true) await uplink.drained(DRAIN_MS_MAX);
}

/** A journal that failed takes nothing any more, so the process ends and the next start verifies it. */
function watchJournal({ journal, engine, killSwitch }: RunningEdge, fail: (error: KitError) => void): void {
  journal.onFailure((error) => {
    engine.fail(error);
    killSwitch.haltAll(error);
    fail(error);
  });
}

function untilStopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
