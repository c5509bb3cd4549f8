import { createHash, timingSafeEqual } from 'node:crypto';
import { KitError } from '@gatehouse/shared/errors.ts';
import { type DefineDeps, defineNamed, defineTable, type Telling } from './define-shape.ts';
import { type NamedShape, namedShapes, type ShapeCaller } from './named-shapes.ts';
import { jsonAnswer, wrongAnswer } from './shape-answers.ts';
import type { ShapeDefinition } from './shape-definition.ts';
import type { ShapeRegistry } from './shape-registry.ts';
import { definingParameters, type Reading, readTableRequest, type SubsetRequest } from './shape-request.ts';

/** Where the definition of the shape that is asked for comes from, or why there is none. */
export type ShapeSource =
  | { readonly kind: 'refused'; readonly status: number; readonly body: Readonly<Record<string, unknown>> }
  | {
      readonly kind: 'source';
      /** Equal for requests that ask for the same shape in the same words. */
      readonly key: string;
      /** Whether a definition that was found before may have changed without a word in the stream of changes. */
      readonly isVolatile: boolean;
      define(telling: Telling): Promise<Reading<ShapeDefinition>>;
      /** What of a subset the caller may not ask for, in words. */
      refusesSubset(subset: SubsetRequest): string | undefined;
      remove(registry: ShapeRegistry): Promise<Response>;
    };

/** What a source is found by. */
export interface SourceQuery {
  readonly url: URL;
  readonly caller: ShapeCaller | undefined;
  readonly define: DefineDeps;
  readonly general: { readonly secret?: string; readonly allowDelete?: boolean } | undefined;
}

const NAMED = /^\/v1\/shapes\/([a-z][a-z-]*)$/;

/** The source that a path names, as it is written and in no other spelling; nothing where it names none. */
export function findSource(query: SourceQuery): ShapeSource | undefined {
  const { url, general } = query;
  const name = NAMED.exec(url.pathname)?.[1];
  if (name !== undefined) {
    const shape = namedShapes.find((one) => one.name === name);
    return shape === undefined ? undefined : namedSource(query, shape);
  }
  if (general === undefined || url.pathname !== '/v1/shape') return undefined;
  return tableSource(query, general);
}

function namedSource({ url, caller, define }: SourceQuery, shape: NamedShape): ShapeSource {
  if (caller === undefined) return refused(401, { message: 'nobody is known to ask' });
  const defining = definingParameters(url.searchParams);
  if (defining.length > 0) return refused(400, notYours(defining));
  return {
    kind: 'source',
    key: JSON.stringify([shape.name, caller]),
    isVolatile: false,
    define: async (telling) => {
      const definition = await defineNamed(define, { shape, caller }, telling);
      if (definition !== undefined) return { kind: 'read', value: definition };
      throw new KitError('SHAPES_UNAVAILABLE', `this database has no table ${shape.table}`, {
        hint: 'Start the hub once, which brings the schema to this release.',
      });
    },
    refusesSubset: ({ where, params }) =>
      where === undefined && params.length === 0 ? undefined : 'a named shape takes no condition',
    remove: () => Promise.resolve(jsonAnswer(405, { message: 'a named shape cannot be removed' })),
  };
}

function notYours(names: readonly string[]): Readonly<Record<string, unknown>> {
  const errors = Object.fromEntries(names.map((name) => [name, ['is set by the hub for a named shape']]));
  return { message: 'Invalid request', errors };
}

function tableSource({ url, define, general }: SourceQuery, { allowDelete }: { readonly allowDelete?: boolean }) {
  const query = url.searchParams;
  if (!knowsSecret(query, general?.secret)) {
    return refused(401, { message: 'Unauthorized - Invalid API secret' });
  }
  const asked = readTableRequest(query);
  const defined = async (telling: Telling): Promise<Reading<ShapeDefinition>> =>
    asked.kind === 'wrong' ? asked : defineTable(define, asked.value, telling);
  return {
    kind: 'source' as const,
    key: JSON.stringify(asked),
    isVolatile: true,
    define: defined,
    refusesSubset: () => undefined,
    remove: async (registry: ShapeRegistry): Promise<Response> => {
      if (allowDelete !== true) return jsonAnswer(405, { message: 'DELETE not allowed' });
      const handle = query.get('handle') ?? undefined;
      const byHandle = handle === undefined ? undefined : registry.find(handle);
      if (byHandle === undefined && asked.kind === 'wrong') {
        return handle === undefined ? wrongAnswer(asked.errors) : jsonAnswer(404, { message: 'Shape not found' });
      }
      const shape = byHandle ?? (handle === undefined ? await found(registry, defined) : undefined);
      if (shape === undefined) return jsonAnswer(404, { message: 'Shape not found' });
      registry.drop(shape);
      return new Response(null, { status: 202 });
    },
  };
}

async function found(registry: ShapeRegistry, defined: (telling: Telling) => Promise<Reading<ShapeDefinition>>) {
  const definition = await defined({ replica: 'default', log: 'full' });
  return definition.kind === 'read' ? registry.findLike(definition.value) : undefined;
}

/** Compares without telling by the time it takes how much was right. */
function knowsSecret(query: URLSearchParams, secret: string | undefined): boolean {
  if (secret === undefined) return true;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(query.get('secret') ?? query.get('api_secret') ?? ''), digest(secret));
}

function refused(status: number, body: Readonly<Record<string, unknown>>): ShapeSource {
  return { kind: 'refused', status, body };
}
