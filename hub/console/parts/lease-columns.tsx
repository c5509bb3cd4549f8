import type { LeaseRow } from '../lease-lines.ts';
import { edgeColumn } from './edge-column.tsx';
import { plainWord } from './figure-text.ts';
import { Figure, Mark } from './marks.tsx';
import type { TableColumn } from './table-column.ts';

/** The columns of a list of leases. */
export const leaseColumns: readonly TableColumn<LeaseRow>[] = [
  edgeColumn(),
  { title: 'Threshold', kind: 'text', cell: (row) => plainWord(row.threshold), isFileOnly: true },
  { title: 'Legal entity', kind: 'text', cell: (row) => `${row.legalEntity}, ${row.environment}`, isFileOnly: true },
  { title: 'Granted', kind: 'decimal', cell: (row) => row.amount },
  { title: 'Out', kind: 'decimal', cell: (row) => row.out },
  { title: 'Used', kind: 'decimal', cell: (row) => row.used },
  { title: 'Cap', kind: 'decimal', cell: (row) => row.cap },
  {
    title: 'Counts as',
    kind: 'decimal',
    cell: (row) => row.charged,
    show: (row) => (
      <>
        <Figure text={row.charged} /> {row.isBehind ? <Mark tone="warn">not known in full</Mark> : null}
      </>
    ),
  },
  { title: 'Currency', kind: 'text', cell: (row) => row.currency, isFileOnly: true },
  { title: 'Version', kind: 'integer', cell: (row) => `${row.version}`, isMinor: true },
  { title: 'The firm may have', kind: 'decimal', cell: (row) => row.firmMax, isFileOnly: true },
  { title: 'Of it counts as taken', kind: 'decimal', cell: (row) => row.firmCharged, isFileOnly: true },
  { title: 'Free', kind: 'decimal', cell: (row) => row.firmFree, isFileOnly: true },
];
