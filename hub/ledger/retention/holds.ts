import { RetentionScope, scopeText } from '@gatehouse/compliance/retention/scope.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { type HoldRow, insertHold } from '../../store/retention-rows.ts';
import {
  assertReason,
  inRetentionWork,
  newRetentionId,
  type RetentionActor,
  type RetentionDeps,
} from './proposals-work.ts';

/** A hold that a person wants. Shape: `scope` is not decoded yet. */
export interface NewHold {
  readonly scope: unknown;
  readonly reason: string;
}

/**
 * Sets a hold; it counts from this moment, for everything that its scope may hold.
 *
 * Errors: `MESSAGE_MALFORMED` for a scope without its form, `VALUE_MALFORMED` without a reason.
 */
export function setHold(deps: RetentionDeps, { personId, from }: RetentionActor, wanted: NewHold): Promise<HoldRow> {
  const scope = decode(RetentionScope, wanted.scope, 'the scope of a hold');
  assertReason(wanted.reason);
  return inRetentionWork(deps, async ({ tx, at, record }) => {
    const id = newRetentionId('H', deps.random);
    const hold = { id, scope, reason: wanted.reason, setBy: personId, setAt: at };
    await insertHold(tx, hold);
    const after = { scope: scopeText(scope) };
    await record({ action: 'retention.hold-set', by: personId, from, target: id, after, note: wanted.reason });
    return { ...hold, liftedBy: null, liftedAt: null };
  });
}
