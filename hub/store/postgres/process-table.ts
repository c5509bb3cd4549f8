import { readFileSync } from 'node:fs';
import { errnoOf } from './folder-failure.ts';
import { runProgram } from './run-program.ts';

const LOOKUP_MS_MAX = 10_000;

/** True while the process runs; one that ended and waits to be collected by its parent does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
    if (errnoOf(error) !== 'EPERM') throw error;
  }
  return process.platform !== 'linux' || !isZombie(pid);
}

/**
 * True when the process runs and is, by its command, a PostgreSQL server of the data folder.
 *
 * Process numbers are used again after a restart, so a living process proves nothing by itself. Only Linux shows
 * commands without rewriting them; elsewhere the program's name has to do.
 */
export async function isServerProcess(pid: number, dataFolder: string): Promise<boolean> {
  if (!isRunning(pid)) return false;
  const command = await commandOf(pid);
  return /postgres/i.test(command) && (process.platform !== 'linux' || command.split('\0').includes(dataFolder));
}

function isZombie(pid: number): boolean {
  const status = readProc(pid, 'stat');
  // The state follows the program's name, which is in parentheses and may itself hold any character.
  return status === '' || status.slice(status.lastIndexOf(')') + 2).startsWith('Z');
}

async function commandOf(pid: number): Promise<string> {
  if (process.platform === 'linux') return readProc(pid, 'cmdline');
  const [program, args] =
    process.platform === 'win32'
      ? ['tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH']]
      : ['ps', ['-o', 'command=', '-p', `${pid}`]];
  return (await runProgram({ program: String(program), args: [...args], timeoutMs: LOOKUP_MS_MAX })).output;
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return '';
    throw error;
  }
}
