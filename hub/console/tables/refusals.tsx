import { orderChoices } from '../../store/pages/orders.ts';
import { countRefusals, listRefusals, type RefusalRow } from '../../store/pages/refusals.ts';
import { countText, keyWords, plainWord } from '../parts/figure-text.ts';
import { Figures } from '../parts/figures.tsx';
import { LeafLink, StateMark } from '../parts/marks.tsx';
import type { TableDefinition } from './table-definition.ts';

/** Every refusal of every control, with the limit and the figure that it observed. */
export const refusalsTable: TableDefinition<RefusalRow> = {
  id: 'refusals',
  title: 'Refusals',
  note: 'What each control refused and why, with the limit, the observed figure and the version of the rule; overridden where a signed ticket set the refusal aside.',
  needs: 'records.read',
  filters: [
    { name: 'order', label: 'Order id', kind: 'text' },
    { name: 'control', label: 'Control', kind: 'choice' },
    { name: 'scope', label: 'Scope', kind: 'text' },
    { name: 'from', label: 'Decided from', kind: 'day' },
    { name: 'to', label: 'Decided to', kind: 'day' },
  ],
  choices: ({ database }) => orderChoices(database),
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
    { title: 'Control', kind: 'text', cell: (row) => row.control, show: (row) => plainWord(row.control) },
    { title: 'Version', kind: 'integer', cell: (row) => `${row.version}`, isMinor: true },
    { title: 'Scope', kind: 'text', cell: (row) => row.scope },
    {
      title: 'Outcome',
      kind: 'text',
      cell: (row) => row.verdict,
      show: (row) => <StateMark state={row.verdict} />,
    },
    { title: 'Reason', kind: 'text', cell: (row) => row.reason },
    {
      title: 'Figures',
      kind: 'text',
      cell: (row) => figuresText(row.figures),
      show: (row) => <Figures figures={row.figures} />,
    },
    {
      title: 'Leaf',
      kind: 'integer',
      cell: (row) => `${row.leaf}`,
      show: (row) => <LeafLink leaf={row.leaf}>{`${row.leaf}`}</LeafLink>,
    },
  ],
  read: ({ database }, filter, page) => listRefusals(database, filter, page),
  cursor: (row) => `${row.leaf}.${row.ordinal}`,
  href: (row) => `/orders/${row.orderId}`,
  emptyText: 'No control has refused an order. Once one does, its reason and figures stand here.',
  above: async (_c, { database }) => {
    const counts = await countRefusals(database);
    const most = Math.max(1, ...counts.map(({ count }) => count));
    if (counts.length === 0) return null;
    return (
      <ul class="bars" aria-label="Refusals by control">
        {counts.map(({ control, count }) => (
          <li>
            <a href={`/refusals?control=${control}`}>{plainWord(control)}</a>
            <meter min={0} max={most} value={count}>
              {`${count}`}
            </meter>
            <span class="figure">{countText(count)}</span>
          </li>
        ))}
      </ul>
    );
  },
};

function figuresText(figures: Readonly<Record<string, string>>): string {
  return Object.entries(figures)
    .map(([key, value]) => `${keyWords(key)} ${value}`)
    .join('; ');
}
