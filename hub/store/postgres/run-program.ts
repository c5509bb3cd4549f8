import { spawn } from 'node:child_process';
import { inheritedVariables } from '../../config.ts';

const OUTPUT_CHARACTERS_MAX = 64_000;

/** The user that the server's programs run as; absent where that is the user of this process. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** One run of a program to its end. */
export interface ProgramRun {
  readonly program: string;
  readonly args: readonly string[];
  readonly user?: ServerUser | undefined;
  readonly cwd?: string;
  readonly timeoutMs: number;
}

/** How a program ended; `code` is null where a signal ended it. */
export interface ProgramResult {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program to its end and collects what it says. Errors: the spawn's own errno error where it cannot run. */
export function runProgram(run: ProgramRun): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(run.program, run.args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: serverEnvironment(),
      timeout: run.timeoutMs,
      windowsHide: true,
      ...identity(run.user),
      ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
    });
    let output = '';
    const collect = (part: string): void => {
      output = (output + part).slice(-OUTPUT_CHARACTERS_MAX);
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** Spawn options that change the user; Node drops the supplementary groups of root along the way. */
export function identity(user: ServerUser | undefined): { readonly uid?: number; readonly gid?: number } {
  return user === undefined ? {} : { uid: user.uid, gid: user.gid };
}

/** The environment of the server: nothing of ours leaks in, and messages are in English so that they can be recognised. */
export function serverEnvironment(): Readonly<Record<string, string>> {
  return { ...inheritedVariables(['PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR']), LC_ALL: 'C' };
}
