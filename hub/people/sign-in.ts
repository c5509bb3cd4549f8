import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { type Instant, instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { acceptCode } from './one-time-code.ts';
import { verifyPassword } from './password.ts';
import type { PeopleDeps } from './people-deps.ts';
import type { PeopleRows, Person } from './people-store.ts';
import { recoveryCodeHash } from './recovery-code.ts';
import { newToken, tokenHash } from './secret-token.ts';
import { sessionHorizon } from './session-life.ts';
import { ADDRESS_RULE, admitAttempt, LOGIN_RULE, type ThrottleRule } from './throttle.ts';

/** What a person who signs in has typed. Shape: `code` is from the authenticator or one of the recovery codes. */
export interface SignInForm {
  readonly login: string;
  readonly password: string;
  readonly code: string;
}

/** What became of an attempt; a refusal never says which part was wrong. */
export type SignInResult =
  | { readonly kind: 'signed-in'; readonly token: string }
  | { readonly kind: 'refused' }
  | { readonly kind: 'wait'; readonly waitMs: number };

/** The secret that is checked where a login is unknown, so that the work is the same. */
const NOBODY_SECRET = 'GAYTEMZUGU3DOOBZGAYTEMZUGU3DOOBZ';
const NOBODY_ID = 'P-nobody';

/** Signs a person in with password and second factor, as fast for a known login as for an unknown one. */
export async function signIn(deps: PeopleDeps, form: SignInForm, address: string): Promise<SignInResult> {
  const login = form.login.trim().toLowerCase();
  const subjects = [subjectOf(LOGIN_RULE, login), subjectOf(ADDRESS_RULE, address)] as const;
  const waitMs = await admit(deps, subjects);
  if (waitMs > 0) return { kind: 'wait', waitMs };

  const person = await deps.store.transact((rows) => rows.findByLogin(login));
  const isPasswordRight = await verifyPassword(form.password, person?.passwordHash);
  const now = deps.clock.now();
  const secret = person === undefined ? NOBODY_SECRET : deps.seal.open(person.totpSecretSealed, person.personId);
  const step = await acceptCode({ secret, code: form.code, now, lastStep: person?.totpLastStep ?? 0 });

  return deps.store.transact(async (rows) => {
    const known = isPasswordRight && person?.status === 'active' ? person : undefined;
    const factor = await takeFactor(rows, { person: known, step, code: form.code, at: instantText(now) });
    if (known === undefined || factor === undefined) {
      const target = person === undefined ? {} : { target: person.personId };
      await rows.record({ action: 'session.refused', by: 'system', from: address, ...target });
      return { kind: 'refused' };
    }
    await rows.deleteThrottle(subjects[0]);
    const token = await beginSession(deps, rows, { personId: known.personId, address });
    await rows.record({ action: 'session.signed-in', by: known.personId, from: address, after: { factor } });
    return { kind: 'signed-in', token };
  });
}

/** Begins a session and gives the token of its cookie; sessions that are over are cleared away. */
export async function beginSession(
  deps: PeopleDeps,
  rows: PeopleRows,
  { personId, address }: { readonly personId: string; readonly address: string },
): Promise<string> {
  const now = deps.clock.now();
  const { begunBefore, usedBefore } = sessionHorizon(now);
  await rows.deleteSessionsBefore({ begunBefore: instantText(begunBefore), usedBefore: instantText(usedBefore) });
  await rows.deleteThrottlesBefore(instantText(begunBefore));
  const token = newToken(deps.random);
  const at = instantText(now);
  await rows.insertSession({ sessionHash: tokenHash(token), personId, createdAt: at, seenAt: at, address });
  return token;
}

interface Factor {
  readonly person: Person | undefined;
  readonly step: number | undefined;
  readonly code: string;
  readonly at: string;
}

/** Uses up the second factor. The rows are asked in every case, so that a stranger learns nothing from the time. */
async function takeFactor(rows: PeopleRows, factor: Factor): Promise<'code' | 'recovery-code' | undefined> {
  const personId = factor.person?.personId ?? NOBODY_ID;
  if (factor.step !== undefined) return (await rows.takeStep(personId, factor.step)) ? 'code' : undefined;
  const hash = recoveryCodeHash(factor.code) ?? '';
  return (await rows.takeRecoveryCode(personId, hash, factor.at)) ? 'recovery-code' : undefined;
}

/** Counts the attempt for the login and for the address; the wait where one of them is blocked. */
function admit(deps: PeopleDeps, subjects: readonly [string, string]): Promise<number> {
  return deps.store.transact(async (rows) => {
    const now = deps.clock.now();
    const rules = [LOGIN_RULE, ADDRESS_RULE] as const;
    const states = [await readState(rows, subjects[0]), await readState(rows, subjects[1])] as const;
    const answers = [admitAttempt(states[0], rules[0], now), admitAttempt(states[1], rules[1], now)];
    const waits = answers.map((answer) => (answer.admitted ? 0 : answer.waitMs));
    if (Math.max(...waits) > 0) return Math.max(...waits);
    for (const [index, answer] of answers.entries()) {
      if (answer.admitted) await writeState(rows, subjects[index] ?? '', answer.next);
    }
    return 0;
  });
}

async function readState(rows: PeopleRows, subject: string) {
  const { failures, blockedUntil } = await rows.lockThrottle(subject);
  return { failures, blockedUntil: blockedUntil === null ? undefined : parseInstant(blockedUntil) };
}

function writeState(
  rows: PeopleRows,
  subject: string,
  { failures, blockedUntil }: { readonly failures: number; readonly blockedUntil: Instant | undefined },
): Promise<void> {
  const until = blockedUntil === undefined ? null : instantText(blockedUntil);
  return rows.writeThrottle(subject, { failures, blockedUntil: until });
}

/** Names are hashed: people type passwords into the wrong field. Logins come before addresses, so locks have one order. */
function subjectOf(rule: ThrottleRule, name: string): string {
  return `${rule.kind === 'login' ? 'a' : 'b'}:${rule.kind}:${sha256('gatehouse/throttle/v1\n', name).toString('hex')}`;
}
