import { KitError } from '@gatehouse/shared/errors.ts';
import type { Permission } from '../people/permissions.ts';
import type { Viewer } from '../people/sessions.ts';
import type { ConsoleContext, Parts } from './console-deps.ts';

/**
 * What a request needs before a route is entered.
 *
 * Shape: `anyone` needs nothing, `session` a signed-in person, `glance` the right to read records or, before anyone has
 *        enrolled, a browser on the hub's own machine; else a permission.
 */
export type Need = 'anyone' | 'session' | 'glance' | Permission;

/** One door of the console. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly needs: Need;
  /** A request that a page makes by itself; it keeps no session alive. */
  readonly isPassive?: boolean;
  /** An answer that flows while it is read; a request for its headers alone would leave it open. */
  readonly isStream?: boolean;
  readonly handle: (c: ConsoleContext, parts: Parts) => Response | Promise<Response>;
}

/** Who asks, in a route that needs a person. Errors: `INVARIANT_BROKEN` in one that does not. */
export function viewerOf(c: ConsoleContext): Viewer {
  const viewer = c.get('viewer');
  if (viewer !== undefined) return viewer;
  throw new KitError('INVARIANT_BROKEN', `the route ${c.req.path} reads its viewer but needs none`);
}

/** The address that a request came from, as the socket says. */
export function addressOf(c: ConsoleContext): string {
  const env: unknown = c.env;
  const { incoming } = (env ?? {}) as { readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } } };
  return (incoming?.socket?.remoteAddress ?? 'unknown').replace(/^::ffff:/, '');
}

/** The fields of a form as texts; a file or a missing field counts as empty. */
export async function formOf<Name extends string>(
  c: ConsoleContext,
  names: readonly Name[],
): Promise<Readonly<Record<Name, string>>> {
  const body = await c.req.parseBody();
  const fields = names.map((name) => [name, typeof body[name] === 'string' ? body[name] : '']);
  return Object.fromEntries(fields) as Record<Name, string>;
}

/** A path of ours to go back to; anything else leads to the overview. */
export function localPath(text: string | undefined): string {
  return text !== undefined && /^\/(?![/\\])[\x21-\x7e]{0,2000}$/.test(text) ? text : '/';
}
