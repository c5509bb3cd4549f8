import { setCookie } from 'hono/cookie';
import { signIn } from '../../people/sign-in.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { renderPage } from '../parts/page.tsx';
import { addressOf, formOf, localPath, type Route } from '../route.ts';
import { isEncrypted, probeSecureCookie, writeSessionToken } from '../session-cookie.ts';

const YEAR_SECONDS = 31_536_000;
const SECOND_MS = 1_000;

export const signInRoutes: readonly Route[] = [
  { method: 'GET', path: '/sign-in', needs: 'anyone', handle: showSignIn },
  { method: 'POST', path: '/sign-in', needs: 'anyone', handle: enter },
  { method: 'POST', path: '/appearance', needs: 'anyone', handle: setAppearance },
];

function showSignIn(c: ConsoleContext, parts: Parts) {
  if (c.get('viewer') !== undefined) return c.redirect('/', 303);
  probeSecureCookie(c);
  return signInPage(c, parts, { to: localPath(c.req.query('to')) });
}

interface SignInView {
  readonly to: string;
  readonly login?: string;
  readonly problem?: string;
  readonly status?: 401 | 429;
}

function signInPage(c: ConsoleContext, parts: Parts, { to, login = '', problem, status }: SignInView) {
  return renderPage(c, parts, {
    title: 'Sign in',
    ...(status === undefined ? {} : { status }),
    body: (
      <section class="card">
        <h1>Sign in</h1>
        {problem === undefined ? null : (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <form method="post" action="/sign-in" class="stacked">
          <input type="hidden" name="to" value={to} />
          <label>
            Login
            <input
              name="login"
              value={login}
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              required
              autofocus={login === ''}
            />
          </label>
          <label>
            Password
            <input type="password" name="password" autocomplete="current-password" required autofocus={login !== ''} />
          </label>
          <label>
            Code
            <input name="code" autocomplete="one-time-code" spellcheck={false} required aria-describedby="code-note" />
          </label>
          <p class="note" id="code-note">
            The six digits that your authenticator shows, or one of your recovery codes.
          </p>
          <button type="submit">Sign in</button>
        </form>
      </section>
    ),
  });
}

async function enter(c: ConsoleContext, parts: Parts) {
  const { login, password, code, to } = await formOf(c, ['login', 'password', 'code', 'to']);
  const result = await signIn(parts.people, { login, password, code }, addressOf(c));
  const view = { to: localPath(to), login };
  if (result.kind === 'wait') {
    const seconds = Math.ceil(result.waitMs / SECOND_MS);
    c.header('Retry-After', `${seconds}`);
    const problem = `Too many attempts. Wait ${seconds} s and try again; nothing is locked for good.`;
    return signInPage(c, parts, { ...view, problem, status: 429 });
  }
  if (result.kind === 'refused') {
    const problem = 'Login, password or code is wrong. A code works once: wait for the next one before you try again.';
    return signInPage(c, parts, { ...view, problem, status: 401 });
  }
  writeSessionToken(c, result.token);
  return c.redirect(view.to, 303);
}

async function setAppearance(c: ConsoleContext) {
  const { theme, keys, back } = await formOf(c, ['theme', 'keys', 'back']);
  const options = { path: '/', sameSite: 'Lax', httpOnly: true, secure: isEncrypted(c), maxAge: YEAR_SECONDS } as const;
  setCookie(c, 'gatehouse-theme', theme === 'dark' || theme === 'light' ? theme : 'auto', options);
  setCookie(c, 'gatehouse-keys', keys === 'on' ? 'on' : 'off', options);
  return c.redirect(localPath(back), 303);
}
