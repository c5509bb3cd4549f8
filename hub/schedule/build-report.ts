import { createHash } from 'node:crypto';
import type { LedgerRecord } from '@gatehouse/reports/define-report.ts';
import { reports } from '@gatehouse/reports/filings/index.ts';
import { renderPdf } from '@gatehouse/reports/render/pdf.ts';
import { renderXlsx } from '@gatehouse/reports/render/xlsx.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { EntryKind } from '@gatehouse/shared/schema/bodies.ts';
import { instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { isReadable, readEntry } from '../ingest/read-entry.ts';
import { type Database, inSnapshot } from '../store/database.ts';
import { readLeaves, type StoredLeaf } from '../store/ledger-rows.ts';

const CHUNK_LEAVES = 2_000;

/** What one making of a report needs to know; plain data, since it crosses to a worker. */
export interface BuildRequest {
  readonly report: string;
  readonly entity: string;
  readonly period: string;
  readonly codeVersion: string;
  readonly first: number;
  readonly end: number;
}

/** The files of a report and the hash of the records under it. Shape: `dataHash` is SHA-256 over the leaves' hashes in order. */
export interface BuiltReport {
  readonly dataHash: string;
  readonly files: Readonly<Record<'pdf' | 'xlsx', Uint8Array>>;
}

/**
 * Makes a report from a range of the ledger, as of one moment of the database.
 *
 * Errors: `NOT_FOUND` for an unknown report, `LEDGER_MISMATCH` where a leaf of the range is missing, `STATE_CONFLICT` where one that the
 *         report needs was disposed of: a report never leaves it out silently.
 */
export function buildReport(database: Database, request: BuildRequest): Promise<BuiltReport> {
  const report = reports.find(({ id }) => id === request.report);
  if (report === undefined) throw new KitError('NOT_FOUND', `there is no report ${request.report}`);
  return inSnapshot(database, async (tx) => {
    const collector = report.collect();
    const hash = createHash('sha256');
    let last = instant(0n);
    for (let from = request.first; from < request.end; from += CHUNK_LEAVES) {
      const to = Math.min(from + CHUNK_LEAVES, request.end);
      const leaves = await readLeaves(tx, { from, to });
      if (leaves.length !== to - from)
        throw new KitError('LEDGER_MISMATCH', `leaves are missing between ${from} and ${to}`);
      for (const leaf of leaves) {
        hash.update(leaf.hash);
        const at = parseInstant(leaf.at);
        if (at > last) last = at;
        const isRead = report.reads.includes(leaf.kind as EntryKind);
        if (isRead && leaf.disposal) throw disposedOf(leaf);
        const record = isRead ? readRecord(leaf) : undefined;
        if (record !== undefined) collector.add(record);
      }
    }
    const { first, end, entity, period, codeVersion } = request;
    const dataHash = hash.digest('hex');
    const context = { entity, period, codeVersion, createdAt: last, range: { first, end, dataHash } };
    const document = report.document(collector.finish(context), context);
    return { dataHash, files: { pdf: await renderPdf(document), xlsx: await renderXlsx(document) } };
  });
}

function disposedOf({ leaf, disposal }: StoredLeaf): KitError {
  return new KitError('STATE_CONFLICT', `the record at leaf ${leaf} was disposed of by ${disposal}`, {
    hint: 'A report over records that were disposed of cannot be made any more.',
  });
}

/** Decodes a leaf as ingest does; one that this release cannot read is set aside there with an alarm and is no row here. */
function readRecord(leaf: StoredLeaf): LedgerRecord | undefined {
  const read = readEntry(leaf);
  return isReadable(read) ? { ...read, at: parseInstant(read.at) } : undefined;
}
