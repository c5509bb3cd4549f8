import type { Cell, Section } from '@gatehouse/reports/render/document.ts';
import { type BreakerPage, reasonOf } from './control-pages.ts';
import { exampleText } from './example-text.ts';

const NO_FIGURES = 'This breaker has no figures.';

/** What stops trading by itself: each breaker with its sources, its steps on the sheet and its worked examples. */
export function breakerSections(pages: readonly BreakerPage[]): readonly Section[] {
  return pages.flatMap((page) => [sourcesSection(page), stepsSection(page), examplesSection(page)]);
}

function sourcesSection({ breaker: { id, version, title, question, sources } }: BreakerPage): Section {
  return {
    id: `breaker-${id}-sources`,
    title: `Breaker: ${title} (${id}@${version})`,
    note: `${question} Once it has tripped, trading stays stopped until two people release it.`,
    columns: [
      { title: 'Source', kind: 'text', share: 3 },
      { title: 'Place', kind: 'text', share: 2 },
      { title: 'What it asks', kind: 'text', share: 6 },
    ],
    rows: sources.map(({ act, place, says }) => [act.title, place, says]),
    emptyText: 'No source is named.',
  };
}

function stepsSection({ breaker, steps }: BreakerPage): Section {
  return {
    id: `breaker-${breaker.id}-steps`,
    title: `Steps in force: ${breaker.title}`,
    columns: [
      { title: 'Scope', kind: 'text', share: 2 },
      { title: 'Level', kind: 'text' },
      { title: 'Figure', kind: 'text', share: 2 },
      { title: 'Value', kind: 'decimal' },
      { title: 'What it means', kind: 'text', share: 5 },
      { title: 'Why so much', kind: 'text', share: 4 },
    ],
    rows: steps.flatMap(({ scope, level, figures, reason }) => {
      if (breaker.limits.length === 0) return [[scope, level, 'on', null, NO_FIGURES, reason ?? null]];
      return breaker.limits.map(({ name, says }): readonly Cell[] => {
        return [scope, level, name, figures[name] ?? null, says, reasonOf(reason, name, namesOf(breaker))];
      });
    }),
    emptyText: 'The sheet has no step for it, so it never trips.',
  };
}

function namesOf({ limits }: BreakerPage['breaker']): readonly string[] {
  return limits.map(({ name }) => name);
}

function examplesSection({ breaker: { id, title, examples } }: BreakerPage): Section {
  return {
    id: `breaker-${id}-examples`,
    title: `Worked examples: ${title}`,
    note: `${examples.length} examples, each run as a test of every release. Named is what differs from the common base case.`,
    columns: [
      { title: 'Case', kind: 'text', share: 3 },
      { title: 'Outcome', kind: 'text' },
      { title: 'Given', kind: 'text', share: 6 },
    ],
    rows: examples.map((example) => [example.name, example.expect, exampleText(example)]),
    emptyText: 'There are no examples.',
  };
}
