import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { addMs, ageMs, instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { acceptCode } from './one-time-code.ts';
import type { PeopleDeps } from './people-deps.ts';
import type { PeopleRows } from './people-store.ts';
import type { Viewer } from './sessions.ts';
import { admitAttempt, LOGIN_RULE } from './throttle.ts';

/** How long a fresh code opens what needs one. */
export const STEP_UP_MS_MAX = 5 * 60_000;

/** What became of a step-up. Shape: a recovery code does not serve, since it is there to come back, not to approve. */
export type StepUpResult =
  | { readonly kind: 'stepped-up'; readonly until: string }
  | { readonly kind: 'refused' }
  | { readonly kind: 'wait'; readonly waitMs: number };

/**
 * Proves the second factor once more within a session.
 *
 * Shape:  guesses are counted for the person, because whoever took over a session would guess here.
 * Source: OWASP ASVS 5.0, 7.5.3 (a further factor before highly sensitive changes).
 */
export async function stepUp(
  deps: PeopleDeps,
  viewer: Viewer,
  attempt: { readonly code: string; readonly from: string },
): Promise<StepUpResult> {
  const { personId } = viewer;
  const subject = `c:step-up:${sha256('gatehouse/throttle/v1\n', personId).toString('hex')}`;
  const waitMs = await admit(deps, subject);
  if (waitMs > 0) return { kind: 'wait', waitMs };
  return deps.store.transact(async (rows) => {
    const now = deps.clock.now();
    const isRight = await takeCode(deps, rows, { personId, code: attempt.code });
    if (!isRight) {
      await rows.record({ action: 'session.step-up-refused', by: personId, from: attempt.from });
      return { kind: 'refused' };
    }
    await rows.deleteThrottle(subject);
    await rows.writeStepUp(viewer.sessionHash, instantText(now));
    await rows.record({ action: 'session.stepped-up', by: personId, from: attempt.from });
    return { kind: 'stepped-up', until: instantText(addMs(now, STEP_UP_MS_MAX)) };
  });
}

/** Whether the session proved its second factor within the last five minutes. */
export function isSteppedUp(deps: PeopleDeps, viewer: Viewer): Promise<boolean> {
  return deps.store.transact(async (rows) => {
    const at = await rows.findStepUp(viewer.sessionHash);
    return at !== undefined && ageMs(parseInstant(at), deps.clock.now()) < STEP_UP_MS_MAX;
  });
}

async function takeCode(
  deps: PeopleDeps,
  rows: PeopleRows,
  { personId, code }: { readonly personId: string; readonly code: string },
): Promise<boolean> {
  const person = await rows.findPerson(personId);
  if (person?.status !== 'active') return false;
  const secret = deps.seal.open(person.totpSecretSealed, personId);
  const step = await acceptCode({ secret, code, now: deps.clock.now(), lastStep: person.totpLastStep });
  return step !== undefined && (await rows.takeStep(personId, step));
}

/** Counts the attempt before it is judged; the wait where too many came before it. */
function admit(deps: PeopleDeps, subject: string): Promise<number> {
  return deps.store.transact(async (rows) => {
    const { failures, blockedUntil } = await rows.lockThrottle(subject);
    const state = { failures, blockedUntil: blockedUntil === null ? undefined : parseInstant(blockedUntil) };
    const answer = admitAttempt(state, LOGIN_RULE, deps.clock.now());
    if (!answer.admitted) return answer.waitMs;
    const { next } = answer;
    const until = next.blockedUntil === undefined ? null : instantText(next.blockedUntil);
    await rows.writeThrottle(subject, { failures: next.failures, blockedUntil: until });
    return 0;
  });
}
