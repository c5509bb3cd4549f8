import { completeEnrolment, type OpenEnrolment, openEnrolment } from '../../people/enrolment.ts';
import { codeUri } from '../../people/one-time-code.ts';
import { PASSWORD_LENGTH_MIN } from '../../people/password.ts';
import { roleTexts } from '../../people/permissions.ts';
import { beginSession } from '../../people/sign-in.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { Time } from '../parts/marks.tsx';
import { renderPage } from '../parts/page.tsx';
import { QrPicture } from '../parts/qr-picture.tsx';
import { problemPage } from '../parts/refusal-page.tsx';
import { addressOf, formOf, type Route } from '../route.ts';
import { probeSecureCookie, writeSessionToken } from '../session-cookie.ts';

export const enrolRoutes: readonly Route[] = [
  { method: 'GET', path: '/enrol/:token', needs: 'anyone', handle: showEnrolment },
  { method: 'POST', path: '/enrol/:token', needs: 'anyone', handle: enrol },
];

async function showEnrolment(c: ConsoleContext, parts: Parts) {
  const enrolment = await openEnrolment(parts.people, c.req.param('token') ?? '');
  if (enrolment === undefined) return gonePage(c, parts);
  probeSecureCookie(c);
  return enrolmentPage(c, parts, { enrolment, login: '', problems: [] });
}

function gonePage(c: ConsoleContext, parts: Parts) {
  return problemPage(c, parts, {
    status: 404,
    title: 'This link is not good',
    message: 'The link is unknown, was used, or is older than 24 hours.',
    hint: 'Ask an administrator for a new one. If nobody has enrolled yet, restart the hub: it prints a new link.',
  });
}

interface EnrolmentView {
  readonly enrolment: OpenEnrolment;
  readonly login: string;
  readonly problems: readonly string[];
}

function enrolmentPage(c: ConsoleContext, parts: Parts, { enrolment, login, problems }: EnrolmentView) {
  const { role, expiresAt, codeSecret } = enrolment;
  return renderPage(c, parts, {
    title: 'Enrol',
    status: problems.length === 0 ? 200 : 422,
    body: (
      <section class="card wide">
        <h1>Enrol as {role}</h1>
        <p class="note">
          {roleTexts[role]}. This link works once and is good until <Time at={expiresAt} />.
        </p>
        {problems.map((problem) => (
          <p class="problem" role="alert">
            {problem}
          </p>
        ))}
        <form method="post" action={c.req.path} class="stacked">
          <fieldset>
            <legend>1. Login and password</legend>
            <label>
              Login
              <input
                name="login"
                value={login}
                autocomplete="username"
                autocapitalize="none"
                spellcheck={false}
                required
              />
            </label>
            <label>
              Password, {PASSWORD_LENGTH_MIN} characters or more
              <input
                type="password"
                name="password"
                autocomplete="new-password"
                minlength={PASSWORD_LENGTH_MIN}
                required
              />
            </label>
            <label>
              Password again
              <input type="password" name="again" autocomplete="new-password" required />
            </label>
          </fieldset>
          <fieldset>
            <legend>2. Authenticator</legend>
            <p>Scan the picture with an authenticator app, or type the key into it.</p>
            <QrPicture
              text={codeUri(codeSecret, login === '' ? `${role}@${parts.hub.id}` : login)}
              label="Picture for the authenticator"
            />
            <p>
              Key <code class="key">{codeSecret.replaceAll(/.{4}(?=.)/g, '$& ')}</code>
            </p>
          </fieldset>
          <fieldset>
            <legend>3. Proof</legend>
            <label>
              The six digits that the authenticator shows now
              <input name="code" inputmode="numeric" autocomplete="one-time-code" required />
            </label>
          </fieldset>
          <button type="submit">Enrol</button>
        </form>
      </section>
    ),
  });
}

async function enrol(c: ConsoleContext, parts: Parts) {
  const token = c.req.param('token') ?? '';
  const form = await formOf(c, ['login', 'password', 'again', 'code']);
  const address = addressOf(c);
  const result = await completeEnrolment(parts.people, { token, ...form }, address);
  if (result.kind === 'gone') return gonePage(c, parts);
  if (result.kind === 'refused') {
    const enrolment = await openEnrolment(parts.people, token);
    if (enrolment === undefined) return gonePage(c, parts);
    return enrolmentPage(c, parts, { enrolment, login: form.login, problems: result.problems });
  }
  const { personId, recoveryCodes } = result;
  const session = await parts.people.store.transact(async (rows) => {
    const begun = await beginSession(parts.people, rows, { personId, address });
    await rows.record({ action: 'session.signed-in', by: personId, from: address, after: { factor: 'enrolment' } });
    return begun;
  });
  writeSessionToken(c, session);
  return recoveryPage(c, parts, recoveryCodes);
}

function recoveryPage(c: ConsoleContext, parts: Parts, codes: readonly string[]) {
  return renderPage(c, parts, {
    title: 'Recovery codes',
    body: (
      <section class="card wide">
        <h1>You are enrolled and signed in</h1>
        <p>
          Keep these ten recovery codes where your authenticator is not. Each works once in place of a code. They are
          shown
          <strong> this once</strong>: print them or write them down.
        </p>
        <ol class="codes">
          {codes.map((code) => (
            <li>
              <code>{code}</code>
            </li>
          ))}
        </ol>
        <p>
          <a class="button primary" href="/">
            I have kept them, go to the overview
          </a>
        </p>
      </section>
    ),
  });
}
