import type { GivenCommand } from '../../store/pages/edges-commands.ts';
import { edgeColumn } from './edge-column.tsx';
import { countText, plainWord } from './figure-text.ts';
import { LeafLink, StateMark, Time, Words } from './marks.tsx';
import type { TableColumn } from './table-column.ts';

/** The columns of a list of commands. */
export const commandColumns: readonly TableColumn<GivenCommand>[] = [
  { title: 'Given', kind: 'instant', cell: (row) => row.issuedAt },
  {
    title: 'Command',
    kind: 'text',
    cell: (row) => row.id,
    show: (row) => (
      <a href={`/commands?id=${row.id}`}>
        <Words text={row.id} />
      </a>
    ),
  },
  edgeColumn(),
  { title: 'Number', kind: 'integer', cell: (row) => `${row.seq}`, isMinor: true },
  {
    title: 'What',
    kind: 'text',
    cell: (row) => (row.level === null ? plainWord(row.kind) : `${row.kind}, ${row.level}`),
  },
  { title: 'Of', kind: 'text', cell: (row) => row.target },
  { title: 'By', kind: 'text', cell: (row) => row.login ?? row.issuedBy },
  { title: 'Person', kind: 'text', cell: (row) => row.issuedBy, isFileOnly: true },
  { title: 'Why', kind: 'text', cell: (row) => row.reason },
  {
    title: 'Answer',
    kind: 'text',
    cell: (row) => answerText(row.state),
    show: ({ state }) => (state === 'sent' ? 'none yet' : <StateMark state={state} />),
  },
  {
    title: 'Result',
    kind: 'text',
    cell: (row) => row.result,
    show: (row) => (
      <>
        {row.result ?? <span class="none">–</span>} {row.leaf === null ? null : <LeafLink leaf={row.leaf} />}
      </>
    ),
  },
  { title: 'Way', kind: 'text', cell: (row) => row.via, isMinor: true },
  {
    title: 'Received',
    kind: 'instant',
    cell: (row) => row.receivedAt,
    show: (row) => <TimeOrDash at={row.receivedAt ?? row.settledAt} />,
    isMinor: true,
  },
  {
    title: 'Done with',
    kind: 'instant',
    cell: (row) => row.settledAt,
    show: (row) => <TimeOrDash at={row.settledAt} />,
  },
  { title: 'Leaf', kind: 'integer', cell: (row) => (row.leaf === null ? null : `${row.leaf}`), isFileOnly: true },
];

/** How an edge answered, in words. */
export function answerText(state: string): string {
  if (state === 'sent') return 'none yet';
  return state === 'open' ? 'not done with' : state;
}

function TimeOrDash({ at }: { readonly at: string | null }) {
  return at === null ? <span class="none">–</span> : <Time at={at} />;
}

/** How many commands, in words. */
export function commandsText(count: number): string {
  return count === 1 ? '1 command' : `${countText(count)} commands`;
}
