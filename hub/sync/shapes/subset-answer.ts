import { randomInt } from 'node:crypto';
import type { Database } from '../../store/database.ts';
import { rowsOf } from '../../store/shapes/shape-rows.ts';
import { checkedCondition, namesOutside } from './define-shape.ts';
import { snapshotMessage } from './row-messages.ts';
import type { Shape } from './shape.ts';
import { type AnswerStyle, cacheHeaders, headerText, jsonAnswer, wrongAnswer } from './shape-answers.ts';
import { type ShapeDefinition, whereOf } from './shape-definition.ts';
import type { ShapeLimits } from './shape-limits.ts';
import { offsetText } from './shape-offset.ts';
import type { ShapeRegistry } from './shape-registry.ts';
import type { Reading, RequestErrors, ShapeRequest } from './shape-request.ts';
import { readCondition, readOrder } from './sql-words.ts';

/** What a subset is answered with. */
export interface SubsetDeps {
  readonly database: Database;
  readonly registry: ShapeRegistry;
  readonly limits: ShapeLimits;
  readonly style: AnswerStyle;
}

const MARK_MAX = 2 ** 31;

/** Answers with some of a shape's rows as of one moment, and with what tells which later changes they hold already. */
export async function subsetAnswer(
  deps: SubsetDeps,
  shape: Shape,
  asked: Pick<ShapeRequest, 'offset' | 'subset' | 'queryableColumns'>,
): Promise<Response> {
  const { definition } = shape;
  const query = await readQuery(deps.database, definition, asked);
  if (query.kind === 'wrong') return wrongAnswer(query.errors);
  // The client goes on from the place that it is told: where it was, or where the log ended before this moment. Any later place
  // would pass over changes of rows that this subset does not hold; changes that it does hold are told apart by the snapshot.
  const goOn = asked.offset.transaction < 0n ? shape.lastOffset : asked.offset;
  const mark = randomInt(MARK_MAX);
  const { data, metadata } = await deps.registry.atMoment(async ({ visibility, databaseLsn }, tx) => {
    const { xmin, xmax, running } = visibility;
    const data: string[] = [];
    let bytes = 0;
    for await (const rows of rowsOf(tx, { table: definition.table, ...query.value })) {
      for (const row of rows) {
        const message = snapshotMessage(definition, row, mark);
        bytes += message.length;
        if (bytes <= deps.limits.shapeBytesMax) data.push(message);
      }
    }
    const metadata = {
      xmin: `${xmin}`,
      xmax: `${xmax}`,
      xip_list: running.map(String),
      snapshot_mark: mark,
      database_lsn: `${databaseLsn}`,
    };
    return { data: bytes > deps.limits.shapeBytesMax ? undefined : data, metadata };
  });
  if (data === undefined) return jsonAnswer(413, { message: 'the subset is larger than what is sent at once' });
  return new Response(`{"metadata":${JSON.stringify(metadata)},"data":[${data.join(',\n')}]}`, {
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...cacheHeaders(deps.style, 'never'),
      'electric-handle': shape.handle,
      'electric-offset': offsetText(goOn),
      'electric-schema': headerText(shape.schemaText),
      'electric-has-data': `${data.length > 0}`,
      'electric-snapshot': 'true',
    },
  });
}

interface SubsetQuery {
  readonly where: string | undefined;
  readonly orderBy: string | undefined;
  readonly limit: number | undefined;
  readonly offset: number | undefined;
}

async function readQuery(
  database: Database,
  { table, filter }: ShapeDefinition,
  { subset, queryableColumns }: Pick<ShapeRequest, 'subset' | 'queryableColumns'>,
): Promise<Reading<SubsetQuery>> {
  const { where, params = [], orderBy, limit, offset } = subset ?? {};
  const errors: Record<string, RequestErrors[string]> = {};
  const condition = where === undefined ? undefined : await checkedCondition(database, table, { where, params });
  if (condition?.kind === 'wrong') errors['subset__where'] = condition.errors['where'] ?? [];
  const order = orderBy === undefined ? undefined : readOrder(orderBy);
  if (order?.kind === 'refused') errors['subset__order_by'] = [order.reason];
  const words = where === undefined ? undefined : readCondition(where, params);
  const named = words?.kind === 'condition' ? table.columns.filter(({ name }) => words.names.has(name)) : [];
  const closed = namesOutside(
    queryableColumns,
    named.map(({ name }) => name),
  );
  if (closed.length > 0) errors['subset__where'] = [`columns that are not queryable: ${closed.join(', ')}`];
  const known = new Set(table.columns.map(({ name }) => name));
  const names = order?.kind === 'order' ? [...order.names] : [];
  const unknown = [...names.filter((name) => !known.has(name)), ...namesOutside(queryableColumns, names)];
  if (unknown.length > 0) errors['subset__order_by'] = [`unknown columns: ${unknown.join(', ')}`];
  if (Object.keys(errors).length > 0) return { kind: 'wrong', errors };
  const parts = [whereOf(filter), condition?.kind === 'read' ? `(${condition.value})` : undefined];
  const both = parts.filter((part) => part !== undefined).join(' AND ');
  const value = {
    where: both === '' ? undefined : both,
    orderBy: order?.kind === 'order' ? order.orderBy : undefined,
    limit,
    offset,
  };
  return { kind: 'read', value };
}
