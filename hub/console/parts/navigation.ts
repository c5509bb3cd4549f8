import { mayDo, type Permission } from '../../people/permissions.ts';
import type { Viewer } from '../../people/sessions.ts';

/** A page that the navigation leads to. Shape: `key` follows `g`. */
export interface NavigationEntry {
  readonly path: string;
  readonly title: string;
  readonly needs: Permission;
  readonly key: string;
}

const navigation: readonly NavigationEntry[] = [
  { path: '/', title: 'Overview', needs: 'records.read', key: 'h' },
  { path: '/orders', title: 'Orders', needs: 'records.read', key: 'o' },
  { path: '/positions', title: 'Positions', needs: 'records.read', key: 'p' },
  { path: '/refusals', title: 'Refusals', needs: 'records.read', key: 'x' },
  { path: '/fills', title: 'Fills', needs: 'records.read', key: 'f' },
  { path: '/breaks', title: 'Breaks', needs: 'records.read', key: 'b' },
  { path: '/venues', title: 'Venues', needs: 'records.read', key: 'v' },
  { path: '/edges', title: 'Edges', needs: 'records.read', key: 'e' },
  { path: '/kills', title: 'Kills', needs: 'records.read', key: 'k' },
  { path: '/controls', title: 'Controls', needs: 'records.read', key: 'c' },
  { path: '/limits', title: 'Limits', needs: 'limits.read', key: 'i' },
  { path: '/ledger', title: 'Ledger', needs: 'ledger.read', key: 'l' },
  { path: '/reports', title: 'Reports', needs: 'reports.read', key: 'r' },
  { path: '/acts', title: 'Acts', needs: 'acts.read', key: 'a' },
  { path: '/retention', title: 'Retention', needs: 'retention.read', key: 't' },
  { path: '/devices', title: 'Devices', needs: 'devices.read', key: 'd' },
  { path: '/people', title: 'People', needs: 'people.manage', key: 'm' },
];

/** The pages that a person may open, in order; none before they have signed in. */
export function openPages(viewer: Viewer | undefined): readonly NavigationEntry[] {
  return navigation.filter(({ needs }) => viewer !== undefined && mayDo(viewer.role, needs));
}
