import { setTimeout } from 'node:timers/promises';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { LogPublisher } from './publish-log.ts';

/** What keeps a log published. */
export interface PublisherRun {
  /** Tells of each commit until the returned function is called. */
  readonly onCommitted: (listener: () => void) => () => void;
  readonly open: () => Promise<LogPublisher>;
  /** Puts an alarm on record; the ledger and its archive contradict each other. */
  readonly alarm: (message: string) => Promise<void>;
  readonly log: (line: string) => void;
  /** The shortest time from one publication to the next. Units: milliseconds. */
  readonly pauseMs?: number;
  /** After how long a publication that failed is tried again. Units: milliseconds. */
  readonly retryMs?: number;
}

/** A log that is kept published. */
export interface RunningPublisher {
  /** The size that is published; 0 until the first time. */
  size(): number;
  /** Ends after the publication that is under way. */
  stop(): Promise<void>;
}

const PAUSE_MS = 1_000;
const RETRY_MS = 15_000;
/** How often the ledger is looked at although no batch came: acts of the hub's own people are entries as well. */
const LOOK_MS = 3_000;

/**
 * Publishes the log some time after each commit, one publication after the other.
 *
 * Shape: a failure stops nothing else; the archive is opened and compared anew at the next try. A contradiction is an alarm,
 *        once for each cause.
 */
export function runPublisher(run: PublisherRun): RunningPublisher {
  const { pauseMs = PAUSE_MS, retryMs = RETRY_MS } = run;
  const stop = new AbortController();
  let publisher: LogPublisher | undefined;
  let trouble: string | undefined;
  let size = 0;
  let isAsked = true;
  let wake: () => void = () => undefined;

  async function publish(): Promise<boolean> {
    try {
      publisher ??= await run.open();
      size = await publisher.publish();
      trouble = undefined;
      return true;
    } catch (error) {
      publisher = undefined;
      await tell(error);
      return false;
    }
  }

  async function tell(error: unknown): Promise<void> {
    const says = describeError(error);
    if (says === trouble) return;
    trouble = says;
    run.log(`the log could not be published: ${says}`);
    const isContradiction = error instanceof KitError && error.treatment.exit === 3;
    if (isContradiction) await run.alarm(says).catch((cause: unknown) => run.log(describeError(cause)));
  }

  async function keepPublished(): Promise<void> {
    while (!stop.signal.aborted) {
      if (!isAsked) await Promise.race([new Promise<void>((resolve) => (wake = resolve)), pause(LOOK_MS)]);
      isAsked = false;
      const isDone = await publish();
      isAsked ||= !isDone;
      await pause(isDone ? pauseMs : retryMs);
    }
  }

  async function pause(delayMs: number): Promise<void> {
    await setTimeout(delayMs, undefined, { signal: stop.signal }).catch(() => undefined);
  }

  const ask = (): void => {
    isAsked = true;
    wake();
  };
  const forget = run.onCommitted(ask);
  const working = keepPublished();
  return {
    size: () => size,
    async stop() {
      forget();
      stop.abort();
      ask();
      await working;
    },
  };
}
