import { ageMs, type Instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { type BreakRow, listBreaks } from '../../store/pages/breaks.ts';
import { ageText } from '../parts/age-text.ts';
import { plainWord } from '../parts/figure-text.ts';
import { LeafLink, StateMark } from '../parts/marks.tsx';
import type { TableDefinition } from './table-definition.ts';

/** A break with how long it has stood, or how long it stood until it was resolved. */
interface AgedBreak extends BreakRow {
  readonly age: string;
}

/** Every difference between the journal, the venue and a statement: what differs, since when, why, and whose it is. */
export const breaksTable: TableDefinition<AgedBreak> = {
  id: 'breaks',
  title: 'Breaks',
  note: 'Every difference between the journal, the venue and a statement, until someone or a late report resolves it with a cause.',
  needs: 'records.read',
  filters: [
    { name: 'state', label: 'State', kind: 'choice' },
    { name: 'subject', label: 'About', kind: 'choice' },
    { name: 'owner', label: 'Owner', kind: 'text' },
    { name: 'account', label: 'Account', kind: 'text' },
    { name: 'venue', label: 'Venue', kind: 'text' },
    { name: 'edge', label: 'Edge', kind: 'text' },
    { name: 'from', label: 'Found from', kind: 'day' },
    { name: 'to', label: 'Found to', kind: 'day' },
  ],
  choices: async () => ({ state: ['open', 'resolved'], subject: ['order', 'fill', 'position', 'balance'] }),
  columns: [
    { title: 'Found', kind: 'instant', cell: (row) => row.since },
    { title: 'Age', kind: 'text', cell: (row) => row.age },
    { title: 'State', kind: 'text', cell: (row) => row.step, show: (row) => <StateMark state={row.step} /> },
    {
      title: 'Break',
      kind: 'text',
      cell: (row) => row.breakId,
      show: (row) => (
        <a href={breakPath(row)} class="id">
          {row.breakId}
        </a>
      ),
    },
    { title: 'About', kind: 'text', cell: (row) => `${row.subject} ${row.key}` },
    { title: 'Between', kind: 'text', cell: (row) => `${row.firstRecord} and ${row.secondRecord}`, isMinor: true },
    { title: 'Ours', kind: 'text', cell: (row) => row.ours },
    { title: 'Theirs', kind: 'text', cell: (row) => row.theirs },
    { title: 'Cause', kind: 'text', cell: (row) => (row.cause === null ? null : plainWord(row.cause)) },
    { title: 'Owner', kind: 'text', cell: (row) => row.owner ?? 'nobody' },
    { title: 'Account', kind: 'text', cell: (row) => row.account, isMinor: true },
    { title: 'Venue', kind: 'text', cell: (row) => row.venue, isMinor: true },
    { title: 'Edge', kind: 'text', cell: (row) => row.edge, isMinor: true },
    { title: 'Note', kind: 'text', cell: (row) => row.note, isFileOnly: true },
    {
      title: 'Leaf',
      kind: 'integer',
      cell: (row) => `${row.foundLeaf}`,
      show: (row) => <LeafLink leaf={row.foundLeaf}>{`${row.foundLeaf}`}</LeafLink>,
    },
  ],
  read: async ({ database, clock }, filter, page) => {
    const rows = await listBreaks(database, filter, page);
    const now = clock.now();
    return rows.map((row) => ({ ...row, age: breakAge(row, now) }));
  },
  cursor: (row) => `${row.foundLeaf}`,
  href: breakPath,
  emptyText: 'No difference is on record. Reconciliation with venues and statements finds them.',
};

/** Where a break has its page; ids are unique for an edge. */
export function breakPath({ edge, breakId }: Pick<BreakRow, 'edge' | 'breakId'>): string {
  return `/breaks/${edge}/${breakId}`;
}

/** How long a break has stood: until now, or until it was resolved. */
export function breakAge({ step, since, at }: BreakRow, now: Instant): string {
  const end = step === 'resolved' ? parseInstant(at) : now;
  return ageText(Math.max(0, ageMs(parseInstant(since), end)));
}
