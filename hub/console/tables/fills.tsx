import { type FillRow, listFills } from '../../store/pages/fills.ts';
import { orderChoices } from '../../store/pages/orders.ts';
import { figureText } from '../parts/figure-text.ts';
import { LeafLink, SideMark, StateMark } from '../parts/marks.tsx';
import type { TableDefinition } from './table-definition.ts';

/** Every execution as its venue reported it. */
export const fillsTable: TableDefinition<FillRow> = {
  id: 'fills',
  title: 'Fills',
  note: 'Each execution as the venue first reported it, and how it counts now where the venue took it back or corrected it.',
  needs: 'records.read',
  filters: [
    { name: 'order', label: 'Order id', kind: 'text' },
    { name: 'side', label: 'Side', kind: 'choice' },
    { name: 'status', label: 'Counts', kind: 'choice' },
    { name: 'instrument', label: 'Instrument', kind: 'choice' },
    { name: 'from', label: 'From', kind: 'day' },
    { name: 'to', label: 'To', kind: 'day' },
  ],
  choices: async ({ database }) => ({
    ...(await orderChoices(database)),
    side: ['buy', 'sell'],
    status: ['stands', 'corrected', 'busted'],
  }),
  columns: [
    { title: 'At (market time)', kind: 'instant', cell: (row) => row.at },
    { title: 'Fill', kind: 'text', cell: (row) => row.fillId, isMinor: true },
    {
      title: 'Order',
      kind: 'text',
      cell: (row) => row.orderId,
      show: (row) => (
        <a href={`/orders/${row.orderId}`} class="id">
          {row.orderId}
        </a>
      ),
    },
    { title: 'Instrument', kind: 'text', cell: (row) => row.instrument },
    { title: 'Venue', kind: 'text', cell: (row) => row.venue, isMinor: true },
    { title: 'Side', kind: 'text', cell: (row) => row.side, show: (row) => <SideMark side={row.side} /> },
    { title: 'Quantity', kind: 'decimal', cell: (row) => row.quantity },
    { title: 'Price', kind: 'decimal', cell: (row) => row.price },
    { title: 'Currency', kind: 'text', cell: (row) => row.currency },
    { title: 'Fee', kind: 'decimal', cell: (row) => row.fee },
    { title: 'Fee in', kind: 'text', cell: (row) => row.feeCurrency, isMinor: true },
    { title: 'Counts', kind: 'text', cell: countsText, show: (row) => <Counts row={row} /> },
    { title: 'Maker or taker', kind: 'text', cell: (row) => row.liquidity, isFileOnly: true },
    { title: 'Account', kind: 'text', cell: (row) => row.account, isMinor: true },
    {
      title: 'Leaf',
      kind: 'integer',
      cell: (row) => `${row.leaf}`,
      show: (row) => <LeafLink leaf={row.leaf}>{`${row.leaf}`}</LeafLink>,
    },
  ],
  read: ({ database }, filter, page) => listFills(database, filter, page),
  cursor: (row) => `${row.leaf}`,
  href: (row) => `/orders/${row.orderId}`,
  emptyText: 'No fills yet. They appear when a venue executes an order: npm start runs the demo.',
};

function countsText({ status, now, feeCurrency }: FillRow): string {
  if (now === null) return status;
  return `${status}: ${now.quantity} at ${now.price}, fee ${now.fee} ${feeCurrency}`;
}

/** What became of an execution, with the entry that says so. */
function Counts({ row }: { readonly row: FillRow }) {
  const { status, now, changedLeaf } = row;
  if (changedLeaf === null) return <StateMark state={status} />;
  return (
    <>
      <StateMark state={status} />{' '}
      {now === null ? null : `${figureText(now.quantity)} at ${figureText(now.price)}, fee ${figureText(now.fee)} `}
      <LeafLink leaf={changedLeaf} />
    </>
  );
}
