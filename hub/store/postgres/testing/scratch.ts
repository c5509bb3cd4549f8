import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import postgres, { type Sql } from 'postgres';
import { readPostmasterFile } from '../postmaster-file.ts';
import { isServerProcess } from '../process-table.ts';
import { isGoneWithin } from '../stop-postmaster.ts';

const GONE_MS_MAX = 10_000;

/** What the starter program says of the server that it started. */
interface StarterReport {
  readonly pid?: number;
  readonly adopted?: boolean;
  readonly version?: string;
  readonly connection?: { readonly port: number; readonly password: string };
  readonly failed?: string;
  readonly message?: string;
}

/** A process that started a server. */
export interface Starter {
  readonly child: ChildProcess;
  readonly report: StarterReport;
  stop(): Promise<void>;
}

/** How a starter is run. */
export interface StarterOptions {
  readonly uid?: number;
  readonly gid?: number;
  readonly packageFolder?: string;
}

/** A folder that users without rights can pass, as a data folder's parent has to be. */
export async function makeScratch(): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'gatehouse-postgres-'));
  await chmod(scratch, 0o755);
  return scratch;
}

/** Ends every server below the folder that a failed test left, then removes the folder. Returns how many there were. */
export async function removeScratch(scratch: string): Promise<number> {
  let left = 0;
  for (const name of await readdir(scratch)) {
    const data = join(scratch, name, 'data');
    const file = await readPostmasterFile(data).catch(() => undefined);
    if (file === undefined || !(await isServerProcess(file.pid, file.dataFolder))) continue;
    left += 1;
    process.kill(file.pid, 'SIGQUIT');
    await isGoneWithin(file.pid, GONE_MS_MAX);
  }
  await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  return left;
}

/** Runs the starter program in a process group of its own and waits for its report. */
export async function runStarter(folder: string, options: StarterOptions = {}): Promise<Starter> {
  const { packageFolder, ...identity } = options;
  const program = fileURLToPath(new URL('./starter.ts', import.meta.url));
  const args = [program, folder, ...(packageFolder === undefined ? [] : [packageFolder])];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true, ...identity });
  const [line] = await once(createInterface(child.stdout), 'line');
  const ended = once(child, 'exit');
  return {
    child,
    report: JSON.parse(String(line)) as StarterReport,
    async stop() {
      child.stdin.write('stop\n');
      await ended;
    },
  };
}

/** Runs work on a connection that is closed afterwards. */
export async function withSql<T>(connection: object, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = postgres({ ...connection, max: 4, onnotice: () => undefined });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
