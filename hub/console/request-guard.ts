import type { ConsoleContext } from './console-deps.ts';
import { addressOf } from './route.ts';

const SAFE = new Set(['GET', 'HEAD']);
const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);
const LOOPBACK_ADDRESSES = new Set(['127.0.0.1', '::1']);
const YEAR_SECONDS = 31_536_000;

/** The policy of every page: nothing but our own files, no frames, no inline code or style. */
export const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** The headers of every answer. */
export function secureHeaders(isEncrypted: boolean): Readonly<Record<string, string>> {
  return {
    'Content-Security-Policy': CONTENT_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    ...(isEncrypted ? { 'Strict-Transport-Security': `max-age=${YEAR_SECONDS}` } : {}),
  };
}

/** Whether the host is one of ours; another name that resolves to us is a rebinding attack. */
export function isOwnHost(c: ConsoleContext, origin: string): boolean {
  const { hostname } = new URL(c.req.url);
  return LOOPBACK_NAMES.has(hostname) || hostname === new URL(origin).hostname;
}

/**
 * Whether a request that changes something comes from a page of ours.
 *
 * Shape: the browser's own word decides, `Sec-Fetch-Site` and `Origin`, whatever the content type; with neither it is
 *        refused.
 */
export function isOwnRequest(c: ConsoleContext, origin: string): boolean {
  if (SAFE.has(c.req.method)) return true;
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin') return false;
  const from = c.req.header('origin');
  if (from === undefined) return site === 'same-origin';
  const host = c.req.header('host') ?? new URL(c.req.url).host;
  return from === origin || from === `http://${host}` || from === `https://${host}`;
}

/** Whether the browser runs on the hub's own machine, with no proxy between. */
export function isLoopback(c: ConsoleContext): boolean {
  const isForwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some(
    (name) => c.req.header(name) !== undefined,
  );
  const { hostname } = new URL(c.req.url);
  return !isForwarded && LOOPBACK_NAMES.has(hostname) && LOOPBACK_ADDRESSES.has(addressOf(c));
}
