import { STATEMENT_LENGTH_MAX } from '@gatehouse/shared/accounts/reconcile/statement.ts';
import { AdjustmentBody, BreakBody } from '@gatehouse/shared/schema/bodies.ts';
import { Identifier, Sentence } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';

const Cause = BreakBody.shape.cause.unwrap();
const act = { id: Identifier, by: Identifier };

/** What can be asked of a running edge about its books and those of others. */
export const RECONCILE_REQUESTS = [
  z.strictObject({ command: z.literal('reconcile') }),
  z.strictObject({ command: z.literal('statement-check'), text: z.string().min(1).max(STATEMENT_LENGTH_MAX) }),
  z.strictObject({ command: z.literal('breaks') }),
  z.strictObject({ command: z.literal('break-assign'), ...act, owner: Identifier }),
  z.strictObject({ command: z.literal('break-explain'), ...act, cause: Cause, note: Sentence, ends: z.boolean() }),
  z.strictObject({
    command: z.literal('break-adjust'),
    ...act,
    cause: Cause,
    reason: Sentence,
    change: AdjustmentBody.shape.change,
  }),
] as const;

const ReconcileRequest = z.discriminatedUnion('command', RECONCILE_REQUESTS);

/** A request as a trusted value. */
export type ReconcileRequest = z.output<typeof ReconcileRequest>;

const COMMANDS: ReadonlySet<string> = new Set(RECONCILE_REQUESTS.map(({ shape }) => shape.command.value));

/** Whether a request is about books. */
export function isReconcileRequest<R extends { readonly command: string }>(
  request: R,
): request is R & Extract<R, ReconcileRequest> {
  return COMMANDS.has(request.command);
}

/** The causes that a person may name. */
export const CAUSES: readonly string[] = Cause.options;
