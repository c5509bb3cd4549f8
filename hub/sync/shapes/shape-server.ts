import { KitError } from '@gatehouse/shared/errors.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { Database } from '../../store/database.ts';
import type { Connection } from '../../store/postgres/connection.ts';
import { matchingRows } from '../../store/shapes/shape-rows.ts';
import type { DefineDeps } from './define-shape.ts';
import { type Following, followChanges } from './follow-changes.ts';
import { namedShapes, type ShapeCaller } from './named-shapes.ts';
import { readBody, refusedBody } from './request-body.ts';
import { serveShape } from './serve-shape.ts';
import {
  type AnswerStyle,
  corsHeaders,
  failureAnswer,
  jsonAnswer,
  laterAnswer,
  preflight,
  wrongAnswer,
} from './shape-answers.ts';
import { SHAPE_LIMITS, type ShapeLimits } from './shape-limits.ts';
import { createShapeRegistry } from './shape-registry.ts';
import { readShapeRequest } from './shape-request.ts';
import { findSource, type ShapeSource } from './shape-source.ts';

/** A general server of the protocol: any table, for whoever knows the secret. */
export interface GeneralShapes {
  readonly secret?: string;
  readonly allowDelete?: boolean;
}

/** What the shape server of a hub needs. */
export interface ShapeServerDeps {
  readonly database: Database;
  readonly target: Connection | string;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  /** Also answers `/v1/shape?table=…`, without asking who calls. Absent in a hub that runs. */
  readonly general?: GeneralShapes;
  readonly limits?: Partial<ShapeLimits>;
  readonly publication?: string;
}

/** Serves shapes to whoever the door has let in. */
export interface ShapeServer {
  /** Answers one request; never throws. Shape: `caller` is who the door has found out, absent where it found nobody. */
  handle(request: Request, caller?: ShapeCaller): Promise<Response>;
  /** Resolves when the first attempt to follow the database has come out. */
  readonly ready: Promise<void>;
  readonly isActive: boolean;
  /** Ends all waiting requests and lets go of the database. */
  stop(): Promise<void>;
}

/** The publication of the tables that shapes are made of. */
export const SHAPES_PUBLICATION = 'gatehouse_shapes';

const NANOS_PER_MICRO = 1_000n;

/** Starts to serve. */
export function createShapeServer(deps: ShapeServerDeps): ShapeServer {
  const { database, target, clock, log, publication = SHAPES_PUBLICATION } = deps;
  const limits = { ...SHAPE_LIMITS, ...deps.limits };
  const registry = createShapeRegistry({
    database,
    limits,
    match: (condition, rows) => matchingRows(database, condition, rows),
    nowMicros: () => clock.now() / NANOS_PER_MICRO,
    elapsedMs: () => performance.now(),
  });
  const tables = [...new Set(namedShapes.map(({ table }) => table))];
  const following = followChanges({ database, target, publication, tables, registry, limits, log });
  const define: DefineDeps = { database, publication };
  const style: AnswerStyle = deps.general === undefined ? 'private' : 'public';
  const waiting = { count: 0 };
  const serving = { database, registry, limits, style, waiting, nowMs: () => Number(clock.now() / 1_000_000n) };

  async function answer(request: Request, caller: ShapeCaller | undefined): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === '/') return new Response('');
    if (url.pathname === '/v1/health') return health(following);
    const source = findSource({ url, caller, define, general: deps.general });
    if (source === undefined) return new Response('Not found', { status: 404 });
    if (request.method === 'OPTIONS') return preflight(request);
    if (source.kind === 'refused') return jsonAnswer(source.status, source.body);
    if (following.state.kind !== 'active') return laterAnswer(whyNot(following));
    return serve(request, url, source);
  }

  async function serve(
    request: Request,
    url: URL,
    source: Extract<ShapeSource, { kind: 'source' }>,
  ): Promise<Response> {
    if (request.method === 'DELETE') return source.remove(registry);
    if (!['GET', 'HEAD', 'POST'].includes(request.method)) return new Response('Not found', { status: 404 });
    const body = request.method === 'POST' ? await readBody(request, limits.bodyBytesMax) : undefined;
    if (body?.kind === 'refused') return refusedBody(body);
    const asked = readShapeRequest(url.searchParams, body?.value);
    if (asked.kind === 'wrong') return wrongAnswer(asked.errors);
    return serveShape(serving, request, { asked: asked.value, source });
  }

  return {
    handle: async (request, caller) => {
      const response = await answer(request, caller).catch((error: unknown) => {
        if (!(error instanceof KitError)) log(`a request for a shape failed: ${String(error)}`);
        return failureAnswer(error);
      });
      return finished(request, response, style);
    },
    ready: following.firstAttempt,
    get isActive() {
      return following.state.kind === 'active';
    },
    stop: () => following.stop(),
  };
}

function finished(request: Request, response: Response, style: AnswerStyle): Response {
  for (const [name, value] of Object.entries(corsHeaders(style, request))) response.headers.set(name, value);
  response.headers.set('electric-server', 'Gatehouse');
  if (request.method !== 'HEAD') return response;
  void response.body?.cancel();
  return new Response(null, { status: response.status, headers: response.headers });
}

function health({ state }: Following): Response {
  const status = state.kind === 'active' ? 'active' : state.kind === 'failed' ? 'starting' : 'waiting';
  return jsonAnswer(
    state.kind === 'active' ? 200 : 202,
    { status },
    {
      'cache-control': 'no-cache, no-store, must-revalidate',
    },
  );
}

/** Why nothing can be served, in the words of the failure where it is one that a person can cure. */
function whyNot({ state }: Following): Readonly<Record<string, unknown>> {
  const error = state.kind === 'failed' ? state.error : undefined;
  if (!(error instanceof KitError)) return { code: 'starting', message: 'the shapes are being opened' };
  return { code: error.code.toLowerCase(), message: error.message, ...(error.hint ? { hint: error.hint } : {}) };
}
