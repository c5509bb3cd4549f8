import { BEFORE_ALL, readOffset, type ShapeOffset } from './shape-offset.ts';

/** What is wrong with a request, by parameter. */
export type RequestErrors = Readonly<Record<string, readonly string[]>>;

/** A part of a shape's rows as of now. Shape: texts of the caller, not checked yet. */
export interface SubsetRequest {
  readonly where: string | undefined;
  readonly params: readonly string[];
  readonly orderBy: string | undefined;
  readonly limit: number | undefined;
  readonly offset: number | undefined;
}

/** A request that is sound in itself. */
export interface ShapeRequest {
  /** From where; a request for `now` has `isNow` and begins nowhere. */
  readonly offset: ShapeOffset;
  readonly isNow: boolean;
  /** Absent where the offset says that the client has none that counts. */
  readonly handle: string | undefined;
  readonly live: boolean;
  readonly events: boolean;
  readonly cursor: string | undefined;
  /** Whether the client had this shape before and was told to fetch it again. */
  readonly hadHandle: boolean;
  readonly replica: 'default' | 'full';
  readonly log: 'full' | 'changes_only';
  readonly subset: SubsetRequest | undefined;
  /** The only columns that a subset may name, where whoever stands between has set them. */
  readonly queryableColumns: string | undefined;
}

/** The caller's own definition of a shape. Shape: texts of the caller, not checked yet. */
export interface TableRequest {
  readonly table: string;
  readonly where: string | undefined;
  readonly params: readonly string[];
  readonly columns: string | undefined;
  readonly queryableColumns: string | undefined;
}

/** A reading that came out, or what is wrong. */
export type Reading<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'wrong'; readonly errors: RequestErrors };

/** Parameters by which a caller would define a shape; a named shape takes none of them. */
export const DEFINING_PARAMETERS: readonly string[] = ['table', 'where', 'columns', 'queryable_columns', 'params'];

/** Reads the protocol's own parameters, and the body of a request for a subset. */
export function readShapeRequest(query: URLSearchParams, body: unknown): Reading<ShapeRequest> {
  const errors: Record<string, readonly string[]> = {};
  const offsetWord = query.get('offset') ?? '';
  const isNow = offsetWord === 'now';
  const offset = isNow ? BEFORE_ALL : readOffset(offsetWord);
  if (offsetWord === '') errors['offset'] = ["can't be blank"];
  else if (offset === undefined) errors['offset'] = ['has invalid format'];

  const isFirst = isNow || offset === undefined || offset.transaction < 0n;
  const handle = isFirst ? undefined : (query.get('handle') ?? '');
  if (handle === '') errors['handle'] = ["can't be blank when offset != -1"];

  const live = isOn(query, 'live');
  const events = isOn(query, 'live_sse') || isOn(query, 'experimental_live_sse');
  if (live && isNow) errors['live'] = ["can't be true when offset is 'now'"];
  else if (live && offsetWord === '-1') errors['live'] = ["can't be true when offset == -1"];
  if (events && !live) errors['live_sse'] = ["can't be true unless live is also true"];

  const replica = oneOf(query.get('replica') ?? 'default', ['default', 'full'] as const);
  if (replica === undefined) errors['replica'] = ['is invalid'];
  const log = oneOf(query.get('log') ?? 'full', ['full', 'changes_only'] as const);
  if (log === undefined) errors['log'] = ['is invalid'];
  const subset = body === undefined ? subsetOfQuery(query) : subsetOfBody(body);
  if (subset?.kind === 'wrong') Object.assign(errors, subset.errors);

  if (Object.keys(errors).length > 0 || offset === undefined || replica === undefined || log === undefined) {
    return { kind: 'wrong', errors };
  }
  const value = {
    offset,
    isNow,
    handle,
    live,
    events,
    cursor: query.get('cursor') ?? undefined,
    hadHandle: handle !== undefined || query.has('expired_handle'),
    replica,
    log,
    subset: subset?.kind === 'read' ? subset.value : undefined,
    queryableColumns: query.get('queryable_columns') ?? undefined,
  };
  return { kind: 'read', value };
}

