import type { FilterValues } from '../../store/pages/paging.ts';
import { type LiveView, readViewPath, viewPath } from './live-view.ts';

/** What a page shows of its stream. Shape: as the page is told it by the hub, in JSON. */
export type LivePage =
  | { readonly kind: 'glance' | 'overview'; readonly account?: string | undefined }
  | { readonly kind: 'edges'; readonly filter: FilterValues; readonly mayExport: boolean }
  | { readonly kind: 'edge'; readonly edge: string };

/** The stream that a page needs. Shape: a list that is narrowed to one edge is read from that edge's own stream. */
export function viewOf(page: LivePage): LiveView {
  if (page.kind !== 'edges') return page.kind === 'edge' ? page : { kind: page.kind };
  const edge = page.filter['edge'] ?? '';
  return readViewPath(viewPath({ kind: 'edge', edge })) ?? { kind: 'edges' };
}
