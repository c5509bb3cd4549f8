import { type ChildProcess, spawn } from 'node:child_process';
import type { LogFile } from './log-file.ts';

const RESTARTS_MAX = 5;
const RESTART_WINDOW_MS = 120_000;
/** The first pause; where something outside is down, each further one is twice as long, up to the longest. */
const RESTART_PAUSE_MS = 500;
const RESTART_PAUSE_MS_MAX = 30_000;
const STOP_WAIT_MS = 30_000;

/** Exit codes after which starting again cannot help: done, bad input, findings that a person must see. */
const FINAL_EXITS: ReadonlySet<number> = new Set([0, 2, 3]);
/** Something outside is down, and may be back later. */
const OUTSIDE_EXIT = 4;

/** What a watched process is, and who hears about it. */
export interface Watch {
  readonly name: string;
  readonly script: string;
  /** For the runtime itself. */
  readonly flags?: readonly string[];
  readonly args: readonly string[];
  /** Added to our own environment; an undefined one is kept from the process. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: LogFile;
  onMessage(message: unknown): void;
  /** Whether it has worked before: what refuses at its first start is not tried again. */
  hasWorked(): boolean;
  /** Whether it is tried again even at its first start where something outside is down, such as a venue. */
  readonly waitsForOutside?: boolean;
  /** Shape: `said` is the line in which the process itself gave its reason, where it could. */
  onRestart(reason: string, said: string | undefined): void;
  /** Called once, when the process has ended and is not started again. */
  onEnd(exit: number, said: string | undefined): void;
}

/** A process that is started again when it dies, within bounds. */
export interface Watched {
  readonly pid: number | undefined;
  send(message: object): void;
  stop(): Promise<void>;
}

/**
 * Runs a process of ours in its own group, so that Ctrl-C reaches it only through us and in order.
 *
 * Shape: a crash is answered by a restart, at most five in two minutes; a refusal (exit 2 or 3, any at the first
 *        start but one for which something outside is waited for) is final.
 */
export function watch(watch: Watch): Watched {
  return new WatchedProcess(watch);
}

class WatchedProcess implements Watched {
  readonly #watch: Watch;
  readonly #restarts: number[] = [];
  #child: ChildProcess;
  #stopping = false;
  #outsideCount = 0;
  #said: string | undefined;
  readonly #ended: Promise<void>;
  #markEnded: () => void = () => {};

  constructor(watch: Watch) {
    this.#watch = watch;
    this.#ended = new Promise((resolve) => {
      this.#markEnded = resolve;
    });
    this.#child = this.#spawn();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: object): void {
    if (this.#child.connected) this.#child.send(message);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_WAIT_MS);
    await this.#ended;
    clearTimeout(force);
  }

  #spawn(): ChildProcess {
    const { script, flags = [], args, env, log, name, onMessage } = this.#watch;
    const child = spawn(process.execPath, [...flags, script, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ...env },
      detached: process.platform !== 'win32',
    });
    child.stdout?.on('data', (chunk: Buffer) => log.write(name, chunk));
    child.stderr?.on('data', (chunk: Buffer) => {
      log.write(name, chunk);
      const lines = chunk.toString('utf8').split('\n');
      this.#said = lines.findLast((line) => line.startsWith(`${name}: `)) ?? this.#said;
    });
    child.on('message', onMessage);
    child.on('error', (error) => log.write(name, Buffer.from(`${error.message}\n`)));
    // Not `exit`, which may come before the last words have been read.
    child.on('close', (code, signal) => this.#exited(code, signal));
    return child;
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    const isOutside = code === OUTSIDE_EXIT;
    const mayStart = this.#watch.hasWorked() || (isOutside && this.#watch.waitsForOutside === true);
    const isRefusal = code !== null && (FINAL_EXITS.has(code) || !mayStart);
    const isFinal = this.#stopping || isRefusal || !this.#mayRestart();
    if (isFinal) {
      this.#markEnded();
      this.#watch.onEnd(code ?? 4, this.#said);
      return;
    }
    const reason = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
    this.#watch.onRestart(reason, this.#said);
    this.#said = undefined;
    this.#outsideCount = isOutside ? this.#outsideCount + 1 : 0;
    const pauseMs = RESTART_PAUSE_MS * 2 ** Math.max(0, this.#outsideCount - 1);
    setTimeout(
      () => {
        if (this.#stopping) this.#markEnded();
        else this.#child = this.#spawn();
      },
      Math.min(pauseMs, RESTART_PAUSE_MS_MAX),
    );
  }

  #mayRestart(): boolean {
    const now = performance.now();
    while (this.#restarts.length > 0 && now - (this.#restarts[0] ?? now) > RESTART_WINDOW_MS) this.#restarts.shift();
    this.#restarts.push(now);
    return this.#restarts.length <= RESTARTS_MAX;
  }
}
