import { bodySchemas } from '@gatehouse/shared/schema/bodies.ts';
import { mayDo } from '../../people/permissions.ts';
import { readArchiveStates } from '../../store/archive-rows.ts';
import { type LeafRow, listLeaves, listStreams, readLedgerHead } from '../../store/pages/ledger.ts';
import { readFindings, readRejudgement } from '../../store/rejudgement-rows.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { ArchivePanel } from '../parts/archive-panel.tsx';
import { countText } from '../parts/figure-text.ts';
import { Hash, LeafLink, StateMark, Time } from '../parts/marks.tsx';
import { RejudgementPanel } from '../parts/rejudgement-panel.tsx';
import { TableRows } from '../parts/table-rows.tsx';
import { VerificationPanel } from '../parts/verification-panel.tsx';
import type { TableDefinition } from './table-definition.ts';

const FINDINGS_SHOWN = 20;

/** The ledger itself: where it stands, who wrote into it, and each leaf. */
export const ledgerTable: TableDefinition<LeafRow> = {
  id: 'ledger',
  title: 'Ledger',
  note: 'One Merkle log of every record of the firm. Anyone can check it with public tools.',
  needs: 'ledger.read',
  filters: [
    { name: 'kind', label: 'Kind', kind: 'choice' },
    { name: 'edge', label: 'Stream', kind: 'choice' },
  ],
  choices: async ({ database }) => ({
    kind: Object.keys(bodySchemas),
    edge: (await listStreams(database)).map(({ edge }) => edge),
  }),
  columns: [
    {
      title: 'Leaf',
      kind: 'integer',
      cell: (row) => `${row.leaf}`,
      show: (row) => <LeafLink leaf={row.leaf}>{`${row.leaf}`}</LeafLink>,
    },
    { title: 'Recorded', kind: 'instant', cell: (row) => row.at },
    { title: 'Stream', kind: 'text', cell: (row) => row.edge },
    { title: 'Epoch', kind: 'integer', cell: (row) => `${row.epoch}`, isMinor: true },
    { title: 'Sequence', kind: 'integer', cell: (row) => `${row.seq}` },
    { title: 'Kind', kind: 'text', cell: (row) => row.kind },
    { title: 'Hash', kind: 'hash', cell: (row) => row.hash },
  ],
  read: ({ database }, filter, page) => listLeaves(database, filter, page),
  cursor: (row) => `${row.leaf}`,
  href: (row) => `/ledger/${row.leaf}`,
  emptyText: 'The ledger is empty. It grows with the first batch of an edge: npm start runs the demo.',
  above: (c, parts) => ledgerHead(c, parts),
};

async function ledgerHead(c: ConsoleContext, parts: Parts) {
  const { database } = parts;
  const [head, streams, rejudgement, findings, archive] = await Promise.all([
    readLedgerHead(database),
    listStreams(database),
    readRejudgement(database),
    readFindings(database, FINDINGS_SHOWN),
    readArchiveStates(database),
  ]);
  const viewer = c.get('viewer');
  return (
    <>
      <section class="block columns">
        <dl class="facts">
          <Fact term="Size">{`${countText(head.size)} leaves`}</Fact>
          <Fact term="Root">
            <Hash hash={head.root} isWhole />
          </Fact>
          <Fact term="Newest checkpoint">
            {head.noteSize === null ? 'none yet' : `${countText(head.noteSize)} leaves, `}
            {head.noteAt === null ? null : <Time at={head.noteAt} />}
          </Fact>
          <Fact term="In quarantine">{countText(head.quarantined)}</Fact>
          <Fact term="Set aside">{countText(head.setAside)}</Fact>
        </dl>
        <VerificationPanel
          state={parts.verification.state()}
          mayStart={viewer !== undefined && mayDo(viewer.role, 'ledger.verify')}
        />
        <RejudgementPanel row={rejudgement} findings={findings} size={head.size} />
        <ArchivePanel states={archive} size={head.size} />
      </section>
      {head.note === null ? null : <SignedNote note={head.note} />}
      <section class="block">
        <h2>Streams</h2>
        <TableRows
          caption="Streams"
          rows={streams}
          href={(row) => `/ledger?edge=${row.edge}`}
          columns={[
            {
              title: 'Stream',
              kind: 'text',
              cell: (row) => row.edge,
              show: (row) => <a href={`/ledger?edge=${row.edge}`}>{row.edge}</a>,
            },
            {
              title: 'Status',
              kind: 'text',
              cell: (row) => row.status,
              show: (row) => <StateMark state={row.status} />,
            },
            { title: 'Epoch', kind: 'integer', cell: (row) => `${row.epoch}` },
            { title: 'Sequence', kind: 'integer', cell: (row) => `${row.seq}` },
            { title: 'Hash', kind: 'hash', cell: (row) => row.hash },
            {
              title: 'Last batch',
              kind: 'instant',
              cell: (row) => row.lastBatchAt,
              show: (row) => <Time at={row.lastBatchAt} />,
            },
          ]}
        />
      </section>
      <h2>Entries</h2>
    </>
  );
}

function SignedNote({ note }: { readonly note: string }) {
  return (
    <details class="block">
      <summary>Signed note of the newest checkpoint</summary>
      <pre tabindex={0}>{note}</pre>
    </details>
  );
}

function Fact({ term, children }: { readonly term: string; readonly children: unknown }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}
