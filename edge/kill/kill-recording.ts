import { describeError } from '@gatehouse/shared/errors.ts';
import type { EntryBody, IncidentBody } from '@gatehouse/shared/schema/bodies.ts';
import type { KillDeps, Writing } from './kill-types.ts';

/** A write that was begun, and how it stands. Shape: `settled` never rejects. */
export interface Write {
  readonly state: Writing;
  readonly settled: Promise<void>;
}

/** The way by which a kill says what happens, whatever state the disk is in. */
export interface KillRecording {
  /** Puts an entry on record; what the journal refuses is kept with the recorder. Errors: those of a fold, and only they. */
  stage(entry: EntryBody): void;
  /** Hands everything staged to the journal, if it takes it. Errors: never. */
  flushQuietly(): void;
  /** Begins to make everything staged durable and watches that it does. */
  flush(what: string): Write;
  /** Tells people and the journal. Errors: never. */
  alarm(incident: Pick<IncidentBody, 'code' | 'message'> & Partial<Pick<IncidentBody, 'severity' | 'hint'>>): void;
  /** Watches a write that somebody else has begun. */
  watch(what: string, write: Promise<void>): Write;
}

/** How long the record of a kill may take before that is an incident itself. Units: milliseconds. */
export const KILL_WRITE_MS_MAX = 200;
const MESSAGE_LENGTH_MAX = 2_000;

/** A recording over a recorder that may fail at any time. */
export function createKillRecording(deps: Pick<KillDeps, 'recorder' | 'journal' | 'sleep' | 'onAlarm'>): KillRecording {
  const { recorder, journal } = deps;

  function alarm({ severity = 'alarm', ...rest }: Parameters<KillRecording['alarm']>[0]): void {
    const body: IncidentBody = { v: 1, ...rest, severity, message: rest.message.slice(0, MESSAGE_LENGTH_MAX) };
    quietly(() => deps.onAlarm(body));
    quietly(() => recorder.stage({ kind: 'incident', body }));
    quietly(() => recorder.flush());
  }

  function watch(what: string, write: Promise<void>): Write {
    let state: Writing = 'under-way';
    const over = new AbortController();
    const settled = write.then(
      () => {
        state = 'durable';
        over.abort();
      },
      (error: unknown) => {
        state = 'failed';
        over.abort();
        alarm({ code: 'HALT_WRITE_FAILED', message: `${what} could not be written: ${describeError(error)}.` });
      },
    );
    void deps.sleep(KILL_WRITE_MS_MAX, over.signal).then(() => {
      if (state === 'under-way') {
        alarm({ code: 'HALT_WRITE_SLOW', message: `${what} takes longer than ${KILL_WRITE_MS_MAX} ms to be written.` });
      }
    });
    return {
      get state() {
        return state;
      },
      settled,
    };
  }

  return {
    stage: (entry) => recorder.stage(entry),
    flushQuietly: () => quietly(() => recorder.flush()),
    flush: (what) =>
      watch(
        what,
        begun(() => journal.durable(recorder.flush())),
      ),
    alarm,
    watch,
  };
}

/** A journal that refuses at once fails like one that fails later. */
function begun(write: () => Promise<void>): Promise<void> {
  try {
    return write();
  } catch (error) {
    return Promise.reject(error);
  }
}

/** An alarm must reach whom it can and stop nobody. */
function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // The halt stands in memory and in its file; that the journal takes nothing is an alarm of its own.
  }
}
