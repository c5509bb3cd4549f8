import { type Article, articleMap } from '@gatehouse/compliance/article-map.ts';
import type { Control } from '@gatehouse/compliance/define-control.ts';
import { TableRows } from './table-rows.tsx';

/** The acts article by article, so that an officer can go through a rule from its first paragraph to its last. */
export function ArticlePanels({ controls }: { readonly controls: readonly Control[] }) {
  const acts = Map.groupBy(articleMap(controls), ({ act }) => act.id);
  return (
    <section class="block" id="articles">
      <h2>Article by article</h2>
      <p>Made from what the controls cite. A place that is not here is answered by no control of the gate.</p>
      {[...acts.values()].map((articles) => (
        <ActTable articles={articles} />
      ))}
    </section>
  );
}

function ActTable({ articles }: { readonly articles: readonly Article[] }) {
  const title = articles[0]?.act.title ?? '';
  const rows = articles.flatMap(({ place, controls }) => controls.map((control) => ({ place, ...control })));
  return (
    <details>
      <summary>{`${title}: ${articles.length} places`}</summary>
      <TableRows
        caption={`Controls that answer to ${title}`}
        rows={rows}
        columns={[
          { title: 'Place', kind: 'text', cell: (row) => row.place },
          { title: 'Control', kind: 'text', cell: (row) => row.id, show: (row) => <a href={`#${row.id}`}>{row.id}</a> },
          { title: 'What it does for it', kind: 'text', cell: (row) => row.says },
        ]}
      />
    </details>
  );
}
