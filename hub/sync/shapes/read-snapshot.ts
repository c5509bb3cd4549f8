import { KitError } from '@gatehouse/shared/errors.ts';
import type { Transaction as Queries } from '../../store/database.ts';
import { rowsOf, type SnapshotMoment } from '../../store/shapes/shape-rows.ts';
import { snapshotMessage } from './row-messages.ts';
import { snapshotEnd } from './shape.ts';
import { type ShapeDefinition, whereOf } from './shape-definition.ts';
import type { ShapeLimits } from './shape-limits.ts';

/** A shape's rows as of a moment, in chunks of joined messages. Errors: `BODY_TOO_LARGE`; the database's own for a condition. */
export async function readSnapshot(
  { definition, limits }: { readonly definition: ShapeDefinition; readonly limits: ShapeLimits },
  moment: SnapshotMoment,
  tx: Queries,
) {
  const chunks: string[] = [];
  const end = snapshotEnd(moment.visibility);
  let chunk: string[] = [];
  let chunkBytes = 0;
  let bytes = 0;
  const add = (message: string): void => {
    chunk.push(message);
    chunkBytes += message.length;
    bytes += message.length;
    if (bytes > limits.shapeBytesMax) {
      throw new KitError('BODY_TOO_LARGE', `the shape of ${definition.table.table} is larger than what is kept`, {
        hint: 'Ask for fewer rows or columns.',
      });
    }
    if (chunkBytes < limits.chunkBytes) return;
    chunks.push(chunk.join(',\n'));
    chunk = [];
    chunkBytes = 0;
  };
  if (definition.log === 'full') {
    const query = { table: definition.table, where: whereOf(definition.filter) };
    for await (const rows of rowsOf(tx, query)) for (const row of rows) add(snapshotMessage(definition, row));
  }
  chunk.push(end);
  chunks.push(chunk.join(',\n'));
  return { chunks, moment };
}
