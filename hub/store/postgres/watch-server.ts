import type { ChildProcess } from 'node:child_process';
import { isRunning } from './process-table.ts';

const POLL_MS = 1_000;

/** Called once, with what is known of the cause, when a server ends that nobody stopped. */
export type ExitListener = (reason: string) => void;

/** Watches one server until it ends. */
export interface ServerWatch {
  onExit(listener: ExitListener): void;
  /** The end that follows is wanted and is told to nobody. */
  expectExit(): void;
}

/** Watches a server by its process; one that we started ourselves says at once how it ended. */
export function watchServer(pid: number, child?: ChildProcess): ServerWatch {
  const listeners = new Set<ExitListener>();
  let ended: string | undefined;
  let isExpected = false;

  const end = (reason: string): void => {
    clearInterval(timer);
    if (ended !== undefined || isExpected) return;
    ended = reason;
    for (const listener of listeners) listener(reason);
  };
  const timer = setInterval(() => {
    if (!isRunning(pid)) end(`process ${pid} is gone`);
  }, POLL_MS).unref();
  child?.once('exit', (code, signal) => end(`process ${pid} ended with ${signal ?? `code ${code}`}`));

  return {
    onExit(listener) {
      listeners.add(listener);
      if (ended !== undefined) listener(ended);
    },
    expectExit() {
      isExpected = true;
      clearInterval(timer);
    },
  };
}
