import { replaceOn } from './account-rows.ts';
import { insertRows, texts } from './bulk.ts';
import type { Transaction } from './database.ts';

const killShape = {
  edge: 'text',
  kill_id: 'text',
  scopes: 'comma-list',
  level: 'text',
  halt_epoch: 'bigint',
  killed_by: 'text',
  reason: 'text',
  at: 'text',
  breaker: 'text',
  figures: 'jsonb',
  leaf: 'bigint',
  released_by: 'comma-list',
  released_at: 'text',
  release_reason: 'text',
  release_leaf: 'bigint',
} as const;

const reportShape = {
  edge: 'text',
  kill_id: 'text',
  venue: 'text',
  sent: 'bigint',
  acknowledged: 'bigint',
  remaining: 'bigint',
  unknown: 'bigint',
  failed: 'bigint',
  positions: 'bigint',
  elapsed_ms: 'bigint',
  is_done: 'text',
  leaf: 'bigint',
} as const;

const releaseNoteShape = { leaf: 'bigint', edge: 'text', kill_id: 'text', document: 'text' } as const;

/** A stop of trading as it is stored. Shape: lists are texts with commas; what belongs to a release is null until there is one. */
export interface KillRow {
  readonly edge: string;
  readonly kill_id: string;
  readonly scopes: string;
  readonly level: string;
  readonly halt_epoch: number;
  readonly killed_by: string;
  readonly reason: string;
  readonly at: string;
  readonly breaker: string | null;
  readonly figures: string;
  readonly leaf: number;
  readonly released_by: string;
  readonly released_at: string | null;
  readonly release_reason: string | null;
  readonly release_leaf: number | null;
}

/** How far a kill has come at one venue. Shape: `is_done` is `yes` or `no`; `positions` is null where none are to be closed. */
export interface KillReportRow {
  readonly edge: string;
  readonly kill_id: string;
  readonly venue: string;
  readonly sent: number;
  readonly acknowledged: number;
  readonly remaining: number;
  readonly unknown: number;
  readonly failed: number;
  readonly positions: number | null;
  readonly elapsed_ms: number;
  readonly is_done: string;
  readonly leaf: number;
}

/** A release as the exact note that was signed. */
export interface ReleaseNoteRow {
  readonly leaf: number;
  readonly edge: string;
  readonly kill_id: string;
  readonly document: string;
}

/** All that a run of entries changed about halts. */
export interface HaltWrites {
  readonly kills: readonly KillRow[];
  readonly reports: readonly KillReportRow[];
  readonly releases: readonly ReleaseNoteRow[];
}

/** The kills of these edges and ids, as pairs, as they stand. */
export function readKills(tx: Transaction, pairs: readonly (readonly [string, string])[]): Promise<KillRow[]> {
  const edges = texts(pairs.map(([edge]) => edge));
  const ids = texts(pairs.map(([, id]) => id));
  return tx<KillRow[]>`
    SELECT edge, kill_id, array_to_string(scopes, ',') AS scopes, level, halt_epoch, killed_by, reason, at, breaker,
      figures::text AS figures, leaf, array_to_string(released_by, ',') AS released_by, released_at, release_reason, release_leaf
    FROM kill JOIN (SELECT DISTINCT * FROM unnest(${edges}::text[], ${ids}::text[]) AS u(edge, kill_id)) u USING (edge, kill_id)`;
}

/** Writes what a run of entries changed; of a venue's reports the newest stays. */
export async function writeHalts(tx: Transaction, { kills, reports, releases }: HaltWrites): Promise<void> {
  const ofKill = replaceOn(['edge', 'kill_id'], killShape);
  const ofReport = replaceOn(['edge', 'kill_id', 'venue'], reportShape);
  await Promise.all([
    insertRows(tx, { table: 'kill', shape: killShape, rows: kills, onConflict: ofKill }),
    insertRows(tx, { table: 'kill_report', shape: reportShape, rows: reports, onConflict: ofReport }),
    insertRows(tx, { table: 'release_note', shape: releaseNoteShape, rows: releases }),
  ]);
}
