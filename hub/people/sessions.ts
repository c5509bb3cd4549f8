import { ageMs, instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import type { PeopleDeps } from './people-deps.ts';
import type { WebSession } from './people-store.ts';
import type { Role } from './permissions.ts';
import { isToken, tokenHash } from './secret-token.ts';
import { isSessionOver, SEEN_MS_MIN } from './session-life.ts';

/** Who looks at a page. */
export interface Viewer {
  readonly personId: string;
  readonly login: string;
  readonly role: Role;
  readonly sessionHash: string;
}

/**
 * Whose session a cookie belongs to; undefined where there is none or it is over.
 *
 * Shape: `isUse` tells a person's own request from one that a page makes by itself, which keeps no session alive.
 */
export async function openSession(
  deps: PeopleDeps,
  token: string,
  { isUse }: { readonly isUse: boolean },
): Promise<Viewer | undefined> {
  if (!isToken(token)) return undefined;
  return deps.store.transact(async (rows) => {
    const session = await rows.findSession(tokenHash(token));
    if (session === undefined || session.status !== 'active') return undefined;
    const now = deps.clock.now();
    const times = { createdAt: parseInstant(session.createdAt), seenAt: parseInstant(session.seenAt) };
    if (isSessionOver(times, now)) return undefined;
    if (isUse && ageMs(times.seenAt, now) >= SEEN_MS_MIN) {
      await rows.touchSession(session.sessionHash, instantText(now));
    }
    const { personId, login, role, sessionHash } = session;
    return { personId, login, role, sessionHash };
  });
}

/** Ends the session that a person is in. */
export function signOut(deps: PeopleDeps, viewer: Viewer, from: string): Promise<void> {
  return deps.store.transact(async (rows) => {
    await rows.deleteSession(viewer.sessionHash, viewer.personId);
    await rows.record({ action: 'session.signed-out', by: viewer.personId, from });
  });
}

/** The sessions of a person that are not over. */
export function ownSessions(deps: PeopleDeps, viewer: Viewer): Promise<readonly WebSession[]> {
  return deps.store.transact(async (rows) => {
    const now = deps.clock.now();
    const all = await rows.listSessions(viewer.personId);
    return all.filter(
      ({ createdAt, seenAt }) =>
        !isSessionOver({ createdAt: parseInstant(createdAt), seenAt: parseInstant(seenAt) }, now),
    );
  });
}

/** Ends one of a person's own sessions; false where it is not theirs. */
export function revokeSession(
  deps: PeopleDeps,
  viewer: Viewer,
  target: { readonly hash: string; readonly from: string },
) {
  return deps.store.transact(async (rows) => {
    const isGone = await rows.deleteSession(target.hash, viewer.personId);
    if (isGone) {
      const { personId: by } = viewer;
      await rows.record({ action: 'session.revoked', by, from: target.from, target: target.hash.slice(0, 12) });
    }
    return isGone;
  });
}

/** Disables another person and ends their sessions; a sentence says why where it is refused. */
export function disablePerson(
  deps: PeopleDeps,
  viewer: Viewer,
  target: { readonly personId: string; readonly from: string },
): Promise<string | undefined> {
  // Nobody disables themselves, so the last administrator always stays.
  if (target.personId === viewer.personId)
    return Promise.resolve('Nobody can disable themselves; ask another administrator.');
  return deps.store.transact(async (rows) => {
    const person = await rows.findPerson(target.personId);
    if (person === undefined || person.status === 'disabled') return 'There is no such active person.';
    await rows.disablePerson(person.personId);
    await rows.deleteSessionsOf(person.personId);
    await rows.record({
      action: 'person.disabled',
      by: viewer.personId,
      from: target.from,
      target: person.personId,
      before: { status: 'active' },
      after: { status: 'disabled' },
    });
    return undefined;
  });
}
