import { listVenues, type VenueRow } from '../../store/pages/venues.ts';
import { plainWord } from '../parts/figure-text.ts';
import { EnvironmentMark, LeafLink } from '../parts/marks.tsx';
import type { TableDefinition } from './table-definition.ts';

/** Everything that edges trade through: what it can do, what its connector is excused from, and how orders fill there. */
export const venuesTable: TableDefinition<VenueRow> = {
  id: 'venues',
  title: 'Venues',
  note: 'What each edge trades through, as it last said at a start. Open one for what it can do, its exemptions and its fill rules.',
  needs: 'records.read',
  filters: [
    { name: 'connector', label: 'Connector', kind: 'text' },
    { name: 'edge', label: 'Edge', kind: 'text' },
    { name: 'environment', label: 'Environment', kind: 'choice' },
  ],
  choices: async () => ({ environment: ['paper', 'live'] }),
  columns: [
    {
      title: 'Connector',
      kind: 'text',
      cell: (row) => row.connector,
      show: (row) => (
        <a href={venuePath(row)} class="id">
          {row.connector}
        </a>
      ),
    },
    { title: 'Title', kind: 'text', cell: (row) => row.title },
    { title: 'Venues', kind: 'text', cell: (row) => row.venues.join(', ') },
    { title: 'Edge', kind: 'text', cell: (row) => row.edge },
    {
      title: 'Environment',
      kind: 'text',
      cell: (row) => row.environment,
      show: (row) => <EnvironmentMark environment={row.environment} />,
    },
    { title: 'Account', kind: 'text', cell: (row) => row.account, isMinor: true },
    {
      title: 'Exemptions',
      kind: 'text',
      cell: (row) => row.exemptions.map(({ case: name, reason }) => `${plainWord(name)}: ${reason}`).join(' | '),
      show: ({ exemptions }) => (exemptions.length === 0 ? 'none' : `${exemptions.length}, with reasons`),
    },
    { title: 'Last run', kind: 'text', cell: (row) => row.run?.id ?? null, isMinor: true },
    { title: 'Said at', kind: 'instant', cell: (row) => row.at },
    { title: 'Order types', kind: 'text', cell: (row) => row.capabilities.orderTypes.join(', '), isFileOnly: true },
    {
      title: 'Times in force',
      kind: 'text',
      cell: (row) => row.capabilities.timesInForce.join(', '),
      isFileOnly: true,
    },
    { title: 'Fill rules', kind: 'text', cell: (row) => row.fillRules.join(' '), isFileOnly: true },
    {
      title: 'Leaf',
      kind: 'integer',
      cell: (row) => `${row.leaf}`,
      show: (row) => <LeafLink leaf={row.leaf}>{`${row.leaf}`}</LeafLink>,
    },
  ],
  read: ({ database }, filter, page) => listVenues(database, filter, page),
  cursor: (row) => `${row.leaf}`,
  href: venuePath,
  emptyText: 'No edge has said yet what it trades through. Each says so at its start.',
};

/** Where a connector has its page. */
export function venuePath({ connector }: Pick<VenueRow, 'connector'>): string {
  return `/venues/${connector}`;
}
