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
  const { url, caller, general, define } = query;
  const named = findNamed(url, caller);
  if (named !== undefined) return named.kind === 'named' ? namedSource(define, named) : named;
  if (general === undefined || url.pathname !== '/v1/shape') return undefined;
  return tableSource(query, general);
}

/** A named shape and who asks for it, or why it is not answered. */
export type NamedQuestion =
  | { readonly kind: 'named'; readonly shape: NamedShape; readonly caller: ShapeCaller }
  | Extract<ShapeSource, { kind: 'refused' }>;

/** What is asked for under the path of a named shape; nothing under every other path. */
export function findNamed(url: URL, caller: ShapeCaller | undefined): NamedQuestion | undefined {
  const name = NAMED.exec(url.pathname)?.[1];
  const shape = namedShapes.find((one) => one.name === name);
  if (shape === undefined) return undefined;
  if (caller === undefined) return refused(401, { message: 'nobody is known to ask' });
  if (shape.isForPeople === true && caller.kind === 'edge') return refused(403, { message: 'it is for people alone' });
  const defining = definingParameters(url.searchParams);
  return defining.length > 0 ? refused(400, notYours(defining)) : { kind: 'named', shape, caller };
}

/** What of a subset of a named shape the caller may not ask for, in words. */
export function refusedOfNamed({ where, params }: SubsetRequest): string | undefined {
  return where === undefined && params.length === 0 ? undefined : 'a named shape takes no condition';
}

function namedSource(
  define: DefineDeps,
  { shape, caller }: Extract<NamedQuestion, { kind: 'named' }>,
): Extract<ShapeSource, { kind: 'source' }> {
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
    refusesSubset: refusedOfNamed,
    remove: () => Promise.resolve(jsonAnswer(405, { message: 'a named shape cannot be removed' })),
  };
}

function notYours(names: readonly string[]): Readonly<Record<string, unknown>> {
  const errors = Object.fromEntries(names.map((name) => [name, ['is set by the hub for a named shape']]));
  return { message: 'Invalid request', errors };
}

function tableSource(
  { url, define, general }: SourceQuery,
  { allowDelete }: { readonly allowDelete?: boolean },
): ShapeSource {
  const query = url.searchParams;
  if (!knowsSecret(query, general?.secret)) {
    return refused(401, { message: 'Unauthorized - Invalid API secret' });
  }
  const asked = readTableRequest(query);
  const defined = async (telling: Telling): Promise<Reading<ShapeDefinition>> =>
    asked.kind === 'wrong' ? asked : defineTable(define, asked.value, telling);
  return {
    kind: 'source',
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

function refused(status: number, body: Readonly<Record<string, unknown>>): Extract<ShapeSource, { kind: 'refused' }> {
  return { kind: 'refused', status, body };
}
