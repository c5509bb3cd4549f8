import { Words } from './marks.tsx';
import type { TableColumn } from './table-column.ts';

/** The name of an edge, with the way to its page. */
export function edgeColumn<Row extends { readonly edge: string }>(): TableColumn<Row> {
  return {
    title: 'Edge',
    kind: 'text',
    cell: (row) => row.edge,
    show: (row) => (
      <a href={`/edges/${row.edge}`}>
        <Words text={row.edge} />
      </a>
    ),
  };
}
