import { type KillReport, type KillRow, listKills } from '../../store/pages/kills.ts';
import { countText, plainWord } from '../parts/figure-text.ts';
import { Figures } from '../parts/figures.tsx';
import { LeafLink, StateMark, Time, Words } from '../parts/marks.tsx';
import type { TableDefinition } from './table-definition.ts';

const MS_PER_SECOND = 1_000;

/** Every stop of trading: what it covers, who made it and why, how far it came at each venue, and how it ended. */
export const killsTable: TableDefinition<KillRow> = {
  id: 'kills',
  title: 'Kills',
  note: 'Every stop of trading. It covers orders that lie in all of its scopes, until two people release it.',
  needs: 'records.read',
  filters: [
    { name: 'edge', label: 'Edge', kind: 'text' },
    { name: 'state', label: 'State', kind: 'choice' },
    { name: 'level', label: 'Level', kind: 'choice' },
    { name: 'from', label: 'From', kind: 'day' },
    { name: 'to', label: 'To', kind: 'day' },
  ],
  choices: async () => ({ state: ['in force', 'released'], level: ['pause', 'cancel', 'flatten'] }),
  columns: [
    { title: 'At', kind: 'instant', cell: (row) => row.at },
    {
      title: 'State',
      kind: 'text',
      cell: stateOf,
      show: (row) => <StateMark state={stateOf(row)} />,
    },
    { title: 'Kill', kind: 'text', cell: (row) => row.kill },
    { title: 'Edge', kind: 'text', cell: (row) => row.edge, isMinor: true },
    { title: 'Scopes', kind: 'text', cell: (row) => row.scopes.join(' + ') },
    { title: 'Level', kind: 'text', cell: (row) => row.level },
    { title: 'By', kind: 'text', cell: (row) => row.by },
    {
      title: 'Why',
      kind: 'text',
      cell: (row) => `${row.reason}${triggerText(row)}`,
      show: (row) => (
        <>
          {row.reason}
          {row.breaker === null ? null : (
            <>
              {' '}
              <span class="note">{`Tripped by ${plainWord(row.breaker)}.`}</span> <Figures figures={row.figures} />
            </>
          )}
        </>
      ),
    },
    {
      title: 'At the venues',
      kind: 'text',
      cell: (row) => row.reports.map(reportText).join('; '),
      show: (row) => (row.reports.length === 0 ? 'nothing reported' : <Reports reports={row.reports} />),
    },
    {
      title: 'Released',
      kind: 'text',
      cell: releaseText,
      show: (row) => (row.releaseLeaf === null ? '–' : <Release row={row} leaf={row.releaseLeaf} />),
    },
    {
      title: 'Leaf',
      kind: 'integer',
      cell: (row) => `${row.leaf}`,
      show: (row) => <LeafLink leaf={row.leaf}>{`${row.leaf}`}</LeafLink>,
    },
  ],
  read: ({ database }, filter, page) => listKills(database, filter, page),
  cursor: (row) => `${row.leaf}`,
  emptyText: 'Nobody and nothing has stopped trading. gatehouse kill does, with a reason.',
};

function stateOf({ releaseLeaf, level }: KillRow): string {
  if (releaseLeaf !== null) return 'released';
  return level === 'pause' ? 'reducing' : 'halted';
}

function triggerText({ breaker, figures }: KillRow): string {
  if (breaker === null) return '';
  const observed = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  return ` (breaker ${[breaker, ...observed].join(', ')})`;
}

function reportText({
  venue,
  sent,
  acknowledged,
  remaining,
  unknown,
  failed,
  positions,
  elapsedMs,
  isDone,
}: KillReport) {
  const orders = `${countText(sent)} told, ${countText(acknowledged)} acknowledged, ${countText(remaining)} remaining`;
  const strange = unknown === 0 ? '' : `, ${countText(unknown)} of them unknown`;
  const failures = failed === 0 ? '' : `, ${countText(failed)} failed`;
  const held = positions === null ? '' : `, ${countText(positions)} positions to close`;
  const after = `${isDone ? 'done' : 'not done'} after ${elapsedMs / MS_PER_SECOND} s`;
  return `${venue}: ${orders}${strange}${failures}${held}, ${after}`;
}

function Reports({ reports }: { readonly reports: readonly KillReport[] }) {
  return (
    <ul class="lines">
      {reports.map((report) => (
        <li>{reportText(report)}</li>
      ))}
    </ul>
  );
}

function releaseText({ releasedAt, releasedBy, releaseReason }: KillRow): string {
  return releasedAt === null ? 'no' : `${releasedAt} by ${releasedBy.join(' and ')}: ${releaseReason ?? ''}`;
}

function Release({ row, leaf }: { readonly row: KillRow; readonly leaf: number }) {
  return (
    <>
      <Time at={row.releasedAt} /> by <Words text={row.releasedBy.join(' and ')} />: {row.releaseReason}{' '}
      <LeafLink leaf={leaf} />
    </>
  );
}
