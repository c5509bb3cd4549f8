/** Numbers from 0 to 1. */
export type Random = () => number;

/** A shape of one of the two tables, and what an oracle asks for it. */
export interface PlannedShape {
  readonly table: string;
  readonly columns: readonly string[];
  /** The condition with its values in it, as the oracle uses it. */
  readonly where: string | undefined;
  /** What the client is given. */
  readonly params: Record<string, string | string[]> & { table: string };
  readonly isEvents: boolean;
}

const TABLES = ['first', 'second'] as const;
const ALL = ['id', 'part', 'amount', 'flag', 'note', 'tags'];
const PARTS = ['a', 'b/c', 'd.e', "f'g", 'ü"h'];
const IDS = 40;

function pick<T>(random: Random, list: readonly [T, ...T[]]): T {
  return list[Math.floor(random() * list.length)] ?? list[0];
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function part(random: Random): string {
  return PARTS[Math.floor(random() * PARTS.length)] ?? 'a';
}

/** A shape with a random condition, random columns and a random way to be told of changes. */
export function planShape(random: Random): PlannedShape {
  const table = pick(random, TABLES);
  const keys = table === 'first' ? ['id', 'part'] : ['id'];
  const columns = random() < 0.4 ? ALL : ALL.filter((column) => keys.includes(column) || random() < 0.5);
  const condition = planCondition(random);
  const params: PlannedShape['params'] = { table, replica: pick(random, ['default', 'full']) };
  if (columns !== ALL || random() < 0.5) params['columns'] = [...columns];
  if (condition !== undefined) {
    params['where'] = condition.where;
    if (condition.values.length > 0) params['params'] = [...condition.values];
  }
  const where = condition?.where.replace(/\$(\d)/g, (_, digit: string) =>
    text(condition.values[Number(digit) - 1] ?? ''),
  );
  return { table, columns, where, params, isEvents: random() < 0.3 };
}

function planCondition(random: Random): { readonly where: string; readonly values: readonly string[] } | undefined {
  const amount = (random() * 100).toFixed(8);
  const conditions = [
    undefined,
    { where: 'part = $1', values: [part(random)] },
    { where: 'part IN ($1, $2)', values: [part(random), part(random)] },
    { where: 'amount > $1', values: [amount] },
    { where: 'flag', values: [] },
    { where: 'flag IS NOT TRUE AND amount BETWEEN 10 AND $1', values: [amount] },
    { where: `note LIKE '%x%' OR note IS NULL`, values: [] },
    { where: 'tags @> $1', values: ['{1}'] },
    { where: 'id % 2 = 0 AND NOT (part = $1)', values: [part(random)] },
    { where: 'lower(note) = $1 OR amount * 2 < id', values: ['x1'] },
  ] as const;
  return pick(random, conditions);
}

/** The statements of one transaction. */
export function planMutation(random: Random): readonly string[] {
  if (random() < 0.01) return [`TRUNCATE ${pick(random, TABLES)}`];
  return Array.from({ length: 1 + Math.floor(random() * random() * 6) }, () => planStatement(random));
}

function planStatement(random: Random): string {
  const table = pick(random, TABLES);
  const id = Math.floor(random() * IDS);
  const one = `id = ${id}`;
  const values = [id, text(part(random)), amountOf(random), flagOf(random), noteOf(random), tagsOf(random)].join(', ');
  const insert = `INSERT INTO ${table} VALUES (${values}) ON CONFLICT DO NOTHING`;
  return pick(random, [
    insert,
    insert,
    insert,
    `UPDATE ${table} SET amount = ${amountOf(random)}, flag = ${flagOf(random)} WHERE ${one}`,
    `UPDATE ${table} SET note = ${noteOf(random)} WHERE ${one}`,
    `UPDATE ${table} SET note = ${noteOf(random)}, tags = ${tagsOf(random)} WHERE id % 7 = ${id % 7}`,
    `UPDATE ${table} SET part = ${text(part(random))} WHERE ${one}`,
    `UPDATE ${table} SET id = ${Math.floor(random() * IDS * 2)} WHERE ${one}`,
    `DELETE FROM ${table} WHERE ${one}`,
    `DELETE FROM ${table} WHERE id % 11 = ${id % 11}`,
  ]);
}

function amountOf(random: Random): string {
  return random() < 0.1 ? 'NULL' : (random() * 100).toFixed(Math.floor(random() * 9));
}

function flagOf(random: Random): string {
  return pick(random, ['true', 'false', 'NULL']);
}

/** Now and then so long that PostgreSQL stores it aside. */
function noteOf(random: Random): string {
  if (random() < 0.05)
    return `(SELECT string_agg(md5((n + ${Math.floor(random() * 9)})::text), 'x') FROM generate_series(1, 80) n)`;
  return pick(random, ['NULL', `'x${Math.floor(random() * 4)}'`, `'Y "quoted" \\ ,\n back'`, `''`]);
}

function tagsOf(random: Random): string {
  return pick(random, ['NULL', `'{}'`, `'{1}'`, `'{1,2}'`, `'{3,NULL}'`]);
}
