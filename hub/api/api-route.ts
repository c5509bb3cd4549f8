import { KitError } from '@gatehouse/shared/errors.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { z } from 'zod';
import type { ConsoleContext } from '../console/console-deps.ts';
import { addressOf } from '../console/route.ts';
import type { CommandDeps } from '../control/commands/issue-command.ts';
import type { LimitDeps } from '../control/limit-work.ts';
import type { PeopleDeps } from '../people/people-deps.ts';
import type { Permission } from '../people/permissions.ts';
import type { Viewer } from '../people/sessions.ts';
import type { Database } from '../store/database.ts';
import type { AppendAct } from '../store/pages/people-store.ts';

/** What handlers of the API work with. */
export interface ApiParts {
  readonly database: Database;
  readonly appendAct: AppendAct;
  readonly clock: Clock;
  readonly people: PeopleDeps;
  readonly limits: LimitDeps;
  /** What commands to edges are given with; absent where none can be given. */
  readonly commands?: CommandDeps | undefined;
  readonly release: string;
}

/** What a request needs: nothing, a signed-in person, or a person with a permission. */
export type ApiNeed = 'anyone' | 'session' | Permission;

type Shape = z.ZodObject;

/** How a route is written down. Shape: an `answer` of `text` is a signed document or a text to be signed, sent as it is. */
interface RouteDefinition<Params extends Shape, Query extends Shape, Body extends z.ZodType, Answer extends z.ZodType> {
  readonly method: 'GET' | 'POST';
  /** As hono writes paths, below the base of the API. */
  readonly path: string;
  readonly needs: ApiNeed;
  /** A one-time code of the last five minutes has to stand behind the request. */
  readonly needsStepUp?: boolean;
  readonly summary: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly bodyBytesMax?: number;
  readonly answer: Answer | 'text';
  readonly handle: (
    request: ApiRequest<z.output<Params>, z.output<Query>, z.output<Body>>,
    parts: ApiParts,
  ) => Promise<ApiAnswer<z.input<Answer>>>;
}

/** A request whose parts were decoded. Shape: `viewer` is undefined only in a route for anyone. */
export interface ApiRequest<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly viewer: Viewer | undefined;
  readonly from: string;
}

/** What a handler answers with: JSON, or a text under a file name. */
export type ApiAnswer<Value> =
  | { readonly json: Value; readonly status?: 200 | 201 }
  | { readonly text: string; readonly fileName: string };

/** A door of the API: what it needs and takes, and how it answers. */
export interface ApiRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly needs: ApiNeed;
  readonly needsStepUp: boolean;
  readonly summary: string;
  readonly params: Shape | undefined;
  readonly query: Shape | undefined;
  readonly body: z.ZodType | undefined;
  readonly bodyBytesMax: number;
  readonly answer: z.ZodType | 'text';
  serve(c: ConsoleContext, parts: ApiParts): Promise<Response>;
}

/** The bound of a body where a route names no other. */
const BODY_BYTES_MAX = 16 * 1024;
const NOTHING = z.strictObject({});
const ESCAPED_NUL = '\\u0000';

/** Makes a route of its definition: it decodes what comes in before the handler sees it. */
export function apiRoute<
  Params extends Shape = typeof NOTHING,
  Query extends Shape = typeof NOTHING,
  Body extends z.ZodType = z.ZodUndefined,
  Answer extends z.ZodType = z.ZodUndefined,
>(definition: RouteDefinition<Params, Query, Body, Answer>): ApiRoute {
  const { method, path, needs, needsStepUp = false, summary, params, query, body, answer } = definition;
  return {
    method,
    path,
    needs,
    needsStepUp,
    summary,
    params,
    query,
    body,
    bodyBytesMax: definition.bodyBytesMax ?? BODY_BYTES_MAX,
    answer,
    async serve(c, parts) {
      const request = {
        params: decode(params ?? NOTHING, c.req.param(), 'the address'),
        query: decode(query ?? NOTHING, c.req.query(), 'the query'),
        body: body === undefined ? undefined : decode(body, await jsonOf(c), 'the body'),
        viewer: c.get('viewer'),
        from: addressOf(c),
      };
      // Each part was decoded by the schema of its name, which the type of an absent one cannot say.
      return answered(c, await definition.handle(request as Parameters<typeof definition.handle>[0], parts));
    },
  };
}

/** Who asks, in a route that needs a person. Errors: `INVARIANT_BROKEN` in one that does not. */
export function personOf({ viewer, from }: Pick<ApiRequest<unknown, unknown, unknown>, 'viewer' | 'from'>) {
  if (viewer !== undefined) return { personId: viewer.personId, from, viewer };
  throw new KitError('INVARIANT_BROKEN', 'a route of the API reads its viewer but needs none');
}

async function jsonOf(c: ConsoleContext): Promise<unknown> {
  const type = c.req.header('content-type') ?? 'none';
  if (!/^application\/json\b/i.test(type)) {
    throw new KitError('MESSAGE_MALFORMED', `a body of type ${type.slice(0, 100)}`, {
      hint: 'Send JSON, with the header Content-Type: application/json.',
    });
  }
  const text = await c.req.text();
  if (text.includes(ESCAPED_NUL)) {
    throw new KitError('MESSAGE_MALFORMED', 'the body holds a NUL character', {
      hint: 'Leave it out; the database keeps no text with one.',
      problems: ['the body holds a NUL character'],
    });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KitError('MESSAGE_MALFORMED', 'the body is no JSON', {
      hint: 'Check quotes, commas and brackets.',
      cause,
    });
  }
}

function answered(c: ConsoleContext, answer: ApiAnswer<unknown>): Response {
  c.header('Cache-Control', 'no-store');
  if ('json' in answer) return c.json(answer.json as object, answer.status ?? 200);
  c.header('Content-Disposition', `attachment; filename="${answer.fileName}"`);
  return c.text(answer.text);
}
