import type { Difference } from '@gatehouse/shared/accounts/reconcile/records.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { BreakBody } from '@gatehouse/shared/schema/bodies.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { ageMs, instantText } from '@gatehouse/shared/values/instant.ts';
import type { BreakDesk } from './break-desk.ts';
import type { ReconcileRequest } from './reconcile-requests.ts';
import type { Reconciler, RunReport } from './reconciler.ts';
import type { StatementReport } from './statement-check.ts';

/** A run as it is answered to another process. */
export interface RunAnswer {
  readonly at: string;
  readonly tookMs: number;
  readonly fetched: number;
  readonly booked: number;
  readonly differences: readonly Difference[];
  readonly waiting: readonly string[];
  readonly found: number;
  readonly resolved: number;
  readonly failure?: string;
}

/** The check of a statement as it is answered to another process. */
export interface StatementAnswer {
  readonly at: string;
  readonly differences: readonly Difference[];
  readonly found: number;
  readonly resolved: number;
  readonly venueSays?: string;
}

/** An open break as it is answered to another process. Units: milliseconds since it was found. */
export type BreakAnswer = ReturnType<typeof breakWire> & { readonly ageMs: number };

/** Answers what this computer's user asks about the books. Errors: those of what is asked; what is recorded is on disk with the answer. */
export type ReconcileCommands = (request: ReconcileRequest) => Promise<JsonValue>;

/** What the commands reach. */
export interface ReconcileCommandsDeps {
  readonly reconciler: Pick<Reconciler, 'run'>;
  readonly desk: BreakDesk;
  readonly check: (text: string) => Promise<StatementReport>;
  /** Resolves once all that was recorded is on disk. */
  readonly durable: () => Promise<void>;
  readonly clock: Pick<Clock, 'now'>;
}

/** The commands over a reconciler and its desk. */
export function createReconcileCommands(deps: ReconcileCommandsDeps): ReconcileCommands {
  return async (request) => {
    const answer = await answerTo(request, deps);
    await deps.durable();
    return JSON.parse(JSON.stringify(answer)) as JsonValue;
  };
}

function answerTo(request: ReconcileRequest, { reconciler, desk, check, clock }: ReconcileCommandsDeps): unknown {
  switch (request.command) {
    case 'reconcile':
      return reconciler.run('asked').then(runAnswer);
    case 'statement-check':
      return check(request.text).then(statementAnswer);
    case 'breaks':
      return desk.list().map((body): BreakAnswer => ({ ...breakWire(body), ageMs: ageMs(body.since, clock.now()) }));
    case 'break-assign':
      return breakWire(desk.assign(request));
    case 'break-explain':
      return breakWire(desk.explain(request));
    case 'break-adjust':
      return breakWire(desk.adjust(request));
  }
}

function runAnswer({ at, tookMs, fetched, booked, differences, waiting, steps, failure }: RunReport): RunAnswer {
  const counts = countsOf(steps);
  const said = failure === undefined ? {} : { failure };
  return { at: instantText(at), tookMs, fetched, booked, differences, waiting, ...counts, ...said };
}

function statementAnswer({ at, differences, steps, venueSays }: StatementReport): StatementAnswer {
  const said = venueSays === undefined ? {} : { venueSays };
  return { at: instantText(at), differences, ...countsOf(steps), ...said };
}

function countsOf(steps: readonly BreakBody[]): { readonly found: number; readonly resolved: number } {
  const found = steps.filter(({ step }) => step === 'found').length;
  return { found, resolved: steps.length - found };
}

function breakWire(body: BreakBody) {
  return encode(BreakBody, body);
}
