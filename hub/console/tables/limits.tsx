import { controls } from '@gatehouse/compliance/controls/index.ts';
import type { SheetChange } from '@gatehouse/compliance/sheet-difference.ts';
import { settleAccepted } from '../../control/accepted-sheets.ts';
import { listVersions, type SheetVersion, versionState } from '../../store/limit-rows.ts';
import { type StandingProposal, waitingProposals } from '../../store/proposal-rows.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { Hash, StateMark, Time, Words } from '../parts/marks.tsx';
import type { TableColumn } from '../parts/table-column.ts';
import { TableRows } from '../parts/table-rows.tsx';
import type { TableDefinition } from './table-definition.ts';

const WAITING_SHOWN_MAX = 20;

/** Every version of a limit sheet: who made and checked it, when, why, and what it changed. */
export const limitsTable: TableDefinition<SheetVersion> = {
  id: 'limits',
  title: 'Limits',
  note: 'Every version of a limit sheet. Tightening takes one person, loosening two; an edge says which one it runs on.',
  needs: 'limits.read',
  filters: [
    { name: 'legalEntity', label: 'Legal entity', kind: 'text' },
    { name: 'environment', label: 'Environment', kind: 'choice' },
  ],
  choices: async () => ({ environment: ['paper', 'live'] }),
  columns: [
    {
      title: 'Sheet',
      kind: 'text',
      cell: (row) => `${row.sheetId} ${row.sequence}`,
      show: (row) => (
        <>
          <Words text={`${row.sheetId} ${row.sequence}`} />
          <br />
          <Hash hash={row.sheet} />
        </>
      ),
    },
    { title: 'Hash', kind: 'text', cell: (row) => row.sheet, isFileOnly: true },
    {
      title: 'State',
      kind: 'text',
      cell: versionState,
      show: (row) => <StateMark state={versionState(row)} />,
    },
    { title: 'Legal entity', kind: 'text', cell: (row) => `${row.legalEntity}, ${row.environment}`, isMinor: true },
    { title: 'Made by', kind: 'text', cell: (row) => row.maker },
    { title: 'Checked by', kind: 'text', cell: (row) => row.checkers.join(', ') || 'nobody' },
    { title: 'Why', kind: 'text', cell: (row) => row.reason },
    {
      title: 'What changed',
      kind: 'text',
      cell: (row) => changesText(row),
      show: (row) => <Changes changes={row.changes} summary={changesSummary(row)} />,
    },
    { title: 'On record', kind: 'instant', cell: (row) => row.recordedAt, isMinor: true },
    {
      title: 'In force',
      kind: 'instant',
      cell: (row) => row.inForceAt,
      show: (row) => (
        <>
          <Time at={row.inForceAt} />
          {row.supersededAt === null ? null : (
            <>
              <br />
              until <Time at={row.supersededAt} />
            </>
          )}
        </>
      ),
    },
    { title: 'Superseded', kind: 'instant', cell: (row) => row.supersededAt, isFileOnly: true },
  ],
  async read({ database, appendAct, clock, random }, filter, page) {
    if (page.before === undefined && page.after === undefined) {
      await settleAccepted({ database, appendAct, clock, random, controls });
    }
    return listVersions(database, { ...filter, ...page });
  },
  cursor: (row) => row.sheet,
  emptyText: 'No sheet is on record yet. Run npm start; the first edge brings its own.',
  above: showWaiting,
};

const waitingColumns: readonly TableColumn<StandingProposal>[] = [
  { title: 'Proposal', kind: 'text', cell: (row) => row.proposalId },
  { title: 'State', kind: 'text', cell: (row) => row.state, show: (row) => <StateMark state={row.state} /> },
  { title: 'Sheet', kind: 'text', cell: (row) => `${row.sheetId} ${row.sequence}` },
  { title: 'Made by', kind: 'text', cell: (row) => row.maker },
  { title: 'Needs', kind: 'text', cell: (row) => (row.needsChecker ? 'a second person' : 'its maker alone') },
  { title: 'Why', kind: 'text', cell: (row) => row.reason },
  {
    title: 'What it changes',
    kind: 'text',
    cell: (row) => changesText(row),
    show: (row) => <Changes changes={row.changes} summary={changesSummary(row)} />,
  },
  { title: 'Proposed', kind: 'instant', cell: (row) => row.proposedAt },
];

async function showWaiting(_: ConsoleContext, { database }: Parts) {
  const waiting = await waitingProposals(database, WAITING_SHOWN_MAX);
  if (waiting.length === 0) return null;
  return (
    <section class="block">
      <h2>Waiting for a person</h2>
      <TableRows caption="Proposed limit sheets" rows={waiting} columns={waitingColumns} />
    </section>
  );
}

interface Compared {
  readonly base: string | null;
  readonly isLoosening: boolean;
  readonly changes: readonly SheetChange[];
}

function changesText(row: Compared): string {
  return row.changes.length === 0 ? changesSummary(row) : row.changes.map(({ says }) => says).join(' ');
}

function changesSummary({ base, isLoosening, changes }: Compared): string {
  if (base === null) return 'the first sheet';
  const count = changes.length === 1 ? '1 change' : `${changes.length} changes`;
  return isLoosening ? `${count}, loosening` : count;
}

function Changes({ changes, summary }: { readonly changes: readonly SheetChange[]; readonly summary: string }) {
  if (changes.length === 0) return <>{summary}</>;
  return (
    <details>
      <summary>{summary}</summary>
      <ul>
        {changes.map(({ effect, says }) => (
          <li>{`${says} (${effect})`}</li>
        ))}
      </ul>
    </details>
  );
}
