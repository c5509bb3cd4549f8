import type { Control } from '@gatehouse/compliance/define-control.ts';
import type { Cell, ReportDocument, Section } from '@gatehouse/reports/render/document.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { articleSections } from './article-sections.ts';
import { breakerSections } from './breaker-sections.ts';
import { type BreakerPage, type ControlPage, reasonOf, type ScopeLimits, type SheetInForce } from './control-pages.ts';
import { exampleText } from './example-text.ts';

/** What a document of the control book is made from. */
export interface ControlBookRequest {
  readonly pages: readonly ControlPage[];
  readonly breakers: readonly BreakerPage[];
  readonly inForce: SheetInForce | undefined;
  readonly entity: string;
  readonly createdAt: Instant;
  readonly release: string;
}

/**
 * The control book: a written description of the controls as they are in force.
 *
 * Source: 17 CFR 240.15c3-5(b): controls are documented and the description is kept as a record.
 */
export function controlBook(request: ControlBookRequest): ReportDocument {
  const { pages, breakers, inForce, entity, createdAt, release } = request;
  const sheet = inForce?.sheet;
  return {
    title: 'Control book',
    subtitle: 'The pre-trade controls and breakers, their sources in law and the limits in force',
    entity,
    ...(sheet === undefined ? {} : { environmentMark: markOf(sheet) }),
    createdAt,
    facts: [
      { label: 'Controls', value: `${pages.length}, of which ${countText(pages)}` },
      { label: 'Breakers', value: `${breakers.length}, ${stepText(breakers)}` },
      { label: 'Worked examples', value: `${exampleCount(request)}, all run by the test suite of this release` },
      { label: 'Sheet in force', value: sheet === undefined ? 'none: every order is refused' : sheetText(sheet) },
      { label: 'Reason of the sheet', value: sheet?.reason ?? '–' },
    ],
    sections: [
      summarySection(pages),
      ...pages.flatMap(sectionsOf),
      ...breakerSections(breakers),
      ...articleSections(pages.map(({ control }) => control)),
    ],
    provenance: {
      recordRange: 'the sheet that is named by the data hash',
      dataHash: inForce?.hash ?? '–',
      codeVersion: release,
      reportId: 'control-book',
    },
  };
}

function countText(pages: readonly ControlPage[]): string {
  const of = (kind: ControlPage['limits']['kind']) => pages.filter(({ limits }) => limits.kind === kind).length;
  return `${of('on')} on, ${of('off')} off with a reason, ${of('unnamed')} not named and refusing`;
}

function stepText(breakers: readonly BreakerPage[]): string {
  const used = breakers.filter(({ steps }) => steps.length > 0).length;
  return `${used} of them on the sheet; the others never trip`;
}

function exampleCount({ pages, breakers }: ControlBookRequest): number {
  const counted = [...pages.map(({ control }) => control), ...breakers.map(({ breaker }) => breaker)];
  return counted.reduce((count, { examples }) => count + examples.length, 0);
}

function sheetText({ id, sequence, maker, checkers }: Sheet): string {
  const checked = checkers.length === 0 ? '' : `, checked by ${checkers.join(', ')}`;
  return `${id}, number ${sequence}, made by ${maker}${checked}`;
}

function markOf({ environment, mark }: Sheet): string {
  return mark === 'DEMO' ? `${environment.toUpperCase()} — DEMO` : environment.toUpperCase();
}

function summarySection(pages: readonly ControlPage[]): Section {
  return {
    id: 'summary',
    title: 'All controls at a glance',
    note: 'Every control looks at every order; what it cannot answer it refuses.',
    columns: [
      { title: 'Control', kind: 'text', share: 3 },
      { title: 'Question', kind: 'text', share: 5 },
      { title: 'In force', kind: 'text', share: 2 },
      { title: 'Owner', kind: 'text' },
      { title: 'Examples', kind: 'integer' },
    ],
    rows: pages.map(({ control, limits, owner }) => [
      `${control.title} (${control.id}@${control.version})`,
      control.question,
      limits.kind === 'on' ? limits.rules.map(({ scope }) => scope).join(', ') : wordsFor[limits.kind],
      owner ?? null,
      `${control.examples.length}`,
    ]),
    emptyText: 'This release has no controls.',
  };
}

const wordsFor = { off: 'off', unnamed: 'not named: refuses' } as const;

function sectionsOf(page: ControlPage): readonly Section[] {
  return [sourcesSection(page), limitsSection(page), examplesSection(page.control)];
}

function sourcesSection({ control, owner, otherVersions }: ControlPage): Section {
  const { id, version, title, question, sources, isOverridable } = control;
  const notes = [
    question,
    owner === undefined ? 'The sheet names no owner.' : `Owner: ${owner}.`,
    isOverridable ? 'A signed ticket can set its refusal aside for one order.' : 'No ticket can set its refusal aside.',
    ...(otherVersions.length === 0 ? [] : [`This release also runs version ${otherVersions.join(', ')}.`]),
  ];
  return {
    id: `${id}-sources`,
    title: `${title} (${id}@${version})`,
    note: notes.join(' '),
    columns: [
      { title: 'Source', kind: 'text', share: 3 },
      { title: 'Place', kind: 'text', share: 2 },
      { title: 'What it asks', kind: 'text', share: 6 },
    ],
    rows: sources.map(({ act, place, says }) => [act.title, place, says]),
    emptyText: 'No source is named.',
  };
}

function limitsSection({ control, limits }: ControlPage): Section {
  return {
    id: `${control.id}-limits`,
    title: `Limits in force: ${control.title}`,
    ...(limits.kind === 'off' ? { note: `Off: ${limits.reason}` } : {}),
    columns: [
      { title: 'Scope', kind: 'text', share: 2 },
      { title: 'Limit', kind: 'text', share: 2 },
      { title: 'Figure', kind: 'decimal' },
      { title: 'What it means', kind: 'text', share: 5 },
      { title: 'Why so much', kind: 'text', share: 4 },
    ],
    rows: limits.kind === 'on' ? limits.rules.flatMap((rule) => limitRows(control, rule)) : [],
    emptyText:
      limits.kind === 'unnamed'
        ? 'No sheet names this control, so it refuses every order.'
        : 'No figures are in force.',
  };
}

function examplesSection({ id, title, examples }: Control): Section {
  return {
    id: `${id}-examples`,
    title: `Worked examples: ${title}`,
    note: `${examples.length} examples, each run as a test of every release. Named is what differs from the common base case.`,
    columns: [
      { title: 'Case', kind: 'text', share: 3 },
      { title: 'Verdict', kind: 'text' },
      { title: 'Given', kind: 'text', share: 6 },
    ],
    rows: examples.map((example) => [example.name, example.expect, exampleText(example)]),
    emptyText: 'There are no examples.',
  };
}

/** One row a limit; a control without figures is on, and one row says so. */
function limitRows(control: Control, { scope, figures, reason }: ScopeLimits): readonly (readonly Cell[])[] {
  if (control.limits.length === 0) return [[scope, 'on', null, 'This control has no figures.', reason ?? null]];
  const names = control.limits.map(({ name }) => name);
  return control.limits.map(({ name, says }) => [
    scope,
    name,
    figures[name] ?? null,
    says,
    reasonOf(reason, name, names),
  ]);
}
