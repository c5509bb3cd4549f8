import { setTimeout as delay } from 'node:timers/promises';
import { KitError } from '@gatehouse/shared/errors.ts';
import { errnoOf } from './folder-failure.ts';
import { isRunning } from './process-table.ts';
import { runProgram } from './run-program.ts';
import type { ServerTree } from './server-tree.ts';

const POLL_MS = 20;
const SIGNAL_MS_MAX = 10_000;

// The fast way ends all sessions and writes a checkpoint; the immediate one leaves the rest to recovery.
const STEPS = [
  { signal: 'SIGINT', waitMsMax: 60_000 },
  { signal: 'SIGQUIT', waitMsMax: 15_000 },
] as const;

/** Ends a server and waits until it is gone. Errors: `DATABASE_UNREACHABLE` when it does not go. */
export async function stopPostmaster(pid: number, tree: ServerTree): Promise<void> {
  for (const { signal, waitMsMax } of STEPS) {
    if (!isRunning(pid)) return;
    await send(pid, signal, tree);
    if (await isGoneWithin(pid, waitMsMax)) return;
  }
  throw new KitError('DATABASE_UNREACHABLE', `the database server, process ${pid}, does not stop`, {
    hint: 'Its disk may hang. End the process by hand; what was committed is recovered at the next start.',
  });
}

/** Waits for a process to end; false when the time is over first. */
export async function isGoneWithin(pid: number, waitMsMax: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < waitMsMax; waitedMs += POLL_MS) {
    if (!isRunning(pid)) return true;
    await delay(POLL_MS);
  }
  return !isRunning(pid);
}

async function send(pid: number, signal: 'SIGINT' | 'SIGQUIT', tree: ServerTree): Promise<void> {
  if (process.platform === 'win32') {
    // Windows has no signals: PostgreSQL's own tool delivers them through a pipe of the server.
    const args = ['kill', signal.slice('SIG'.length), `${pid}`];
    await runProgram({ program: tree.program('pg_ctl'), args, timeoutMs: SIGNAL_MS_MAX });
    return;
  }
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}
