import { z } from 'zod';
import { KitError } from '../../errors.ts';
import type { Steps } from '../../values/steps.ts';
import { decode } from '../decode.ts';
import { FactsDocument, factsSchemas } from './index.ts';

/** So many rows are decoded in one step, some milliseconds of work. */
const ROWS_AT_ONCE = 1_000;

/** A list of a file that is too long for one step. */
interface LongList {
  readonly name: string;
  readonly schema: z.ZodArray;
  readonly rows: readonly unknown[];
}

/**
 * A dated file from its JSON, in steps where one of its lists is long.
 *
 * Shape:  the same value as the schema gives at once.
 * Errors: `MESSAGE_MALFORMED`, listing every problem of the file without its long lists, or else of the first rows that have one.
 */
export function* decodingFacts(wire: unknown, what: string): Steps<FactsDocument> {
  const long = longListsOf(wire);
  if (long.length === 0) return decode(FactsDocument, wire, what);
  const short = { ...(wire as object), ...Object.fromEntries(long.map(({ name }) => [name, []])) };
  const document: FactsDocument = decode(FactsDocument, short, what);
  const lists: Record<string, unknown> = {};
  for (const list of long) lists[list.name] = yield* decodingList(list, what);
  return { ...document, ...lists };
}

function* decodingList({ name, schema, rows }: LongList, what: string): Steps<unknown> {
  const some = z.array(schema.element);
  const decoded: unknown[] = [];
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    const result = z.safeDecode(some, rows.slice(at, at + ROWS_AT_ONCE) as never);
    if (!result.success) throw malformed(result.error, what, [name, at]);
    for (const row of result.data) decoded.push(row);
    yield;
  }
  // What holds for the list as a whole, such as its length, is asked once it is whole.
  const checks = (schema.def.checks ?? []) as unknown as readonly z.core.$ZodCheck<unknown[]>[];
  const whole = z.safeParse(z.array(z.unknown()).check(...checks), decoded);
  if (!whole.success) throw malformed(whole.error, what, [name, 0]);
  return decoded;
}

function longListsOf(wire: unknown): readonly LongList[] {
  const kind: unknown = (wire as { readonly kind?: unknown } | null)?.kind;
  if (typeof kind !== 'string' || !Object.hasOwn(factsSchemas, kind)) return [];
  const { shape } = factsSchemas[kind as keyof typeof factsSchemas];
  return Object.entries(shape).flatMap(([name, schema]) => {
    const rows: unknown = Object.getOwnPropertyDescriptor(wire, name)?.value;
    const isLong = schema instanceof z.ZodArray && Array.isArray(rows) && rows.length > ROWS_AT_ONCE;
    return isLong ? [{ name, schema: schema as unknown as z.ZodArray, rows }] : [];
  });
}

/** A problem names the row by its place in the whole list. */
function malformed(error: z.ZodError, what: string, [name, from]: readonly [name: string, from: number]): KitError {
  const problems = error.issues.map(({ path, message }) => {
    const [row, ...rest] = path;
    const place = typeof row === 'number' ? [name, row + from, ...rest] : [name, ...path];
    return `${place.map(String).join('.')}: ${message}`;
  });
  return new KitError('MESSAGE_MALFORMED', `${what} is malformed: ${problems.join('; ')}`, {
    hint: 'Compare it with the schema of this version; nothing of it was used.',
    problems,
    cause: error,
  });
}
