import { randomBytes } from 'node:crypto';
import { hubFolders } from '@gatehouse/hub/config.ts';
import type { HubRecords } from '@gatehouse/hub/hub.ts';
import { loadPeopleKey } from '@gatehouse/hub/people/people-key.ts';
import { mayDo, type Permission } from '@gatehouse/hub/people/permissions.ts';
import { secretSeal } from '@gatehouse/hub/people/sealed-secret.ts';
import { openSession, signOut } from '@gatehouse/hub/people/sessions.ts';
import { signIn } from '@gatehouse/hub/people/sign-in.ts';
import { peopleStore } from '@gatehouse/hub/store/pages/people-store.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { readScriptConfig } from './config.ts';
import { readPassphrase, typedUnseen } from './passphrase.ts';

/** How a person says who they are. Shape: what is absent is asked for. */
export interface PersonOptions {
  readonly login?: string | undefined;
  readonly 'password-file'?: string | undefined;
  readonly code?: string | undefined;
}

/** The options of a command that a person of the hub has to stand behind. */
export const personOptions = {
  login: { type: 'string' },
  'password-file': { type: 'string' },
  code: { type: 'string' },
} as const;

const ADDRESS = 'command line';
const MS_PER_SECOND = 1_000;

/**
 * Proves who gives a command, by password and second factor as at the console, and whether they may.
 *
 * Errors: `COMMAND_INVALID` without a login, `SIGN_IN_NEEDED`, `ATTEMPTS_EXHAUSTED`, `FORBIDDEN` for a role without the permission.
 */
export async function signedInPerson(
  { database, stream }: HubRecords,
  permission: Permission,
  options: PersonOptions,
): Promise<{ readonly personId: string; readonly from: string }> {
  const { login } = options;
  if (login === undefined) {
    throw new KitError('COMMAND_INVALID', 'nobody is named', { hint: 'Say who you are with --login.' });
  }
  const random = (length: number) => randomBytes(length);
  const key = await loadPeopleKey(hubFolders(readScriptConfig().data).hub, random);
  const store = peopleStore(database, stream.appendAct);
  const deps = { store, clock: systemClock(), random, seal: secretSeal(key, random) };
  const file = options['password-file'];
  const password = await readPassphrase({ file, question: `Password of ${login}`, isNew: false });
  const code = options.code ?? (await typedUnseen('Code that your authenticator shows: '));
  const result = await signIn(deps, { login, password, code }, ADDRESS);
  if (result.kind === 'wait') {
    const hint = `Try again in ${Math.ceil(result.waitMs / MS_PER_SECOND)} seconds.`;
    throw new KitError('ATTEMPTS_EXHAUSTED', 'too many attempts were wrong', { hint });
  }
  const viewer = result.kind === 'refused' ? undefined : await openSession(deps, result.token, { isUse: true });
  if (viewer === undefined) {
    throw new KitError('SIGN_IN_NEEDED', 'login, password or code is wrong', {
      hint: 'Wait for the next code; each serves once.',
    });
  }
  await signOut(deps, viewer, ADDRESS);
  if (mayDo(viewer.role, permission)) return { personId: viewer.personId, from: ADDRESS };
  throw new KitError('FORBIDDEN', `the role ${viewer.role} does not hold the permission ${permission}`, {
    hint: 'An administrator can invite you in another role.',
  });
}
