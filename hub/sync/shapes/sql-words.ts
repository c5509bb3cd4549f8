import { quoteText } from './shape-definition.ts';

/** A condition as it may be used, or why it may not. Shape: `columns` are the names that it mentions. */
export type ConditionText =
  | { readonly kind: 'condition'; readonly where: string; readonly names: ReadonlySet<string> }
  | { readonly kind: 'refused'; readonly reason: string };

/** An order of rows as it may be used, or why it may not. */
export type OrderText =
  | { readonly kind: 'order'; readonly orderBy: string; readonly names: ReadonlySet<string> }
  | { readonly kind: 'refused'; readonly reason: string };

const CONDITION_CHARACTERS_MAX = 20_000;

/** One alternative a kind of word; what fits none is refused. */
const WORD =
  /(?<blank>\s+)|(?<text>'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")+")|\$(?<parameter>[1-9]\d{0,4})|(?<name>[\p{L}_][\p{L}\p{N}_$]*)|(?<number>\d[\w.]*|\.\d+)|(?<mark>[(),.[\]:]|[-+*/<>=~!@#%^&|`?]+)/uy;

/** What may stand before an opening bracket without being a call of a function. */
const BEFORE_BRACKET = new Set(
  'and or not in any all some between is distinct from like ilike similar to on case when then else as symmetric'.split(
    ' ',
  ),
);
/** Functions and types with a length that answer the same for the same row, and do nothing else. */
const CALLS = new Set(
  'lower upper like ilike coalesce greatest least nullif abs length char_length trim btrim ltrim rtrim timezone justify_days justify_hours justify_interval array array_append array_cat array_dims array_fill array_length array_lower array_ndims array_position array_prepend array_remove array_replace array_to_string array_upper cardinality numeric decimal varchar char bpchar bit timestamp timestamptz time interval row'.split(
    ' ',
  ),
);
/** What opens a subquery, or reads the session, the clock or the user. */
const SUBQUERY = new Set(['select', 'values', 'table', 'with']);
const SESSION = new Set(
  'current_date current_time current_timestamp localtime localtimestamp current_user session_user user current_role current_catalog current_schema system_user'.split(
    ' ',
  ),
);

/**
 * Reads a condition of a caller and puts its parameters in as texts.
 *
 * Shape: not a parser of SQL, PostgreSQL itself judges the grammar. It only lets words through that cannot end the
 *        condition, open a subquery or call what is not on the list.
 */
export function readCondition(text: string, parameters: readonly string[]): ConditionText {
  if (text.length > CONDITION_CHARACTERS_MAX) return refused('The condition is too long');
  const names = new Set<string>();
  const parts: string[] = [];
  let depth = 0;
  let before: string | undefined;
  let wasText = false;
  WORD.lastIndex = 0;
  for (let at = 0; at < text.length; at = WORD.lastIndex) {
    WORD.lastIndex = at;
    const found = WORD.exec(text)?.groups;
    if (found === undefined) return refused(`At location ${at + SYNTAX_OFFSET}: cannot be read`);
    const word = text.slice(at, WORD.lastIndex);
    const reason = refusalOf(found, { before, wasText });
    if (reason !== undefined) return refused(reason);
    depth += word === '(' ? 1 : word === ')' ? -1 : 0;
    if (depth < 0) return refused(`At location ${at + SYNTAX_OFFSET}: syntax error at or near ")"`);
    const value = found['parameter'] === undefined ? undefined : parameters[Number(found['parameter']) - 1];
    if (found['parameter'] !== undefined && value === undefined) {
      return refused(`parameter value was not provided for ${word}`);
    }
    parts.push(value === undefined ? word : quoteText(value));
    if (found['name'] !== undefined) names.add(word.toLowerCase());
    if (found['quoted'] !== undefined) names.add(unquote(word));
    if (found['blank'] === undefined) before = found['name']?.toLowerCase() ?? found['quoted'];
    wasText = found['text'] !== undefined || found['parameter'] !== undefined;
  }
  if (depth !== 0) return refused('The brackets of the condition are not closed');
  return { kind: 'condition', where: parts.join(''), names };
}

/** Where a condition begins in `SELECT 1 WHERE …`, counted from zero, which is how places in it are told. */
const SYNTAX_OFFSET = 'SELECT 1 WHERE '.length;

function refusalOf(
  found: Readonly<Record<string, string | undefined>>,
  { before, wasText }: { readonly before: string | undefined; readonly wasText: boolean },
): string | undefined {
  const { mark, name, text, parameter } = found;
  if (mark !== undefined && /--|\/\*/.test(mark)) return 'Comments are not supported in conditions';
  // A text right after a text or a name would be read together with it.
  if ((text !== undefined || parameter !== undefined) && wasText) return 'Two texts stand side by side';
  if (text !== undefined && before !== undefined && /^(e|b|x|n|u&)$/.test(before))
    return 'Only plain texts are supported';
  const lower = name?.toLowerCase();
  if (lower !== undefined && SUBQUERY.has(lower)) return 'Subqueries are not supported';
  if (lower !== undefined && SESSION.has(lower)) return `${lower} is not supported in conditions`;
  if (mark === '(' && before !== undefined && !BEFORE_BRACKET.has(before) && !CALLS.has(before)) {
    return `unknown function ${before}`;
  }
  return undefined;
}

const ORDER_ITEM = /^("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)(\s+(?:asc|desc))?(\s+nulls\s+(?:first|last))?$/iu;

/** Reads an order: names of columns, each with a direction where wanted, separated by commas. */
export function readOrder(text: string): OrderText {
  const names = new Set<string>();
  const parts: string[] = [];
  for (const item of splitNames(text)) {
    const [, name, direction = '', nulls = ''] = ORDER_ITEM.exec(item) ?? [];
    if (name === undefined) return refused('must be a list of columns, each with asc or desc where wanted');
    names.add(unquote(name));
    parts.push(`"${unquote(name).replaceAll('"', '""')}"${direction}${nulls}`);
  }
  return { kind: 'order', orderBy: parts.join(', '), names };
}

/** The parts of a list, split at commas outside of quotes. */
export function splitNames(text: string): readonly string[] {
  return (text.match(/(?:"(?:[^"]|"")*"|[^,"])+/g) ?? []).map((part) => part.trim());
}

/** A name as it is stored: in quotes as it stands, else in lower case. */
export function unquote(name: string): string {
  return name.startsWith('"') && name.endsWith('"') && name.length > 1
    ? name.slice(1, -1).replaceAll('""', '"')
    : name.toLowerCase();
}

const TABLE = /^(?:("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)\.)?("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)$/u;

/** Reads `name` or `schema.name`; nothing where it is neither. */
export function readTableName(text: string): { readonly schema: string; readonly table: string } | undefined {
  const [, schema, table] = TABLE.exec(text) ?? [];
  if (table === undefined) return undefined;
  return { schema: schema === undefined ? 'public' : unquote(schema), table: unquote(table) };
}

function refused(reason: string): { readonly kind: 'refused'; readonly reason: string } {
  return { kind: 'refused', reason };
}
