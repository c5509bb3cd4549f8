import { setTimeout as sleep } from 'node:timers/promises';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { z } from 'zod';
import type { ShapeCaller } from '../../sync/shapes/named-shapes.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { isStillHere, sessionMark } from '../live/live-session.ts';
import { type LiveView, POLL_PATH, POLLED_MAX, readViewPath, SESSION_HEADER, SHAPES_PATH } from '../live/live-view.ts';
import type { PollAnswer } from '../live/poll-answer.ts';
import type { Route } from '../route.ts';

const shapeRoute = (name: string, needs: Route['needs']): Route => {
  return { method: 'GET', path: `${SHAPES_PATH}${name}`, needs, isPassive: true, handle: answerShape };
};

export const liveRoutes: readonly Route[] = [
  shapeRoute('glance', 'glance'),
  shapeRoute('overview', 'records.read'),
  shapeRoute('edges', 'records.read'),
  shapeRoute('edge/:edge', 'records.read'),
  { method: 'POST', path: POLL_PATH, needs: 'glance', isPassive: true, handle: answerPoll },
];

/** What the streams of one browser ask at once: each one's own question, as it would ask it alone. */
const Poll = z.strictObject({
  requests: z
    .array(z.strictObject({ id: z.int().min(0), path: z.string().max(200), query: z.string().max(2_000) }))
    .min(1)
    .max(POLLED_MAX),
});
type PollRequest = z.output<typeof Poll>['requests'][number];

/** How long the others are waited for once the first has news. Units: milliseconds. */
const GATHER_MS = 20;
const NOBODY = 'sign in first';

/** One stream's question, answered by itself. */
async function answerShape(c: ConsoleContext, parts: Parts): Promise<Response> {
  const { pathname, search } = new URL(c.req.url);
  if (c.req.header(SESSION_HEADER) !== sessionMark(c.get('viewer'))) return c.text(NOBODY, 401);
  const answer = await ask(c, parts, { path: pathname, query: search, signal: c.req.raw.signal });
  return (await isStillHere(c, parts)) ? answer : c.text(NOBODY, 401);
}

/**
 * The questions of all streams of a browser over one connection.
 *
 * Shape: answered as soon as one of them has news, with all that have; who is left out asks again. So a browser holds one
 *        connection, however many pages it has open, of the six that HTTP/1.1 gives it.
 */
async function answerPoll(c: ConsoleContext, parts: Parts): Promise<Response> {
  if (c.req.header(SESSION_HEADER) !== sessionMark(c.get('viewer'))) return c.text(NOBODY, 401);
  const { requests } = decode(Poll, await c.req.json().catch(() => undefined), 'the question of the streams');
  const over = new AbortController();
  const signal = AbortSignal.any([c.req.raw.signal, over.signal]);
  const answers: PollAnswer[] = [];
  const asked = requests.map(async (request) => {
    const answer = await toldOf(request, await ask(c, parts, { ...request, signal }));
    if (!over.signal.aborted) answers.push(answer);
  });
  await Promise.race(asked);
  await Promise.race([Promise.all(asked), sleep(GATHER_MS)]);
  over.abort();
  await Promise.all(asked);
  c.header('Cache-Control', 'no-store');
  return (await isStillHere(c, parts)) ? c.json({ answers }) : c.text(NOBODY, 401);
}

async function toldOf({ id }: PollRequest, answer: Response): Promise<PollAnswer> {
  return { id, status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
}

interface Question {
  readonly path: string;
  readonly query: string;
  readonly signal: AbortSignal;
}

/** Asks the shapes for a view that the person may see. Shape: never throws; nobody may keep the answer. */
async function ask(c: ConsoleContext, parts: Parts, { path, query, signal }: Question): Promise<Response> {
  const view = readViewPath(path);
  if (view === undefined) return refused(404, 'there is no such stream');
  if (c.get('viewer') === undefined && view.kind !== 'glance') return refused(401, NOBODY);
  if (parts.shapes === undefined) return refused(503, 'this hub serves no shapes');
  try {
    await parts.live.watch(view);
    const url = new URL(`/v1/shapes/console-${view.kind}${query}`, parts.origin);
    const answer = await parts.shapes.handle(new Request(url, { signal }), callerOf(view));
    answer.headers.set('cache-control', 'no-store');
    answer.headers.delete('etag');
    return answer;
  } catch (error) {
    parts.log(`the stream ${path} was not answered: ${describeError(error)}`);
    return refused(503, error instanceof KitError ? error.message : 'the stream cannot be answered now');
  }
}

/** The pulse belongs to no edge. */
function callerOf(view: LiveView): ShapeCaller {
  return { kind: 'person', edges: view.kind === 'edge' ? [view.edge, ''] : 'all' };
}

function refused(status: number, message: string): Response {
  return Response.json({ message }, { status, headers: { 'cache-control': 'no-store' } });
}
