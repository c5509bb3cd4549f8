import type { ShapeCaller } from './named-shapes.ts';
import { type NamedShape, rowsFor } from './named-shapes.ts';
import { readBody, refusedBody } from './request-body.ts';
import { cacheHeaders, jsonAnswer, laterAnswer, preflight, wrongAnswer } from './shape-answers.ts';
import type { RowFilter } from './shape-definition.ts';
import { SHAPE_LIMITS, type ShapeLimits } from './shape-limits.ts';
import { readShapeRequest, type SubsetRequest } from './shape-request.ts';
import type { ShapeServer } from './shape-server.ts';
import { findNamed, refusedOfNamed } from './shape-source.ts';

/** What the proxy in front of a real Electric service needs. */
export interface ElectricProxyDeps {
  /** Where the service is, without `/v1/shape`. */
  readonly url: string;
  readonly secret: string | undefined;
  readonly log: (line: string) => void;
  readonly limits?: Partial<Pick<ShapeLimits, 'waitingMax' | 'bodyBytesMax'>>;
}

/** What of a caller's request goes on; everything else is set here. Source: `ELECTRIC_PROTOCOL_QUERY_PARAMS` of the client. */
const FORWARDED: readonly string[] = [
  'live',
  'live_sse',
  'experimental_live_sse',
  'handle',
  'offset',
  'cursor',
  'expired_handle',
  'log',
  'replica',
  'subset__limit',
  'subset__offset',
  'subset__order_by',
  'cache-buster',
];
/** Longer than the service keeps a stream of events open. */
const ANSWER_MS_MAX = 90_000;
/** About the connection between us and the service, not about the answer; fetch has unpacked the body already. */
const NOT_PASSED_ON = ['content-encoding', 'content-length', 'transfer-encoding', 'connection', 'keep-alive', 'vary'];
/** What the service says about us and not about the caller. */
const OUR_FAULT = [401, 403, 404];

/** The same named shapes, kept by a real Electric service: who asks decides what is asked of it. */
export function createElectricProxy(deps: ElectricProxyDeps): ShapeServer {
  const limits = { ...SHAPE_LIMITS, ...deps.limits };
  const stopped = new AbortController();
  let open = 0;

  async function answer(request: Request, caller: ShapeCaller | undefined): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === '/v1/health') return await pass(deps, new URL('/v1/health', deps.url), stopped.signal);
    const named = findNamed(url, caller);
    if (named === undefined) return new Response('Not found', { status: 404 });
    if (named.kind === 'refused') return jsonAnswer(named.status, named.body);
    if (request.method === 'OPTIONS') return preflight(request);
    if (!['GET', 'HEAD', 'POST'].includes(request.method)) return jsonAnswer(405, { message: 'only read' });
    const body = request.method === 'POST' ? await readBody(request, limits.bodyBytesMax) : undefined;
    if (body?.kind === 'refused') return refusedBody(body);
    const asked = readShapeRequest(url.searchParams, body?.value);
    if (asked.kind === 'wrong') return wrongAnswer(asked.errors);
    const { subset } = asked.value;
    const refusal = subset === undefined ? undefined : refusedOfNamed(subset);
    if (refusal !== undefined) return wrongAnswer({ subset__where: [refusal] });
    const upstream = upstreamUrl(deps, url.searchParams, rowsOf(named.shape, named.caller));
    const signal = AbortSignal.any([request.signal, stopped.signal, AbortSignal.timeout(ANSWER_MS_MAX)]);
    return pass(deps, upstream, signal, body === undefined ? undefined : subset);
  }

  return {
    ready: Promise.resolve(),
    isActive: true,
    handle: async (request, caller) => {
      if (open >= limits.waitingMax) return laterAnswer({ code: 'concurrent_request_limit_exceeded' });
      open += 1;
      try {
        return await answer(request, caller);
      } catch (error) {
        if (!request.signal.aborted) deps.log(`the Electric service does not answer: ${String(error)}`);
        return laterAnswer({ code: 'service_unreachable', message: 'the service behind this one does not answer' });
      } finally {
        open -= 1;
      }
    },
    stop: async () => stopped.abort(),
  };
}

interface UpstreamRows {
  readonly shape: NamedShape;
  readonly filter: RowFilter;
}

function rowsOf(shape: NamedShape, caller: ShapeCaller): UpstreamRows {
  return { shape, filter: rowsFor(shape, caller) };
}

function upstreamUrl({ url, secret }: ElectricProxyDeps, query: URLSearchParams, rows: UpstreamRows): URL {
  const upstream = new URL('/v1/shape', url);
  const { searchParams } = upstream;
  for (const name of FORWARDED) {
    const value = query.get(name);
    if (value !== null) searchParams.set(name, value);
  }
  searchParams.set('table', rows.shape.table);
  searchParams.set('columns', rows.shape.columns.map((column) => `"${column}"`).join(','));
  const { where, params } = conditionOf(rows.filter);
  if (where !== undefined) searchParams.set('where', where);
  for (const [at, value] of params.entries()) searchParams.set(`params[${at + 1}]`, value);
  if (secret !== undefined) searchParams.set('secret', secret);
  searchParams.sort();
  return upstream;
}

/** A single value is written as an equation, which the service finds rows by without looking at every shape. */
function conditionOf(filter: RowFilter): { readonly where: string | undefined; readonly params: readonly string[] } {
  if (filter.kind !== 'among') return { where: undefined, params: [] };
  const params: string[] = [];
  const parts = filter.conditions.map(({ column, values }) => {
    const places = values.map((value) => `$${params.push(value)}`);
    if (places.length === 0) return 'false';
    return places.length === 1 ? `"${column}" = ${places[0]}` : `"${column}" IN (${places.join(', ')})`;
  });
  return { where: parts.join(' AND '), params };
}

async function pass(
  { log }: ElectricProxyDeps,
  upstream: URL,
  ...[signal, subset]: readonly [AbortSignal, SubsetRequest?]
): Promise<Response> {
  const answer = await fetch(upstream, { signal, ...(subset === undefined ? {} : subsetInit(subset)) });
  if (OUR_FAULT.includes(answer.status)) {
    await answer.body?.cancel();
    log(`the Electric service refuses the hub with status ${answer.status}`);
    return laterAnswer({ code: 'service_refuses', message: 'the service behind this one refuses the hub' });
  }
  const headers = new Headers(answer.headers);
  for (const name of NOT_PASSED_ON) headers.delete(name);
  for (const name of [...headers.keys()]) if (name.startsWith('access-control-')) headers.delete(name);
  const kept = headers.get('cache-control') ?? 'no-cache';
  const privately = { ...cacheHeaders('private', 'never'), 'cache-control': privateOf(kept) };
  for (const [name, value] of Object.entries(privately)) headers.set(name, value);
  return new Response(answer.body, { status: answer.status, headers });
}

function privateOf(cacheControl: string): string {
  return cacheControl.replace(/\bpublic\b/, 'private').replace(/,?\s*s-maxage=\d+/, '');
}

function subsetInit({ limit, offset, orderBy }: SubsetRequest): RequestInit {
  const body = JSON.stringify({ limit, offset, order_by: orderBy });
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body };
}
