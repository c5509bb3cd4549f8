import { assert } from '@gatehouse/shared/errors.ts';
import type { Citation } from '@gatehouse/shared/law/acts.ts';
import type { EntryBody, EntryKind } from '@gatehouse/shared/schema/bodies.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { ChartSection, Fact, ReportDocument, Section } from './render/document.ts';

/** An entry of the ledger as a report reads it. Shape: `at` is the wall time of its journal. */
export type LedgerRecord = EntryBody & {
  readonly leaf: number;
  readonly edge: string;
  readonly at: Instant;
};

/** The range of leaves that a report covers. Shape: half-open, `[first, end)`; `dataHash` is SHA-256 over the leaves' hashes. */
export interface RecordRange {
  readonly first: number;
  readonly end: number;
  readonly dataHash: string;
}

/**
 * What is fixed before a report is made.
 *
 * Shape: the same context and records give the same document; `entity` is for the title page.
 * Units: `createdAt` is the time of the last record in the range, not of the making, so that a second making is equal.
 */
export interface ReportContext {
  readonly entity: string;
  readonly period: string;
  readonly range: RecordRange;
  readonly createdAt: Instant;
  readonly codeVersion: string;
}

/** What a report has to say once it has read its records. */
export interface Findings {
  readonly subtitle: string;
  readonly environmentMark?: string;
  readonly facts: readonly Fact[];
  readonly sections: readonly (Section | ChartSection)[];
}

/** Reads records one by one, so that a long range needs no more memory than its findings. */
export interface Collector {
  add(record: LedgerRecord): void;
  finish(context: ReportContext): Findings;
}

/** A worked case: these records give these rows, by section id. */
export interface ReportExample {
  readonly name: string;
  readonly records: readonly LedgerRecord[];
  readonly expect: Readonly<Record<string, readonly (readonly (string | null)[])[]>>;
}

/** A report as data with a function attached. */
export interface ReportDefinition {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly question: string;
  readonly sources: readonly [Citation, ...Citation[]];
  readonly due: string;
  readonly reads: readonly EntryKind[];
  collect(): Collector;
  readonly examples: readonly [ReportExample, ...ReportExample[]];
}

/** A registered report. */
export interface Report extends ReportDefinition {
  build(records: Iterable<LedgerRecord>, context: ReportContext): ReportDocument;
  document(findings: Findings, context: ReportContext): ReportDocument;
}

/**
 * Declares a report: what it answers, which law asks for it, what it reads and how.
 *
 * Errors: `INVARIANT_BROKEN` for an id that is not in kebab case.
 */
export function defineReport(definition: ReportDefinition): Report {
  assert(/^[a-z][a-z0-9-]*$/.test(definition.id), `report id ${definition.id} is not in kebab case`);
  const document = (findings: Findings, context: ReportContext): ReportDocument => ({
    title: definition.title,
    entity: context.entity,
    createdAt: context.createdAt,
    ...findings,
    provenance: {
      recordRange: `leaves ${context.range.first} to ${context.range.end - 1}`,
      dataHash: context.range.dataHash,
      codeVersion: context.codeVersion,
      reportId: `${definition.id}@${definition.version}`,
    },
  });
  return {
    ...definition,
    document,
    build(records, context) {
      const collector = definition.collect();
      for (const record of records) collector.add(record);
      return document(collector.finish(context), context);
    },
  };
}
