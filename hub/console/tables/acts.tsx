import { type ActRow, listActs } from '../../store/pages/acts.ts';
import { LeafLink } from '../parts/marks.tsx';
import type { TableDefinition } from './table-definition.ts';

/** The audit trail: what people did in the console and the hub by itself. */
export const actsTable: TableDefinition<ActRow> = {
  id: 'acts',
  title: 'Acts',
  note: 'What people and the hub itself did, each act an entry of stream hub in the ledger.',
  needs: 'acts.read',
  filters: [
    { name: 'by', label: 'By (login or id)', kind: 'text' },
    { name: 'action', label: 'Action', kind: 'text' },
    { name: 'target', label: 'Target', kind: 'text' },
    { name: 'from', label: 'From', kind: 'day' },
    { name: 'to', label: 'To', kind: 'day' },
  ],
  columns: [
    { title: 'At', kind: 'instant', cell: (row) => row.at },
    {
      title: 'Action',
      kind: 'text',
      cell: (row) => row.action,
      show: (row) => (
        <a href={`/ledger/${row.leaf}`} class="id">
          {row.action}
        </a>
      ),
    },
    {
      title: 'By',
      kind: 'text',
      cell: (row) => row.login ?? row.by,
      show: (row) => <span title={row.by}>{row.login ?? row.by}</span>,
    },
    { title: 'From', kind: 'text', cell: (row) => row.from, isMinor: true },
    { title: 'Target', kind: 'text', cell: (row) => row.target },
    { title: 'Before', kind: 'text', cell: (row) => pairs(row.before), isMinor: true },
    { title: 'After', kind: 'text', cell: (row) => pairs(row.after) },
    { title: 'Note', kind: 'text', cell: (row) => row.note, isMinor: true },
    {
      title: 'Leaf',
      kind: 'integer',
      cell: (row) => `${row.leaf}`,
      show: (row) => <LeafLink leaf={row.leaf}>{`${row.leaf}`}</LeafLink>,
    },
  ],
  read: ({ database }, filter, page) => listActs(database, filter, page),
  cursor: (row) => `${row.leaf}`,
  href: (row) => `/ledger/${row.leaf}`,
  emptyText: 'No acts yet.',
};

function pairs(values: Readonly<Record<string, string>> | null): string | null {
  if (values === null) return null;
  return Object.entries(values)
    .map(([key, value]) => `${key}: ${value}`)
    .join('; ');
}
