import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { EDGES_SHOWN_MAX } from '../../store/pages/edges.ts';
import type { GivenCommand } from '../../store/pages/edges-commands.ts';
import type { FilterValues } from '../../store/pages/paging.ts';
import type { LeaseRow } from '../lease-lines.ts';
import { commandColumns } from './command-columns.tsx';
import { edgeColumns, type ShownEdge } from './edge-columns.tsx';
import { Documents, EdgeFacts, Leases, Waiting } from './edge-panels.tsx';
import { ExportLinks } from './export-links.tsx';
import { onPage } from './table-column.ts';
import { TableRows } from './table-rows.tsx';

/** What moves on the page of all edges. */
export interface EdgesContent {
  readonly edges: readonly ShownEdge[];
  readonly leases: readonly LeaseRow[];
  readonly commands: readonly GivenCommand[];
}

const NO_LEASE = 'No edge has a lease: the sheet in force signs no firm-wide share, or nobody has asked yet.';
const NO_COMMAND = 'No command was given yet. The forms for it are on this page and on that of each edge.';

interface EdgesProps {
  readonly content: EdgesContent;
  readonly filter: FilterValues;
  readonly mayExport: boolean;
  readonly now: Instant;
}

/** The moving part of the page of all edges: served with the page, and made again in the browser from what comes in. */
export function EdgesPanels({ content, filter, mayExport, now }: EdgesProps) {
  const { edges, leases, commands } = content;
  const isFiltered = Object.keys(filter).length > 0;
  const names = new Set(edges.map(({ edge }) => edge));
  return (
    <>
      {edges.length === 0 ? (
        <p class="empty">
          {isFiltered
            ? 'No edge matches these filters.'
            : 'No edge is registered. Start one with npm start, or let one in on the page Devices.'}
        </p>
      ) : (
        <TableRows caption="Edges" rows={edges} href={({ edge }) => `/edges/${edge}`} columns={onPage(edgeColumns)} />
      )}
      {edges.length < EDGES_SHOWN_MAX ? null : <p class="note">There are more edges than one page shows.</p>}
      <Waiting edges={edges} isPart={isFiltered || edges.length >= EDGES_SHOWN_MAX} now={now} />
      <section class="block" aria-label="Newest commands">
        <h2>
          <a href="/commands">Newest commands</a>
        </h2>
        {commands.length === 0 ? (
          <p class="note">{filter['edge'] === undefined ? NO_COMMAND : 'This edge was given no command.'}</p>
        ) : (
          <TableRows caption="Newest commands" rows={commands} columns={onPage(commandColumns)} />
        )}
      </section>
      <Leases
        rows={isFiltered ? leases.filter(({ edge }) => names.has(edge)) : leases}
        none={isFiltered ? 'No edge that is shown here has a lease.' : NO_LEASE}
        tools={mayExport ? <ExportLinks id="leases" values={{}} /> : undefined}
      />
    </>
  );
}

/** What moves on the page of one edge. */
export interface EdgeContent {
  readonly row: ShownEdge;
  readonly leases: readonly LeaseRow[];
  readonly commands: readonly GivenCommand[];
}

/** The moving part of the page of one edge. */
export function EdgePanels({ content }: { readonly content: EdgeContent }) {
  const { row, leases, commands } = content;
  return (
    <>
      <EdgeFacts row={row} />
      <section class="block" aria-label="Commands">
        <h2>
          <a href={`/commands?edge=${row.edge}`}>Commands</a>
        </h2>
        {commands.length === 0 ? (
          <p class="note">It was given no command.</p>
        ) : (
          <TableRows
            caption="Commands"
            rows={commands}
            columns={onPage(commandColumns).filter(({ title }) => title !== 'Edge')}
          />
        )}
      </section>
      <Documents row={row} />
      <Leases rows={leases} none="It has no lease." />
    </>
  );
}
