import type { Control, Example } from '@gatehouse/compliance/define-control.ts';
import type { ReportDocument, Section } from '@gatehouse/reports/render/document.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';

/** What a sheet says about a control. Shape: a control that no sheet names refuses every order. */
export type LimitsInForce =
  | {
      readonly kind: 'on';
      readonly rules: readonly { readonly scope: string; readonly figures: Readonly<Record<string, string>> }[];
    }
  | { readonly kind: 'off'; readonly reason: string }
  | { readonly kind: 'unnamed' };

/** A control as an officer reads it: what it asks, who asks for it, and what is in force. */
export interface ControlPage {
  readonly control: Control;
  readonly limits: LimitsInForce;
}

/** The sheet that is in force at an edge, with the hash that decisions name it by. */
export interface SheetInForce {
  readonly sheet: Sheet;
  readonly hash: string;
}

/** All controls of this release with what the sheet says about each. */
export function controlPages(controls: readonly Control[], inForce: SheetInForce | undefined): readonly ControlPage[] {
  return controls.map((control) => ({ control, limits: limitsOf(control, inForce?.sheet) }));
}

/** What a document of the control book is made from. */
export interface ControlBookRequest {
  readonly pages: readonly ControlPage[];
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
export function controlBook({ pages, inForce, entity, createdAt, release }: ControlBookRequest): ReportDocument {
  const sheet = inForce?.sheet;
  return {
    title: 'Control book',
    subtitle: 'The pre-trade controls, their sources in law and the limits in force',
    entity,
    ...(sheet === undefined ? {} : { environmentMark: markOf(sheet) }),
    createdAt,
    facts: [
      { label: 'Controls', value: `${pages.length}` },
      {
        label: 'Sheet in force',
        value: sheet === undefined ? 'none: every order is refused' : `${sheet.id}, by ${sheet.maker}`,
      },
      { label: 'Reason of the sheet', value: sheet?.reason ?? '–' },
    ],
    sections: pages.flatMap(sectionsOf),
    provenance: {
      recordRange: 'the sheet that is named by the data hash',
      dataHash: inForce?.hash ?? '–',
      codeVersion: release,
      reportId: 'control-book',
    },
  };
}

/** A worked example in words. Shape: what differs from the base order and the base facts, which all examples share. */
export function exampleText({ order, facts, limits }: Example): string {
  const parts = [
    ...Object.entries(limits).map(([name, value]) => `${name} ${String(value)}`),
    ...Object.entries(order ?? {}).map(([name, value]) => `${name} ${shown(value)}`),
    ...Object.entries(facts ?? {}).map(([name, value]) => `${name} ${shown(value)}`),
  ];
  return parts.join(', ');
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'absent';
  if (Array.isArray(value)) return value.length === 0 ? 'empty' : value.map(shown).join('; ');
  if (typeof value === 'object') return Object.values(value).map(shown).join(' ');
  return String(value);
}

function markOf({ environment, mark }: Sheet): string {
  return mark === 'DEMO' ? `${environment.toUpperCase()} — DEMO` : environment.toUpperCase();
}

function limitsOf({ id }: Control, sheet: Sheet | undefined): LimitsInForce {
  const line = sheet?.controls.find((one) => one.control === id);
  if (line === undefined) return { kind: 'unnamed' };
  if (!('on' in line)) return { kind: 'off', reason: line.off.reason };
  return { kind: 'on', rules: line.on.map(({ scope, figures }) => ({ scope, figures: asTexts(figures) })) };
}

function asTexts(figures: Readonly<Record<string, string | number>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, `${value}`]));
}

function sectionsOf({ control, limits }: ControlPage): readonly Section[] {
  const { id, version, title, question, sources, examples } = control;
  return [
    {
      id: `${id}-sources`,
      title: `${title} (${id}@${version})`,
      note: question,
      columns: [
        { title: 'Source', kind: 'text', share: 3 },
        { title: 'Place', kind: 'text', share: 2 },
        { title: 'What it asks', kind: 'text', share: 6 },
      ],
      rows: sources.map(({ act, place, says }) => [act.title, place, says]),
      emptyText: 'No source is named.',
    },
    {
      id: `${id}-limits`,
      title: `Limits in force: ${title}`,
      ...(limits.kind === 'off' ? { note: `Off: ${limits.reason}` } : {}),
      columns: [
        { title: 'Scope', kind: 'text', share: 2 },
        { title: 'Limit', kind: 'text', share: 2 },
        { title: 'Figure', kind: 'decimal' },
        { title: 'What it means', kind: 'text', share: 5 },
      ],
      rows:
        limits.kind === 'on'
          ? limits.rules.flatMap(({ scope, figures }) => limitRows({ control, scope, figures }))
          : [],
      emptyText:
        limits.kind === 'unnamed'
          ? 'No sheet names this control, so it refuses every order.'
          : 'No figures are in force.',
    },
    {
      id: `${id}-examples`,
      title: `Worked examples: ${title}`,
      note: 'Each is run as a test of every release. Named is what differs from the common base order and facts.',
      columns: [
        { title: 'Case', kind: 'text', share: 3 },
        { title: 'Verdict', kind: 'text' },
        { title: 'Given', kind: 'text', share: 6 },
      ],
      rows: examples.map((example) => [example.name, example.expect, exampleText(example)]),
      emptyText: 'There are no examples.',
    },
  ];
}

interface RuleOfScope {
  readonly control: Control;
  readonly scope: string;
  readonly figures: Readonly<Record<string, string>>;
}

/** One row a limit; a control without figures is on, and one row says so. */
function limitRows({ control, scope, figures }: RuleOfScope): readonly (readonly (string | null)[])[] {
  if (control.limits.length === 0) return [[scope, 'on', null, 'This control has no figures.']];
  return control.limits.map(({ name, says }) => [scope, name, figures[name] ?? null, says]);
}
