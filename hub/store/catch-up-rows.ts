import type { Queries } from './database.ts';

/** How far the hub is behind an edge, by the edge's own signed word. Shape: `reported` is null before the first batch. */
export interface EdgeBacklog {
  readonly edge: string;
  readonly status: string;
  readonly taken: number;
  readonly reported: number | null;
  readonly left: number;
  readonly lastBatchAt: string | null;
}

/** Every edge, those with the longest backlog first. */
export function readBacklogs(tx: Queries): Promise<EdgeBacklog[]> {
  return tx<EdgeBacklog[]>`
    SELECT edge, status, seq AS taken, reported_seq AS reported,
      greatest(coalesce(reported_seq, seq) - seq, 0) AS "left", last_batch_at AS "lastBatchAt"
    FROM stream WHERE edge <> 'hub' ORDER BY "left" DESC, edge`;
}
