import { type LeaseRow, readLeases } from '../lease-lines.ts';
import { leaseColumns } from '../parts/lease-columns.tsx';
import type { TableDefinition } from './table-definition.ts';

/** What each edge has of what the firm may have. */
export const leasesTable: TableDefinition<LeaseRow> = {
  id: 'leases',
  title: 'Leases',
  note: 'The parts of firm-wide thresholds that edges may use.',
  needs: 'records.read',
  filters: [],
  columns: leaseColumns,
  read: async ({ database }, _, { limit }) => (await readLeases(database)).slice(0, limit),
  emptyText: 'No edge has a lease.',
};
