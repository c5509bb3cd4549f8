import { API_BASE } from '@gatehouse/hub/api/openapi.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { generate } from 'otplib';

/** The first administrator of a hub, signed in over its real HTTP server. */
export interface Officer {
  /** Asks the API. Errors: `PROCESS_UNREACHABLE` where it does not answer with success. */
  ask(path: string, body?: unknown): Promise<unknown>;
}

const KEY = /<code class="key">([A-Z2-7 ]+)</;
const SESSION = /^(__Host-gatehouse|gatehouse-local)=[^;]/;
const PASSWORD = 'long words for a bench that nobody else will guess';

/** Follows the link of a hub that nobody has entered yet, and enrols. */
export async function enrolOfficer(link: string): Promise<Officer> {
  const { origin } = new URL(link);
  const page = await (await fetch(link)).text();
  const secret = (KEY.exec(page)?.[1] ?? '').replaceAll(' ', '');
  const code = await generate({ secret });
  const form = new URLSearchParams({ login: 'officer', password: PASSWORD, again: PASSWORD, code });
  const same = { origin, 'sec-fetch-site': 'same-origin' };
  const done = await fetch(link, { method: 'POST', headers: same, body: form, redirect: 'manual' });
  const cookie = done.headers
    .getSetCookie()
    .find((text) => SESSION.test(text))
    ?.split(';')[0];
  if (cookie === undefined) throw unanswered(link, done.status, await done.text());
  const headers = { ...same, cookie, 'content-type': 'application/json' };
  return {
    ask: async (path, body) => {
      const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
      const response = await fetch(`${origin}${API_BASE}${path}`, init);
      if (!response.ok) throw unanswered(path, response.status, await response.text());
      return response.json();
    },
  };
}

function unanswered(path: string, status: number, text: string): KitError {
  return new KitError('PROCESS_UNREACHABLE', `the hub answered ${path} with ${status}: ${text.slice(0, 200)}`);
}
