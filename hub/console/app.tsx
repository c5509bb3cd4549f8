import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { createApi } from '../api/api.ts';
import { API_BASE } from '../api/openapi.ts';
import { issueFirstRunToken } from '../people/enrolment.ts';
import { mayDo } from '../people/permissions.ts';
import { secretSeal } from '../people/sealed-secret.ts';
import { openSession } from '../people/sessions.ts';
import { inTransaction } from '../store/database.ts';
import { peopleStore } from '../store/pages/people-store.ts';
import { createCatchUpPaces } from './catch-up-paces.ts';
import type { Asset, ConsoleContext, ConsoleDeps, ConsoleVariables, Parts } from './console-deps.ts';
import { exportSlots } from './export-slots.ts';
import { createLiveProjection } from './live/live-projection.ts';
import { problemPage } from './parts/refusal-page.tsx';
import { isLoopback, isOwnHost, isOwnRequest, secureHeaders } from './request-guard.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';
import { isEncrypted, readSessionToken } from './session-cookie.ts';
import { createVerificationJob } from './verification-job.ts';

/** The console, ready to be served. */
export interface Console {
  readonly fetch: (request: Request, env?: unknown) => Response | Promise<Response>;
  /** The address where the first administrator enrols, made anew; undefined once somebody has enrolled. */
  firstRunLink(): Promise<string | undefined>;
  close(): void;
}

const FORM_BYTES_MAX = 64 * 1024;
type App = Hono<{ Variables: ConsoleVariables }>;

/** Builds the console over what the hub gives it. */
export function createConsole(deps: ConsoleDeps): Console {
  const parts = partsOf(deps);
  const app: App = new Hono<{ Variables: ConsoleVariables }>();
  const api = createApi({ ...parts, release: deps.hub.release });
  // The API has guards and bounds of its own, and answers in JSON where pages answer with pages.
  app.route(API_BASE, api.app);
  guard(app, parts);
  for (const asset of [deps.assets.script, deps.assets.worker, deps.assets.style]) serveAsset(app, asset);
  for (const route of routes) serveRoute(app, parts, route);
  app.notFound((c) =>
    problemPage(c, parts, {
      status: 404,
      title: 'Not found',
      message: `There is no page ${c.req.path.slice(0, 100)}.`,
    }),
  );
  app.onError((error, c) => failurePage(c, parts, error));
  return {
    fetch: (request, env) => app.fetch(request, env as object),
    async firstRunLink() {
      const token = await issueFirstRunToken(parts.people);
      return token === undefined ? undefined : `${deps.origin}/enrol/${token}`;
    },
    close: () => {
      api.close();
      void parts.live.close();
    },
  };
}

function partsOf(deps: ConsoleDeps): Parts {
  const { database, appendAct, clock, random, peopleKey } = deps;
  const store = peopleStore(database, appendAct);
  let isPeopled = false;
  return {
    ...deps,
    people: { store, clock, random, seal: secretSeal(peopleKey, random) },
    live: createLiveProjection(deps),
    exports: exportSlots(),
    paces: createCatchUpPaces(),
    verification: createVerificationJob({
      verify: deps.verifyLedger,
      now: () => instantText(clock.now()),
      log: deps.log,
      finished: async (by, after) => {
        await inTransaction(database, (tx) => appendAct(tx, { action: 'ledger.verified', by, after: { ...after } }));
      },
    }),
    async hasPeople() {
      isPeopled ||= (await store.transact((rows) => rows.countPeople())) > 0;
      return isPeopled;
    },
  };
}

/** What every request passes before a route sees it: headers, host, origin, size. */
function guard(app: App, parts: Parts): void {
  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(secureHeaders(isEncrypted(c)))) c.header(name, value);
    c.set('viewer', undefined);
    if (!isOwnHost(c, parts.origin)) {
      const message = `This hub does not answer as ${new URL(c.req.url).hostname}.`;
      return problemPage(c, parts, {
        status: 403,
        title: 'Wrong address',
        message,
        hint: `Open ${parts.origin} instead.`,
      });
    }
    if (isOwnRequest(c, parts.origin)) return next();
    const message = 'The request did not come from a page of this console.';
    const hint = 'Open the page again and repeat. Programs name their origin in the header Origin.';
    return problemPage(c, parts, { status: 403, title: 'Refused', message, hint });
  });
  app.use(bodyLimit({ maxSize: FORM_BYTES_MAX }));
}

function serveAsset(app: App, { path, type, body }: Asset): void {
  app.get(path, (c) =>
    c.body(body, 200, { 'Content-Type': type, 'Cache-Control': 'public, max-age=31536000, immutable' }),
  );
}

function serveRoute(app: App, parts: Parts, route: Route): void {
  app.on(route.method, route.path, async (c) => {
    if (route.isStream === true && c.req.method === 'HEAD') return c.body(null, 405, { Allow: 'GET' });
    const token = readSessionToken(c);
    const isUse = route.isPassive !== true;
    if (token !== undefined) c.set('viewer', await openSession(parts.people, token, { isUse }));
    return (await refusalOf(c, parts, route)) ?? route.handle(c, parts);
  });
}

/** The answer to a request that may not enter a route; undefined where it may. */
async function refusalOf(c: ConsoleContext, parts: Parts, { needs, isPassive }: Route): Promise<Response | undefined> {
  const viewer = c.get('viewer');
  if (needs === 'anyone' || (needs === 'session' && viewer !== undefined)) return undefined;
  if (viewer === undefined) {
    if (needs === 'glance' && isLoopback(c) && !(await parts.hasPeople())) return undefined;
    if (isPassive === true || c.req.method !== 'GET') return c.text('sign in first', 401);
    const { pathname, search } = new URL(c.req.url);
    return c.redirect(`/sign-in?to=${encodeURIComponent(pathname + search)}`, 303);
  }
  const permission = needs === 'glance' || needs === 'session' ? 'records.read' : needs;
  if (mayDo(viewer.role, permission)) return undefined;
  const message = `The role ${viewer.role} does not hold the permission ${permission}.`;
  return problemPage(c, parts, {
    status: 403,
    title: 'Not permitted',
    message,
    hint: 'An administrator can invite you in another role.',
  });
}

const PAGE_STATUSES = [400, 403, 404, 409, 422, 429, 503] as const;

function failurePage(c: ConsoleContext, parts: Parts, error: Error): Response | Promise<Response> {
  const kit = error instanceof KitError ? error : undefined;
  const status = PAGE_STATUSES.find((known) => known === kit?.treatment.http) ?? 500;
  parts.log(`${c.req.method} ${c.req.path}: ${describeError(error)}`);
  if (kit !== undefined) {
    return problemPage(c, parts, {
      status,
      title: 'That did not work',
      message: kit.message,
      hint: kit.hint,
      code: kit.code,
    });
  }
  const message = 'Something in the hub failed. Nothing was changed.';
  return problemPage(c, parts, { status: 500, title: 'That did not work', message, hint: 'The hub’s log says more.' });
}
