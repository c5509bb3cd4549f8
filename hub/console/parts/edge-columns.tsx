import { ageMs, type Instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import type { EdgeRow } from '../../store/pages/edges.ts';
import type { SecondsLeft } from '../catch-up-paces.ts';
import { ageText } from './age-text.ts';
import { commandsText } from './command-columns.tsx';
import { edgeColumn } from './edge-column.tsx';
import { countText } from './figure-text.ts';
import { Mark, StateMark, Time } from './marks.tsx';
import type { TableColumn } from './table-column.ts';

/** An edge as it is shown at a moment. */
export interface ShownEdge extends EdgeRow {
  readonly now: Instant;
  readonly secondsLeft: SecondsLeft;
}

const MS_PER_SECOND = 1_000;
/** An enrolled edge that is well shows its certificate more often than this. Units: milliseconds. */
const SILENT_MS = 60_000;

/** The columns of a list of edges. */
export const edgeColumns: readonly TableColumn<ShownEdge>[] = [
  edgeColumn(),
  { title: 'Records', kind: 'text', cell: (row) => row.status, show: (row) => <StateMark state={row.status} /> },
  {
    title: 'Trading',
    kind: 'text',
    cell: tradingText,
    show: (row) => <TradingMark row={row} />,
  },
  {
    title: 'Last contact',
    kind: 'instant',
    cell: lastContact,
    show: (row) => <Age at={lastContact(row)} now={row.now} />,
  },
  {
    title: 'Still to take',
    kind: 'integer',
    cell: (row) => `${row.left}`,
    show: (row) => <LeftMark row={row} more={countText(row.left)} />,
  },
  {
    title: 'Time left',
    kind: 'text',
    cell: timeLeftText,
  },
  {
    title: 'Heartbeat issued',
    kind: 'instant',
    cell: (row) => row.heartbeatAt,
    show: (row) => <Age at={row.heartbeatAt} now={row.now} />,
    isMinor: true,
  },
  { title: 'Sheet', kind: 'text', cell: (row) => versionText(row, 'sheet', row.sheetInUse) },
  { title: 'Trust', kind: 'text', cell: (row) => versionText(row, 'trust', row.trustInUse), isMinor: true },
  {
    title: 'Not answered',
    kind: 'integer',
    cell: (row) => `${row.openCommands}`,
    show: (row) =>
      row.openCommands === 0 ? <span class="none">–</span> : <Mark tone="warn">{countText(row.openCommands)}</Mark>,
  },
  {
    title: 'Since',
    kind: 'instant',
    cell: (row) => row.openSince,
    show: (row) => (row.openSince === null ? <span class="none">–</span> : <Age at={row.openSince} now={row.now} />),
  },
  { title: 'Taken up to', kind: 'text', cell: (row) => `${row.epoch}/${row.taken}`, isFileOnly: true },
  { title: 'Said to have', kind: 'integer', cell: (row) => textOf(row.reported), isFileOnly: true },
  { title: 'Last batch', kind: 'instant', cell: (row) => row.lastBatchAt, isFileOnly: true },
  { title: 'Certificate seen', kind: 'instant', cell: (row) => row.seenAt, isFileOnly: true },
  { title: 'Enrolment', kind: 'text', cell: (row) => row.enrolment, isFileOnly: true },
  {
    title: 'Documents',
    kind: 'text',
    cell: (row) => row.documents.map(({ kind, name, version }) => `${kind} ${name} ${version}`).join('; '),
    isFileOnly: true,
  },
  { title: 'Key', kind: 'text', cell: (row) => row.verifierKey, isFileOnly: true },
];

/** When the hub last heard anything of an edge: a batch of its entries, or its certificate at a door. */
export function lastContact({ lastBatchAt, seenAt }: Pick<EdgeRow, 'lastBatchAt' | 'seenAt'>): string | null {
  if (lastBatchAt === null || seenAt === null) return lastBatchAt ?? seenAt;
  return lastBatchAt > seenAt ? lastBatchAt : seenAt;
}

/** Whether an enrolled edge was not heard for so long that what is shown of it is how it was then. */
export function isSilent(row: Pick<ShownEdge, 'enrolment' | 'lastBatchAt' | 'seenAt' | 'now'>): boolean {
  const at = lastContact(row);
  return row.enrolment !== null && at !== null && ageMs(parseInstant(at), row.now) > SILENT_MS;
}

/** What is stopped at an edge: whether all of it or a part, and of a silent edge, that it was so then. */
export function TradingMark({ row }: { readonly row: ShownEdge }) {
  return (
    <>
      <StateMark state={tradingState(row)} />
      {isStoppedInPart(row) ? <span class="note"> in part</span> : null}
      {isSilent(row) ? <span class="note"> when last heard</span> : null}
    </>
  );
}

/** Whether the rest of an edge trades on beside what is stopped. */
export function isStoppedInPart({ halts }: Pick<EdgeRow, 'halts'>): boolean {
  return halts.length > 0 && halts.every(({ scope }) => scope !== 'firm');
}

/** How far behind the hub is; of a silent edge nobody can say that it is in step. */
export function LeftMark({ row, more }: { readonly row: ShownEdge; readonly more: string }) {
  if (row.left > 0) return <Mark tone="warn">{more}</Mark>;
  return isSilent(row) ? <Mark tone="plain">not known</Mark> : <Mark tone="good">in step</Mark>;
}

/** What is stopped at an edge, the worst first. */
export function tradingState({ halts }: EdgeRow): string {
  if (halts.some(({ state }) => state === 'halted')) return 'halted';
  return halts.length === 0 ? 'active' : 'reducing';
}

function tradingText(row: EdgeRow): string {
  const scopes = row.halts.map(({ scope, state }) => `${scope} ${state}`);
  return scopes.length === 0 ? 'active' : scopes.join('; ');
}

/** How long a backlog will take at the pace that was seen. */
export function timeLeftText({ left, secondsLeft }: ShownEdge): string | null {
  if (left === 0) return null;
  return secondsLeft === undefined ? 'no pace yet' : `about ${ageText(Math.max(secondsLeft * MS_PER_SECOND, 2_000))}`;
}

/** The version that an edge says it runs on, and the one that it should have where that differs. */
function versionText({ documents }: EdgeRow, kind: string, inUse: number | null): string | null {
  const versions = documents.filter((document) => document.kind === kind).map(({ version }) => version);
  const current = versions.length === 0 ? null : Math.max(...versions);
  if (current === null || current === inUse) return textOf(inUse);
  return inUse === null ? `none, ${current} is out` : `${inUse}, ${current} is out`;
}

function textOf(count: number | null): string | null {
  return count === null ? null : `${count}`;
}

/** How long ago something was, in a table; the time itself stands in its tooltip. */
function Age({ at, now }: { readonly at: string | null; readonly now: Instant }) {
  if (at === null) return <span class="none">never</span>;
  return (
    <time datetime={at.replace(/(\.\d{3})\d*Z$/, '$1Z')} data-zone="hover" title={`${at} (UTC)`}>
      {agoText(at, now)}
    </time>
  );
}

function agoText(at: string, now: Instant): string {
  return `${ageText(Math.max(0, ageMs(parseInstant(at), now)))} ago`;
}

/** How long ago something was, and when. */
export function Ago({ at, now }: { readonly at: string | null; readonly now: Instant }) {
  if (at === null) return <span class="none">never</span>;
  return (
    <>
      {`${agoText(at, now)}, `}
      <Time at={at} />
    </>
  );
}

/** Who has not answered, in one line. */
export function waitingText({ openCommands }: EdgeRow): string {
  return `${commandsText(openCommands)} not done with`;
}
