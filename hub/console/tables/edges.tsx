import { readEdges } from '../../store/pages/edges.ts';
import type { FilterValues } from '../../store/pages/paging.ts';
import type { Parts } from '../console-deps.ts';
import { edgeColumns, type ShownEdge } from '../parts/edge-columns.tsx';
import type { TableDefinition } from './table-definition.ts';

/** Every edge: when it was last heard, how far its records are, what it runs on and what it has not answered. */
export const edgesTable: TableDefinition<ShownEdge> = {
  id: 'edges',
  title: 'Edges',
  note: 'Every computer that trades, by its own signed records: how far the hub has them, what it runs on, and which commands it has not answered.',
  needs: 'records.read',
  filters: [
    { name: 'edge', label: 'Edge', kind: 'text' },
    { name: 'status', label: 'Records', kind: 'choice' },
  ],
  choices: async () => ({ status: ['live', 'quarantined'] }),
  columns: edgeColumns,
  read: (parts, filter, { limit }) => shownEdges(parts, filter, limit),
  href: (row) => `/edges/${row.edge}`,
  emptyText: 'No edge is registered. Start one with npm start, or let one in on the page Devices.',
};

/** Edges as they stand now, with how long their backlog will take. */
export async function shownEdges(
  { database, paces, clock }: Pick<Parts, 'database' | 'paces' | 'clock'>,
  filter: FilterValues,
  limit?: number,
): Promise<readonly ShownEdge[]> {
  const rows = await readEdges(database, filter, limit);
  const now = clock.now();
  const left = paces.look(rows, now);
  return rows.map((row) => ({ ...row, now, secondsLeft: left.get(row.edge) }));
}
