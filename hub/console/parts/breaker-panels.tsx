import { type BreakerPage, reasonOf } from '../../control/control-pages.ts';
import { ControlSources } from './control-sources.tsx';
import { ExampleTable } from './example-table.tsx';
import { TableRows } from './table-rows.tsx';

/** What stops trading by itself, each with its steps on the sheet. */
export function BreakerPanels({ pages }: { readonly pages: readonly BreakerPage[] }) {
  return (
    <section class="block" id="breakers">
      <h2>Breakers</h2>
      <p>They stop trading by themselves; once one has tripped, trading stays stopped until two people release it.</p>
      {pages.map((page) => (
        <BreakerPanel page={page} />
      ))}
    </section>
  );
}

function BreakerPanel({ page: { breaker, steps } }: { readonly page: BreakerPage }) {
  const { id, version, title, question, sources, limits, examples } = breaker;
  const names = limits.map(({ name }) => name);
  const rows = steps.flatMap(({ scope, level, figures, reason }) =>
    limits.length === 0
      ? [{ scope, level, name: 'on', figure: null, says: 'This breaker has no figures.', reason: reason ?? null }]
      : limits.map(({ name, says }) => ({
          scope,
          level,
          name,
          figure: figures[name] ?? null,
          says,
          reason: reasonOf(reason, name, names),
        })),
  );
  return (
    <section id={`breaker-${id}`} class="panel is-stacked">
      <h3>
        <a href={`#breaker-${id}`}>{title}</a> <small>{`${id}@${version}`}</small>
      </h3>
      <p>{question}</p>
      <ControlSources sources={sources} />
      {steps.length === 0 ? (
        <p class="empty">The sheet has no step for it, so it never trips.</p>
      ) : (
        <TableRows
          caption={`Steps in force: ${title}`}
          rows={rows}
          columns={[
            { title: 'Scope', kind: 'text', cell: (row) => row.scope },
            { title: 'Level', kind: 'text', cell: (row) => row.level },
            { title: 'Figure', kind: 'text', cell: (row) => row.name },
            { title: 'Value', kind: 'decimal', cell: (row) => row.figure },
            { title: 'What it means', kind: 'text', cell: (row) => row.says },
            { title: 'Why so much', kind: 'text', cell: (row) => row.reason },
          ]}
        />
      )}
      <ExampleTable title={title} examples={examples} />
    </section>
  );
}
