import { GIVEN_EVENTS, isDay } from '@gatehouse/compliance/retention/clock.ts';
import { RetentionScope, scopeText } from '@gatehouse/compliance/retention/scope.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { z } from 'zod';
import { type EventRow, insertEvent } from '../../store/retention-rows.ts';
import { assertReason, inRetentionWork, type RetentionActor, type RetentionDeps } from './proposals-work.ts';

/** A day that starts a clock, as a person gives it. Shape: null takes an earlier word about the same scope back. */
export const GivenEventBody = z.strictObject({
  event: z.enum(GIVEN_EVENTS),
  scope: RetentionScope,
  day: z.string().refine(isDay, 'not a day as YYYY-MM-DD').nullable(),
});

/**
 * Puts a clock event on record.
 *
 * Shape:  the newest word about a record counts. A day in the past is taken as it is; it is on record who gave it and when.
 * Errors: `MESSAGE_MALFORMED` for what has not its form, `VALUE_MALFORMED` for a day in the future or without a reason.
 */
export function giveEvent(
  deps: RetentionDeps,
  { personId, from }: RetentionActor,
  given: { readonly event: unknown; readonly reason: string },
): Promise<EventRow> {
  const { event, scope, day } = decode(GivenEventBody, given.event, 'a clock event');
  const { reason } = given;
  assertReason(reason);
  return inRetentionWork(deps, async ({ tx, at, day: today, record }) => {
    if (day !== null && day > today) {
      throw new KitError('VALUE_MALFORMED', `${day} lies in the future`, {
        hint: 'Put an event on record once it has happened.',
      });
    }
    const row: EventRow = { event, scope, day, by: personId, reason, at };
    await insertEvent(tx, row);
    const after = { scope: scopeText(scope), ...(day === null ? { takenBack: 'true' } : { day }) };
    await record({ action: 'retention.event-given', by: personId, from, target: event, after, note: reason });
    return row;
  });
}
