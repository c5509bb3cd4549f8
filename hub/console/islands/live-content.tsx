import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { EdgeRow } from '../../store/pages/edges.ts';
import type { GivenCommand } from '../../store/pages/edges-commands.ts';
import type { StreamHead } from '../../store/pages/ledger.ts';
import type {
  AccountValue,
  AlarmRow,
  EquityPoint,
  Overview,
  RunRow,
  TradingStateRow,
} from '../../store/pages/overview.ts';
import type { RefusalRow } from '../../store/pages/refusals.ts';
import { type CatchUpPaces, createCatchUpPaces } from '../catch-up-paces.ts';
import type { LeaseRow } from '../lease-lines.ts';
import type { LivePage } from '../live/live-page.ts';
import { bodiesOf, type LiveEntry } from '../live/live-view.ts';
import { COMMANDS_SHOWN } from '../live/shown.ts';
import type { ShownEdge } from '../parts/edge-columns.tsx';
import { EdgePanels, EdgesPanels } from '../parts/edges-live.tsx';
import { OverviewPanels } from '../parts/overview-panels.tsx';

/** Makes the moving part of a page from its rows. Shape: undefined while what it needs is not there. */
export type MakeContent = (entries: readonly LiveEntry[], now: Instant) => string | undefined;

/** What makes the moving part of this page, by the same code as the hub. */
export function contentMaker(page: LivePage): MakeContent {
  const paces = createCatchUpPaces();
  return (entries, now) => {
    if (page.kind === 'edges') return edgesContent(page, shownEdges(entries, now, paces), { entries, now });
    if (page.kind === 'edge') return edgeContent(shownEdges(entries, now, paces), entries);
    return overviewContent(page, entries, now);
  };
}

function overviewContent(
  { kind, account }: Extract<LivePage, { kind: 'glance' | 'overview' }>,
  entries: readonly LiveEntry[],
  now: Instant,
): string | undefined {
  const overview = kind === 'glance' ? bodiesOf<Overview>(entries, 'glance')[0] : overviewOf(entries, account);
  if (overview === undefined) return undefined;
  return `${<OverviewPanels overview={overview} account={account} now={now} isLinked={kind === 'overview'} />}`;
}

function overviewOf(entries: readonly LiveEntry[], account: string | undefined): Overview | undefined {
  const [counts] = bodiesOf<Pick<Overview, 'tallies' | 'open' | 'size'>>(entries, 'counts');
  if (counts === undefined) return undefined;
  const accounts = bodiesOf<AccountValue>(entries, 'account');
  const shown = account ?? accounts[0]?.account;
  const [curve = []] = bodiesOf<readonly EquityPoint[]>(
    entries.filter(({ key }) => key === shown),
    'curve',
  );
  return {
    ...counts,
    accounts,
    curve,
    streams: bodiesOf<StreamHead>(entries, 'stream'),
    states: bodiesOf<TradingStateRow>(entries, 'state'),
    alarms: bodiesOf<AlarmRow>(entries, 'alarm'),
    runs: bodiesOf<RunRow>(entries, 'run'),
    refusals: bodiesOf<RefusalRow>(entries, 'refusal'),
  };
}

function shownEdges(entries: readonly LiveEntry[], now: Instant, paces: CatchUpPaces): readonly ShownEdge[] {
  const rows = bodiesOf<EdgeRow>(entries, 'edge');
  const left = paces.look(rows, now);
  return rows.map((row) => ({ ...row, now, secondsLeft: left.get(row.edge) }));
}

function edgesContent(
  { filter, mayExport }: Extract<LivePage, { kind: 'edges' }>,
  all: readonly ShownEdge[],
  { entries, now }: { readonly entries: readonly LiveEntry[]; readonly now: Instant },
): string {
  const { edge, status } = filter;
  const edges = all.filter(
    (row) => (edge === undefined || row.edge === edge) && (status === undefined || row.status === status),
  );
  const commands = bodiesOf<GivenCommand>(entries, edge === undefined ? 'command' : 'edge-command');
  const content = {
    edges,
    leases: bodiesOf<LeaseRow>(entries, 'lease'),
    commands: commands.slice(0, COMMANDS_SHOWN.edges),
  };
  return `${<EdgesPanels content={content} filter={filter} mayExport={mayExport} now={now} />}`;
}

function edgeContent([row]: readonly ShownEdge[], entries: readonly LiveEntry[]): string | undefined {
  if (row === undefined) return undefined;
  const leases = bodiesOf<LeaseRow>(entries, 'lease');
  const commands = bodiesOf<GivenCommand>(entries, 'edge-command');
  return `${<EdgePanels content={{ row, leases, commands }} />}`;
}
