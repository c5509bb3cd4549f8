import { controls } from '@gatehouse/compliance/controls/index.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ConsoleContext, ConsoleVariables } from '../console/console-deps.ts';
import { isOwnHost, isOwnRequest, secureHeaders } from '../console/request-guard.ts';
import { isEncrypted, readSessionToken } from '../console/session-cookie.ts';
import { settleAccepted } from '../control/accepted-sheets.ts';
import { mayDo } from '../people/permissions.ts';
import { openSession } from '../people/sessions.ts';
import { isSteppedUp } from '../people/step-up.ts';
import type { ApiParts, ApiRoute } from './api-route.ts';
import { apiRoutes } from './routes.ts';

/** What the API needs of the hub. */
export interface ApiDeps extends Omit<ApiParts, 'limits'> {
  /** Where people reach the console; other hosts and origins are refused. */
  readonly origin: string;
  /** Tells of each commit until the returned function is called. */
  onCommitted(listener: () => void): () => void;
  log(line: string): void;
}

/** The API, to be mounted under its base. */
export interface Api {
  readonly app: Hono<{ Variables: ConsoleVariables }>;
  close(): void;
}

/** Accepted sheets are looked for at most so often, however many commits there are. Units: milliseconds. */
const SETTLE_PAUSE_MS = 500;

/** Builds the API over what the hub gives it. Every answer is JSON, but for signed documents. */
export function createApi(deps: ApiDeps): Api {
  const { database, appendAct, clock, people } = deps;
  const limits = { database, appendAct, clock, random: people.random, controls };
  const { commands, release } = deps;
  const parts: ApiParts = { database, appendAct, clock, people, limits, commands, release };
  const app: Api['app'] = new Hono<{ Variables: ConsoleVariables }>();
  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(secureHeaders(isEncrypted(c)))) c.header(name, value);
    c.set('viewer', undefined);
    assertOwn(c, deps.origin);
    return next();
  });
  for (const route of apiRoutes) serveRoute(app, parts, route);
  // The app that this one is mounted in has a page for what it does not find; the last route keeps the answer JSON.
  app.all('*', (c) => {
    const hint = 'The document at /api/v1/openapi.json lists all routes.';
    return problem(c, new KitError('NOT_FOUND', `there is no ${c.req.method} ${c.req.path.slice(0, 100)}`, { hint }));
  });
  app.onError((error, c) => {
    deps.log(`${c.req.method} ${c.req.path}: ${describeError(error)}`);
    return problem(c, error);
  });
  return { app, close: settleOnCommits(deps, () => settleAccepted(limits)) };
}

/** Errors: `FORBIDDEN` for another host or for a change that no page or program of this origin asks for. */
function assertOwn(c: ConsoleContext, origin: string): void {
  if (!isOwnHost(c, origin)) {
    const { hostname } = new URL(c.req.url);
    throw new KitError('FORBIDDEN', `this hub does not answer as ${hostname}`, { hint: `Ask ${origin} instead.` });
  }
  if (isOwnRequest(c, origin)) return;
  throw new KitError('FORBIDDEN', 'the request did not come from this origin', {
    hint: `Programs name their origin in the header Origin: ${origin}.`,
  });
}

function serveRoute(app: Api['app'], parts: ApiParts, route: ApiRoute): void {
  const bound = bodyLimit({
    maxSize: route.bodyBytesMax,
    onError: (c) => {
      const hint = `This route takes at most ${route.bodyBytesMax} bytes.`;
      return problem(c, new KitError('BODY_TOO_LARGE', 'the body is too large', { hint }));
    },
  });
  const admit = async (c: ConsoleContext, next: () => Promise<void>): Promise<void> => {
    const token = readSessionToken(c);
    if (token !== undefined) c.set('viewer', await openSession(parts.people, token, { isUse: true }));
    await assertMay(c, parts, route);
    return next();
  };
  app.on(route.method, route.path, admit, bound, (c) => route.serve(c, parts));
}

/** Errors: `SIGN_IN_NEEDED`, `FORBIDDEN`, `STEP_UP_NEEDED`. */
async function assertMay(c: ConsoleContext, { people }: ApiParts, { needs, needsStepUp }: ApiRoute): Promise<void> {
  if (needs === 'anyone') return;
  const viewer = c.get('viewer');
  if (viewer === undefined) {
    throw new KitError('SIGN_IN_NEEDED', 'nobody is signed in', { hint: 'Sign in to the console first.' });
  }
  if (needs !== 'session' && !mayDo(viewer.role, needs)) {
    throw new KitError('FORBIDDEN', `the role ${viewer.role} does not hold the permission ${needs}`, {
      hint: 'An administrator can invite you in another role.',
    });
  }
  if (!needsStepUp || (await isSteppedUp(people, viewer))) return;
  throw new KitError('STEP_UP_NEEDED', 'this needs a one-time code of the last five minutes', {
    hint: 'Send the code that the authenticator shows to /api/v1/step-up, then ask again.',
  });
}

function problem(c: ConsoleContext, error: Error): Response {
  const isKnown = error instanceof KitError && error.code !== 'INVARIANT_BROKEN';
  const failure = isKnown
    ? error
    : new KitError('INVARIANT_BROKEN', 'something in the hub failed; nothing was changed', {
        hint: 'The hub’s log says more.',
      });
  const { code, message, hint = '', problems } = failure;
  return c.json({ code, message, hint, problems }, failure.treatment.http as ContentfulStatusCode);
}

/** Looks for accepted sheets after commits. A failure is logged, and the next commit or request looks again. */
function settleOnCommits(deps: Pick<ApiDeps, 'onCommitted' | 'log'>, settle: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    timer = undefined;
    settle().catch((error: unknown) => deps.log(`accepted sheets were not looked for: ${describeError(error)}`));
  };
  const stop = deps.onCommitted(() => {
    timer ??= setTimeout(look, SETTLE_PAUSE_MS).unref();
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}
