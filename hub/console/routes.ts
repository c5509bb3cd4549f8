import { accountRoutes } from './pages/account.tsx';
import { breakRoutes } from './pages/break.tsx';
import { controlRoutes } from './pages/controls.tsx';
import { deviceRoutes } from './pages/devices.tsx';
import { edgeRoutes } from './pages/edge.tsx';
import { edgesRoutes } from './pages/edges.tsx';
import { enrolRoutes } from './pages/enrol.tsx';
import { leafRoutes } from './pages/leaf.tsx';
import { liveRoutes } from './pages/live.ts';
import { orderRoutes } from './pages/order.tsx';
import { overviewRoutes } from './pages/overview.tsx';
import { peopleRoutes } from './pages/people.tsx';
import { reportRoutes } from './pages/reports.tsx';
import { retentionRoutes } from './pages/retention.tsx';
import { signInRoutes } from './pages/sign-in.tsx';
import { venueRoutes } from './pages/venue.tsx';
import type { Route } from './route.ts';
import { actsTable } from './tables/acts.tsx';
import { breaksTable } from './tables/breaks.tsx';
import { fillsTable } from './tables/fills.tsx';
import { killsTable } from './tables/kills.tsx';
import { ledgerTable } from './tables/ledger.tsx';
import { limitsTable } from './tables/limits.tsx';
import { ordersTable } from './tables/orders.tsx';
import { positionsTable } from './tables/positions.tsx';
import { refusalsTable } from './tables/refusals.tsx';
import { tableRoutes } from './tables/table-page.tsx';
import { venuesTable } from './tables/venues.tsx';

/** Every door of the console, each with what it needs. */
export const routes: readonly Route[] = [
  ...overviewRoutes,
  ...liveRoutes,
  ...tableRoutes(ordersTable),
  ...orderRoutes,
  ...tableRoutes(positionsTable),
  ...tableRoutes(refusalsTable),
  ...tableRoutes(fillsTable),
  ...tableRoutes(breaksTable),
  ...breakRoutes,
  ...tableRoutes(venuesTable),
  ...venueRoutes,
  ...edgesRoutes,
  ...edgeRoutes,
  ...tableRoutes(killsTable),
  ...controlRoutes,
  ...tableRoutes(limitsTable),
  ...tableRoutes(ledgerTable),
  ...leafRoutes,
  ...reportRoutes,
  ...tableRoutes(actsTable),
  ...retentionRoutes,
  ...deviceRoutes,
  ...peopleRoutes,
  ...accountRoutes,
  ...signInRoutes,
  ...enrolRoutes,
];
