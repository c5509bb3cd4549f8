import { OrderState } from '@gatehouse/shared/schema/bodies.ts';
import { listOrders, type OrderRow, orderChoices } from '../../store/pages/orders.ts';
import { plainWord, stateWord } from '../parts/figure-text.ts';
import { SideMark, StateMark } from '../parts/marks.tsx';
import type { TableDefinition } from './table-definition.ts';

/** Every order of the firm, refused ones too. */
export const ordersTable: TableDefinition<OrderRow> = {
  id: 'orders',
  title: 'Orders',
  note: 'Each order with the control that refused it, newest first. Open one for its whole history.',
  needs: 'records.read',
  filters: [
    { name: 'text', label: 'Order id begins with', kind: 'text' },
    { name: 'state', label: 'State', kind: 'choice', show: stateWord },
    { name: 'side', label: 'Side', kind: 'choice' },
    { name: 'instrument', label: 'Instrument', kind: 'choice' },
    { name: 'algorithm', label: 'Algorithm', kind: 'choice' },
    { name: 'venue', label: 'Venue', kind: 'text' },
    { name: 'control', label: 'Refused by', kind: 'choice' },
    { name: 'from', label: 'Decided from', kind: 'day' },
    { name: 'to', label: 'Decided to', kind: 'day' },
  ],
  choices: async ({ database }) => ({
    ...(await orderChoices(database)),
    state: OrderState.options,
    side: ['buy', 'sell'],
  }),
  columns: [
    { title: 'Decided (market time)', kind: 'instant', cell: (row) => row.decidedAt },
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
    { title: 'State', kind: 'text', cell: (row) => row.state, show: (row) => <StateMark state={row.state} /> },
    { title: 'Algorithm', kind: 'text', cell: (row) => row.algorithm, isMinor: true },
    { title: 'Instrument', kind: 'text', cell: (row) => row.instrument },
    { title: 'Side', kind: 'text', cell: (row) => row.side, show: (row) => <SideMark side={row.side} /> },
    { title: 'Quantity', kind: 'decimal', cell: (row) => row.quantity },
    { title: 'Filled', kind: 'decimal', cell: (row) => row.filledQuantity },
    { title: 'Type', kind: 'text', cell: (row) => row.type, show: (row) => plainWord(row.type), isMinor: true },
    { title: 'Limit price', kind: 'decimal', cell: (row) => row.limitPrice },
    { title: 'Stop price', kind: 'decimal', cell: (row) => row.stopPrice, isFileOnly: true },
    { title: 'Currency', kind: 'text', cell: (row) => row.currency, isFileOnly: true },
    {
      title: 'Refused by',
      kind: 'text',
      cell: (row) => (row.refusedBy.length === 0 ? null : row.refusedBy.join(', ')),
      show: (row) => row.refusedBy.map(plainWord).join(', '),
    },
    { title: 'Venue', kind: 'text', cell: (row) => row.venue, isFileOnly: true },
    { title: 'Replaces', kind: 'text', cell: (row) => row.replaces, isFileOnly: true },
    { title: 'Group', kind: 'text', cell: (row) => row.groupId, isFileOnly: true },
    { title: 'Account', kind: 'text', cell: (row) => row.account, isFileOnly: true },
    { title: 'Leaf', kind: 'integer', cell: (row) => `${row.intentLeaf}`, isFileOnly: true },
  ],
  read: ({ database }, filter, page) => listOrders(database, filter, page),
  cursor: (row) => `${row.intentLeaf}`,
  href: (row) => `/orders/${row.orderId}`,
  emptyText: 'No orders yet. They appear as soon as an edge has sent its first batch: npm start runs the demo.',
};
