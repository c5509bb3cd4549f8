import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { Ack } from '@gatehouse/shared/journal/ack.ts';
import type { Journal } from '../journal/journal-types.ts';
import type { KillSwitch } from '../kill/kill-switch.ts';
import type { KillProgress } from '../kill/kill-types.ts';
import type { TakenBack } from '../kill/take-back.ts';
import { sleepUnless } from './edge-kill.ts';
import type { Engine } from './engine.ts';

/** What a contradiction between the journal and the hub's signature meets in a running edge. */
export interface ContradictionDeps {
  readonly engine: Pick<Engine, 'recorder'>;
  readonly killSwitch: Pick<KillSwitch, 'kill'>;
  readonly journal: Pick<Journal, 'head'>;
  readonly log: (line: string) => void;
  /** Hears of it once the halt is in force, orders were taken back as far as they could be, and what remains was said. */
  readonly onContradiction: (error: KitError) => void;
  /** So long orders are taken back before the process ends. Units: milliseconds. */
  readonly msMax?: number;
}

/** Units: milliseconds. */
const TAKE_BACK_MS_MAX = 20_000;

/** Halts once: the hub repeats its ack, and one incident says it all. */
export function createContradiction(deps: ContradictionDeps): (kind: 'lost' | 'forked', ack: Ack) => void {
  let isKnown = false;
  return (kind, ack) => {
    if (isKnown) return;
    isKnown = true;
    void endBy(contradictionOf(kind, ack, deps.journal), deps);
  };
}

/** The error of a journal that holds something else than what the hub signed for. */
export function contradictionOf(kind: 'lost' | 'forked', ack: Ack, { head }: Pick<Journal, 'head'>): KitError {
  const what = kind === 'lost' ? 'entries that are missing here' : 'other entries than those here';
  const message = `the hub signed for ${what}: up to ${ack.seq}, and the journal ends at ${head.seq}`;
  return new KitError(kind === 'lost' ? 'JOURNAL_LOST' : 'STREAM_FORKED', message, {
    hint: 'Keep the data folder; fetch the records from the hub before this edge trades again.',
  });
}

/** Whether an error says that the records of edge and hub are not the same. */
export function isContradiction(error: unknown): boolean {
  return error instanceof KitError && (error.code === 'JOURNAL_LOST' || error.code === 'STREAM_FORKED');
}

/** What became of the orders at each venue, for the log. */
export function linesOf(venues: readonly Pick<TakenBack, 'venue' | 'sent' | 'remaining' | 'isDone' | 'failure'>[]) {
  return venues.map(({ venue, sent, remaining, isDone, failure }) => {
    if (isDone) return `${venue}: ${sent} orders asked back, none remains`;
    const why = failure === undefined ? '' : ` (${failure})`;
    return `ALARM ORDERS_REMAIN: ${venue}: ${sent} orders asked back, ${remaining} may remain${why}; call the venue and have it cancel them`;
  });
}

async function endBy(error: KitError, deps: ContradictionDeps): Promise<void> {
  const { engine, killSwitch, log, onContradiction, msMax = TAKE_BACK_MS_MAX } = deps;
  const over = new AbortController();
  try {
    const { code, message, hint } = error;
    engine.recorder.stage({ kind: 'incident', body: { v: 1, code, severity: 'alarm', message, hint } });
    const kill = killSwitch.kill({ scopes: ['firm'], level: 'cancel', by: 'edge-uplink', reason: message });
    // A disk that hangs, or a venue that never answers, must not keep the process alive.
    await Promise.race([Promise.all([kill.written, kill.ended]), sleepUnless(msMax, over.signal)]);
    for (const line of linesOf(venuesOf(kill.progress()))) log(line);
  } catch (cause) {
    log(`ALARM ORDERS_REMAIN: orders could not be taken back: ${describeError(cause)}`);
  } finally {
    over.abort();
    onContradiction(error);
  }
}

function venuesOf({ venues }: KillProgress): Parameters<typeof linesOf>[0] {
  return venues;
}
