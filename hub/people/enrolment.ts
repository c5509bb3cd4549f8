import { addMs, instantText } from '@gatehouse/shared/values/instant.ts';
import { acceptCode, newCodeSecret } from './one-time-code.ts';
import { hashPassword, passwordProblems } from './password.ts';
import type { PeopleDeps } from './people-deps.ts';
import type { Invitation, PeopleRows } from './people-store.ts';
import type { Role } from './permissions.ts';
import { newRecoveryCodes, recoveryCodeHash } from './recovery-code.ts';
import { isToken, newToken, tokenHash } from './secret-token.ts';

/** How long a link to enrol is good. */
export const INVITATION_MS_MAX = 24 * 3_600_000;

const LOGIN = /^[a-z0-9][a-z0-9._@-]{1,63}$/;
const PERSON_ID_BYTES = 6;

/** What a person who follows a link is to see. */
export interface OpenEnrolment {
  readonly role: Role;
  readonly expiresAt: string;
  /** In base 32, for the picture and to be typed. */
  readonly codeSecret: string;
}

/** What a person who enrols has typed. */
export interface EnrolmentForm {
  readonly token: string;
  readonly login: string;
  readonly password: string;
  readonly again: string;
  readonly code: string;
}

/** What became of an enrolment. Shape: `recoveryCodes` are shown once and kept nowhere. */
export type EnrolmentResult =
  | { readonly kind: 'enrolled'; readonly personId: string; readonly recoveryCodes: readonly string[] }
  | { readonly kind: 'refused'; readonly problems: readonly string[] }
  | { readonly kind: 'gone' };

/** The token of a new first-run link, where nobody has enrolled yet; it makes earlier ones worthless. */
export function issueFirstRunToken(deps: PeopleDeps): Promise<string | undefined> {
  return deps.store.transact(async (rows) => {
    if ((await rows.countPeople()) > 0) return undefined;
    await rows.deleteFirstRunInvitations();
    return insertInvitation(deps, rows, { role: 'administrator', invitedBy: null });
  });
}

/** The token of a link by which one more person can enrol in a role. */
export function invitePerson(
  deps: PeopleDeps,
  invitation: { readonly role: Role; readonly invitedBy: string; readonly from: string },
): Promise<string> {
  return deps.store.transact(async (rows) => {
    const { role, invitedBy, from } = invitation;
    const token = await insertInvitation(deps, rows, { role, invitedBy });
    await rows.record({ action: 'person.invited', by: invitedBy, from, after: { role } });
    return token;
  });
}

/** What a link leads to; undefined where it is unknown, used or over. */
export async function openEnrolment(deps: PeopleDeps, token: string): Promise<OpenEnrolment | undefined> {
  if (!isToken(token)) return undefined;
  return deps.store.transact(async (rows) => {
    const invitation = await findOpen(deps, rows, token);
    if (invitation === undefined) return undefined;
    const { role, expiresAt } = invitation;
    return { role, expiresAt, codeSecret: await secretOf(deps, rows, invitation) };
  });
}

/** Makes the person whom a link was meant for, once login, password and a first code are right. */
export async function completeEnrolment(deps: PeopleDeps, form: EnrolmentForm, from: string): Promise<EnrolmentResult> {
  if ((await openEnrolment(deps, form.token)) === undefined) return { kind: 'gone' };
  const login = form.login.trim().toLowerCase();
  const problems = formProblems(form, login);
  // A password is hashed only where it may be kept, and outside the transaction, since it takes long on purpose.
  const passwordHash = problems.length === 0 ? await hashPassword(form.password) : '';

  return deps.store.transact(async (rows) => {
    const invitation = await findOpen(deps, rows, form.token);
    if (invitation === undefined) return { kind: 'gone' };
    const secret = await secretOf(deps, rows, invitation);
    const step = await acceptCode({ secret, code: form.code, now: deps.clock.now(), lastStep: 0 });
    if (step === undefined) problems.push('The code is not the one that the authenticator shows now.');
    if ((await rows.findByLogin(login)) !== undefined) problems.push('This login is taken.');
    if (step === undefined || problems.length > 0) return { kind: 'refused', problems };
    return enrol(deps, rows, { invitation, login, passwordHash, secret, step, from });
  });
}

interface NewPerson {
  readonly invitation: Invitation;
  readonly login: string;
  readonly passwordHash: string;
  readonly secret: string;
  readonly step: number;
  readonly from: string;
}

async function enrol(deps: PeopleDeps, rows: PeopleRows, person: NewPerson): Promise<EnrolmentResult> {
  const { invitation, login, passwordHash, secret, step, from } = person;
  const personId = `P-${Buffer.from(deps.random(PERSON_ID_BYTES)).toString('hex')}`;
  const at = instantText(deps.clock.now());
  const { role } = invitation;
  await rows.insertPerson({
    personId,
    login,
    role,
    passwordHash,
    totpSecretSealed: deps.seal.seal(secret, personId),
    totpLastStep: step,
    status: 'active',
    createdAt: at,
  });
  const recoveryCodes = newRecoveryCodes(deps.random);
  await rows.insertRecoveryCodes(
    personId,
    recoveryCodes.flatMap((code) => recoveryCodeHash(code) ?? []),
  );
  await rows.useInvitation(invitation.tokenHash, at);
  const invitedBy = invitation.invitedBy ?? 'system';
  await rows.record({ action: 'person.enrolled', by: personId, from, target: personId, after: { role, invitedBy } });
  return { kind: 'enrolled', personId, recoveryCodes };
}

function formProblems(form: EnrolmentForm, login: string): string[] {
  const problems = LOGIN.test(login)
    ? []
    : ['The login has 2 to 64 small letters, digits and . _ @ - and begins with a letter or digit.'];
  problems.push(...passwordProblems(form.password, login));
  if (form.password !== form.again) problems.push('The two passwords differ.');
  return problems;
}

async function insertInvitation(
  deps: PeopleDeps,
  rows: PeopleRows,
  { role, invitedBy }: Pick<Invitation, 'role' | 'invitedBy'>,
): Promise<string> {
  const token = newToken(deps.random);
  const now = deps.clock.now();
  await rows.insertInvitation({
    tokenHash: tokenHash(token),
    role,
    invitedBy,
    createdAt: instantText(now),
    expiresAt: instantText(addMs(now, INVITATION_MS_MAX)),
    usedAt: null,
    totpSecretSealed: null,
  });
  return token;
}

async function findOpen(deps: PeopleDeps, rows: PeopleRows, token: string): Promise<Invitation | undefined> {
  const invitation = await rows.findInvitation(tokenHash(token));
  if (invitation === undefined || invitation.usedAt !== null) return undefined;
  return invitation.expiresAt > instantText(deps.clock.now()) ? invitation : undefined;
}

async function secretOf(deps: PeopleDeps, rows: PeopleRows, invitation: Invitation): Promise<string> {
  const { tokenHash: owner, totpSecretSealed } = invitation;
  if (totpSecretSealed !== null) return deps.seal.open(totpSecretSealed, owner);
  const secret = newCodeSecret(deps.random);
  await rows.setInvitationSecret(owner, deps.seal.seal(secret, owner));
  return secret;
}
