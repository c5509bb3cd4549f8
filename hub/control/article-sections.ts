import { articleMap } from '@gatehouse/compliance/article-map.ts';
import type { Control } from '@gatehouse/compliance/define-control.ts';
import type { Section } from '@gatehouse/reports/render/document.ts';

/** The acts, each as a table of its places with the controls that answer to them. */
export function articleSections(controls: readonly Control[]): readonly Section[] {
  const acts = Map.groupBy(articleMap(controls), ({ act }) => act.id);
  return [...acts.values()].flatMap((articles) => {
    const [first] = articles;
    if (first === undefined) return [];
    return [
      {
        id: `articles-${first.act.id}`,
        title: `Article by article: ${first.act.title}`,
        note: 'Made from what the controls cite. A place that is not here is answered by no control of the gate.',
        columns: [
          { title: 'Place', kind: 'text', share: 2 },
          { title: 'Control', kind: 'text', share: 2 },
          { title: 'What it does for it', kind: 'text', share: 6 },
        ],
        rows: articles.flatMap(({ place, controls: answering }) =>
          answering.map(({ id, version, says }) => [place, `${id}@${version}`, says]),
        ),
        emptyText: 'No control cites this act.',
      } satisfies Section,
    ];
  });
}
