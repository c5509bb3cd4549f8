import { scopesOf } from '@gatehouse/compliance/scopes.ts';
import { describeError } from '@gatehouse/shared/errors.ts';
import type { TradingState } from '@gatehouse/shared/schema/decision.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { Journal } from '../journal/journal-types.ts';
import type { Venue } from '../venues/venue.ts';
import type { Book } from './book.ts';
import type { Recorder } from './recorder.ts';

/** A change of trading state that a person or the edge itself asks for. Shape: only ever tightens. */
export interface HaltRequest {
  readonly scope: string;
  readonly state: Exclude<TradingState, 'active'>;
  /** A person's opaque id, or the part of the edge that acts. */
  readonly by: string;
  readonly reason: string;
  readonly at: Instant;
}

/** What a halt reaches. */
export interface HaltingDeps {
  readonly book: Book;
  readonly recorder: Recorder;
  readonly journal: Pick<Journal, 'durable'>;
  readonly venue: Pick<Venue, 'cancel' | 'cancelAll'>;
  readonly sleep: (ms: number) => Promise<void>;
}

/** How long the record of a halt may take before that is an incident itself. Units: milliseconds. */
const HALT_WRITE_MS_MAX = 200;

/**
 * The way to stop: the halt counts in memory first, then its write is started, then orders are cancelled.
 *
 * Shape:  a state that is already tighter is kept. A slow or failed write delays no cancel.
 * Source: RTS 6 Art. 12 (kill functionality); 17 CFR 240.15c3-5(c)(1).
 */
export function createHalting(deps: HaltingDeps): (request: HaltRequest) => Promise<void> {
  const { book, recorder, journal } = deps;

  async function watchWrite(write: Promise<void>): Promise<void> {
    const late = deps.sleep(HALT_WRITE_MS_MAX).then(() => 'late' as const);
    const outcome = await Promise.race([write, late]);
    if (outcome !== 'late') return;
    recorder.stage({
      kind: 'incident',
      body: {
        v: 1,
        code: 'HALT_WRITE_SLOW',
        severity: 'alarm',
        message: `The record of a halt took over ${HALT_WRITE_MS_MAX} ms.`,
      },
    });
    recorder.flush();
    await write;
  }

  return async (request) => {
    const { scope, by, reason, at } = request;
    const state = book.state(scope) === 'halted' ? 'halted' : request.state;
    recorder.stage({ kind: 'kill', body: { v: 1, scope, state, haltEpoch: book.haltEpoch + 1, by, reason, at } });
    const write = startWrite(recorder, journal);
    const cancels = cancelIn(deps, { ...request, state });
    await Promise.all([cancels, write.then(() => journal.durable(recorder.flush())), watchWrite(write)]);
  };
}

function startWrite(recorder: Recorder, journal: Pick<Journal, 'durable'>): Promise<void> {
  try {
    return journal.durable(recorder.flush());
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Reducing leaves what is working; halted takes it all back. */
async function cancelIn({ book, venue }: HaltingDeps, { scope, state }: HaltRequest): Promise<void> {
  if (state !== 'halted') return;
  if (scope === 'firm') {
    await venue.cancelAll();
    return;
  }
  const concerned = book.orders().filter(({ order }) => scopesOf(order).some((one) => one === scope));
  const outcomes = await Promise.allSettled(concerned.map(async ({ order }) => venue.cancel(order.id)));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined)
    throw new Error(`a cancel failed: ${describeError(failed.reason)}`, { cause: failed.reason });
}