/** Reads the parameters by which a caller defines a shape. */
export function readTableRequest(query: URLSearchParams): Reading<TableRequest> {
  const table = query.get('table') ?? '';
  if (table === '') return { kind: 'wrong', errors: { table: ["can't be blank"] } };
  const params = readParams(query);
  if (params === undefined) {
    return { kind: 'wrong', errors: { params: ['Parameters must be numbered sequentially, starting from 1'] } };
  }
  const value = {
    table,
    where: query.get('where') ?? undefined,
    params,
    columns: query.get('columns') ?? undefined,
    queryableColumns: query.get('queryable_columns') ?? undefined,
  };
  return { kind: 'read', value };
}

/** The names among the defining parameters that a request carries. */
export function definingParameters(query: URLSearchParams): readonly string[] {
  const names = [...query.keys()].map((name) => name.replace(/\[.*$/, ''));
  return [...new Set(names.filter((name) => DEFINING_PARAMETERS.includes(name)))];
}

function readParams(query: URLSearchParams): readonly string[] | undefined {
  const found = [...query].flatMap(([name, value]) => {
    const number = /^params\[([^\]]*)\]$/.exec(name)?.[1];
    return number === undefined ? [] : [[number, value] as const];
  });
  return inSequence(found);
}

function inSequence(found: readonly (readonly [string, string])[]): readonly string[] | undefined {
  const byNumber = new Map(found);
  const values = Array.from({ length: byNumber.size }, (_, at) => byNumber.get(`${at + 1}`));
  return values.every((value) => value !== undefined) ? values : undefined;
}

function subsetOfQuery(query: URLSearchParams): Reading<SubsetRequest> | undefined {
  const names = ['where', 'params', 'limit', 'offset', 'order_by'].map((name) => [name, `subset__${name}`] as const);
  if (names.every(([, parameter]) => !query.has(parameter))) return undefined;
  const fields = Object.fromEntries(names.map(([name, parameter]) => [name, query.get(parameter) ?? undefined]));
  const { params, ...rest } = fields;
  if (params === undefined) return readSubset(rest);
  try {
    return readSubset({ ...rest, params: JSON.parse(params) as unknown });
  } catch {
    return { kind: 'wrong', errors: { subset__params: ['has invalid format'] } };
  }
}

function subsetOfBody(body: unknown): Reading<SubsetRequest> {
  const fields = body as Readonly<Record<string, unknown>>;
  const { subset } = fields;
  return readSubset(typeof subset === 'object' && subset !== null ? (subset as Record<string, unknown>) : fields);
}

function readSubset(fields: Readonly<Record<string, unknown>>): Reading<SubsetRequest> {
  const errors: Record<string, readonly string[]> = {};
  const limit = countIn(fields['limit']);
  const offset = countIn(fields['offset']);
  const orderBy = textIn(fields['order_by']);
  const params = inSequence(Object.entries(fields['params'] ?? {}).map(([name, value]) => [name, `${value}`] as const));
  if (Number.isNaN(limit) || limit === 0) errors['subset__limit'] = ['must be greater than 0'];
  if (Number.isNaN(offset)) errors['subset__offset'] = ['must be greater than or equal to 0'];
  if ((limit !== undefined || offset !== undefined) && orderBy === undefined) {
    errors['subset__order_by'] = ["can't be blank when limit or offset is given"];
  }
  if (params === undefined) {
    errors['subset__params'] = ['Parameters must be numbered sequentially, starting from 1'];
  }
  if (Object.keys(errors).length > 0 || params === undefined) return { kind: 'wrong', errors };
  return { kind: 'read', value: { where: textIn(fields['where']), params, orderBy, limit, offset } };
}

function isOn(query: URLSearchParams, name: string): boolean {
  return query.has(name) && query.get(name) !== 'false';
}

function oneOf<const T extends string>(word: string, words: readonly T[]): T | undefined {
  return words.find((one) => one === word);
}

/** A count, nothing where none is given, NaN where what is given is none. */
function countIn(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  return /^\d{1,15}$/.test(`${value}`) ? Number(value) : Number.NaN;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
