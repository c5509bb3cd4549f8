import { listCash, listPositions, type PositionRow } from '../../store/pages/positions.ts';
import { Figure, LeafLink, Time } from '../parts/marks.tsx';
import { TableRows } from '../parts/table-rows.tsx';
import type { TableDefinition } from './table-definition.ts';

const CASH_ROWS_MAX = 200;

/** What each account holds, in exact sums. */
export const positionsTable: TableDefinition<PositionRow> = {
  id: 'positions',
  title: 'Positions',
  note: 'What each account holds, in exact sums: from its fills as they stand, corporate actions and adjustments.',
  needs: 'records.read',
  filters: [
    { name: 'account', label: 'Account', kind: 'text' },
    { name: 'instrument', label: 'Instrument', kind: 'text' },
    { name: 'holding', label: 'Holding', kind: 'choice' },
  ],
  choices: async () => ({ holding: ['open'] }),
  columns: [
    { title: 'Account', kind: 'text', cell: (row) => row.account },
    { title: 'Instrument', kind: 'text', cell: (row) => row.instrument },
    { title: 'Quantity', kind: 'decimal', cell: (row) => row.quantity },
    { title: 'Average cost', kind: 'decimal', cell: (row) => row.averageCost },
    { title: 'Mark', kind: 'decimal', cell: (row) => row.mark },
    {
      title: 'Marked at',
      kind: 'instant',
      cell: (row) => row.markAt,
      show: (row) => <Time at={row.markAt} />,
      isMinor: true,
    },
    { title: 'Realised, average cost', kind: 'decimal', cell: (row) => row.realised },
    { title: 'Realised, first in first out', kind: 'decimal', cell: (row) => row.realisedByLots, isMinor: true },
    { title: 'Open lots', kind: 'integer', cell: (row) => `${row.lots}`, isMinor: true },
    { title: 'Fees', kind: 'decimal', cell: (row) => row.fees },
    { title: 'Currency', kind: 'text', cell: (row) => row.currency },
    {
      title: 'Last leaf',
      kind: 'integer',
      cell: (row) => `${row.leaf}`,
      show: (row) => <LeafLink leaf={row.leaf}>{`${row.leaf}`}</LeafLink>,
    },
  ],
  read: ({ database }, filter, { limit }) => listPositions(database, filter, limit),
  href: (row) => `/fills?instrument=${row.instrument}`,
  emptyText: 'No positions yet. They follow from fills: npm start runs the demo.',
  above: async (_c, { database }) => {
    const cash = await listCash(database, CASH_ROWS_MAX);
    if (cash.length === 0) return null;
    return (
      <section class="block">
        <h2>Cash</h2>
        <TableRows
          caption="Cash"
          rows={cash}
          columns={[
            { title: 'Account', kind: 'text', cell: (row) => row.account },
            { title: 'Currency', kind: 'text', cell: (row) => row.currency },
            {
              title: 'Amount',
              kind: 'decimal',
              cell: (row) => row.amount,
              show: (row) => <Figure text={row.amount} />,
            },
            { title: 'Paid in less withdrawn', kind: 'decimal', cell: (row) => row.deposited },
            { title: 'Fees of fills', kind: 'decimal', cell: (row) => row.fees },
            { title: 'Moved otherwise', kind: 'decimal', cell: (row) => row.other },
            {
              title: 'Last leaf',
              kind: 'integer',
              cell: (row) => `${row.leaf}`,
              show: (row) => <LeafLink leaf={row.leaf}>{`${row.leaf}`}</LeafLink>,
            },
          ]}
        />
        <h2>Holdings</h2>
      </section>
    );
  },
};
