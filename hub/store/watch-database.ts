import { setTimeout as delay } from 'node:timers/promises';

/** What must go on settling while the database answers, and who hears when it does not. */
export interface DatabaseWatch {
  /** Each asks something that ends within moments while the database answers; a refusal is an answer too. */
  readonly probes: readonly (() => Promise<unknown>)[];
  onSilent(): void;
  readonly everyMs?: number;
  readonly answerMsMax?: number;
}

/** How often the database is asked. Units: milliseconds. */
export const PROBE_EVERY_MS = 5_000;

/** How long an answer may take: twice what the server allows a statement. Units: milliseconds. */
export const ANSWER_MS_MAX = 60_000;

/**
 * Asks again and again, and tells once when no answer comes; gives back how to stop.
 *
 * Shape: the probes go through the pool itself, so that slots that the driver lost with their connections count as silence.
 */
export function watchDatabase(watch: DatabaseWatch): () => void {
  const { probes, onSilent, everyMs = PROBE_EVERY_MS, answerMsMax = ANSWER_MS_MAX } = watch;
  let isStopped = false;
  const look = async (): Promise<void> => {
    while (!isStopped) {
      const isAnswered = await settleWithin(probes, answerMsMax);
      if (isStopped) return;
      if (!isAnswered) {
        isStopped = true;
        return onSilent();
      }
      await delay(everyMs, undefined, { ref: false });
    }
  };
  void look();
  return () => {
    isStopped = true;
  };
}

async function settleWithin(probes: DatabaseWatch['probes'], ms: number): Promise<boolean> {
  const late = new AbortController();
  const answered = Promise.allSettled(probes.map((probe) => probe())).then(() => true);
  const silence = delay(ms, false, { signal: late.signal, ref: false }).catch(() => false);
  const isAnswered = await Promise.race([answered, silence]);
  late.abort();
  return isAnswered;
}
