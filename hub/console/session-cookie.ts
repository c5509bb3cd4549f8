import { getCookie, setCookie } from 'hono/cookie';
import type { ConsoleContext } from './console-deps.ts';

const PREFIXED = '__Host-gatehouse';
const PLAIN = 'gatehouse-local';
const PROBE = '__Host-gatehouse-probe';

/**
 * The token in the cookie of a request; undefined where there is none.
 *
 * Shape: over https only the prefixed cookie counts, because a neighbour's page cannot set it.
 */
export function readSessionToken(c: ConsoleContext): string | undefined {
  return getCookie(c, PREFIXED) ?? (isEncrypted(c) ? undefined : getCookie(c, PLAIN));
}

/** Asks the browser whether it keeps a secure cookie here, which some refuse on http://localhost. */
export function probeSecureCookie(c: ConsoleContext): void {
  setCookie(c, PROBE, '1', { path: '/', secure: true, httpOnly: true, sameSite: 'Strict' });
}

/** Gives the browser its token, in the prefixed cookie wherever it keeps one. */
export function writeSessionToken(c: ConsoleContext, token: string): void {
  const isKept = isEncrypted(c) || getCookie(c, PROBE) !== undefined;
  setCookie(c, isKept ? PREFIXED : PLAIN, token, { path: '/', secure: isKept, httpOnly: true, sameSite: 'Strict' });
}

/** Takes the token back. */
export function clearSessionToken(c: ConsoleContext): void {
  setCookie(c, PREFIXED, '', { path: '/', secure: true, httpOnly: true, sameSite: 'Strict', maxAge: 0 });
  setCookie(c, PLAIN, '', { path: '/', httpOnly: true, sameSite: 'Strict', maxAge: 0 });
}

/** Whether the browser speaks https, to us or to the proxy before us. */
export function isEncrypted(c: ConsoleContext): boolean {
  return new URL(c.req.url).protocol === 'https:' || c.req.header('x-forwarded-proto') === 'https';
}
