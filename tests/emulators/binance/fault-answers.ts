import type { FaultAnswer } from '../kit/faults.ts';

/**
 * Answers of the exchange's front, for faults that put one in place of its own.
 *
 * Source: Binance spot API documentation, "HTTP return codes" and "Error codes": a 5xx says nothing of whether the request was
 *         done, -1006 and -1007 say that nobody knows, and 429 and 418 carry the seconds to wait.
 */
export const FAULT_ANSWERS = {
  tooMany: (seconds: number): FaultAnswer => ({
    status: 429,
    headers: { 'retry-after': `${seconds}` },
    body: body(-1003, 'Too many requests; current limit is 6000 request weight per 1 MINUTE.'),
  }),
  banned: (seconds: number): FaultAnswer => ({
    status: 418,
    headers: { 'retry-after': `${seconds}` },
    body: body(-1003, `Way too much request weight used; IP banned until ${Date.now() + seconds * 1_000}.`),
  }),
  timeout: {
    status: 504,
    body: body(
      -1007,
      'Timeout waiting for response from backend server. Send status unknown; execution status unknown.',
    ),
  },
  unexpected: {
    status: 503,
    body: body(-1006, 'An unexpected response was received from the message bus. Execution status unknown.'),
  },
  internal: { status: 500, body: body(-1001, 'Internal error; unable to process your request. Please try again.') },
  busy: {
    status: 503,
    body: body(-1008, 'Server is currently overloaded with other requests. Please try again in a few minutes.'),
  },
  gateway: {
    status: 502,
    headers: { 'content-type': 'text/html' },
    body: '<html><body><h1>502 Bad Gateway</h1></body></html>',
  },
  firewall: {
    status: 403,
    headers: { 'content-type': 'text/html' },
    body: '<html><body><h1>403 Forbidden</h1></body></html>',
  },
} as const satisfies Record<string, FaultAnswer | ((seconds: number) => FaultAnswer)>;

function body(code: number, msg: string): string {
  return JSON.stringify({ code, msg });
}
