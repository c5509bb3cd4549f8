/** What an open page shows, and so what its stream carries. */
export type LiveView =
  | { readonly kind: 'glance' | 'overview' | 'edges' }
  | { readonly kind: 'edge'; readonly edge: string };

/** A row of a stream as the browser has it. Shape: `edge` is empty where it belongs to none; `body` is what was JSON. */
export interface LiveEntry {
  readonly edge: string;
  readonly kind: string;
  readonly key: string;
  readonly body: unknown;
}

/** The hub's word that what its streams carry is fresh. Shape: `at` is the hub's time; the page counts on from there. */
export interface Pulse {
  readonly at: string;
}

/** Streams begin with this path. */
export const SHAPES_PATH = '/live/shapes/';
/** One question that waits for the news of several streams. */
export const POLL_PATH = '/live/poll';
/** By which session a page was shown; another one gets nothing of its streams. */
export const SESSION_HEADER = 'gatehouse-session';
/** So many streams one question may wait for. */
export const POLLED_MAX = 32;

const EDGE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The path of a view's stream, which is its name as well. */
export function viewPath(view: LiveView): string {
  return `${SHAPES_PATH}${view.kind === 'edge' ? `edge/${view.edge}` : view.kind}`;
}

/** The view that a path names; nothing where it names none. */
export function readViewPath(path: string): LiveView | undefined {
  if (!path.startsWith(SHAPES_PATH)) return undefined;
  const [kind, edge, ...more] = path.slice(SHAPES_PATH.length).split('/');
  if (more.length > 0) return undefined;
  if (kind === 'edge') return edge !== undefined && EDGE.test(edge) ? { kind, edge } : undefined;
  return edge === undefined && (kind === 'glance' || kind === 'overview' || kind === 'edges') ? { kind } : undefined;
}

/** The bodies of one kind, in the order of their edges and keys. Shape: the hub's own JSON, made from the type that is named. */
export function bodiesOf<Body>(entries: Iterable<LiveEntry>, kind: string): readonly Body[] {
  return [...entries]
    .filter((entry) => entry.kind === kind)
    .toSorted((a, b) => compare(a.key, b.key) || compare(a.edge, b.edge))
    .map(({ body }) => body as Body);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
