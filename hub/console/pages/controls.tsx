import { controls } from '@gatehouse/compliance/controls/index.ts';
import type { Example } from '@gatehouse/compliance/define-control.ts';
import { type ControlPage, controlPages, exampleText, type LimitsInForce } from '../../control/control-book.ts';
import { sheetInForce } from '../../control/sheet-in-force.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { Hash, StateMark } from '../parts/marks.tsx';
import { Heading, renderPage } from '../parts/page.tsx';
import type { Route } from '../route.ts';
import { TableRows } from '../tables/table-page.tsx';

export const controlRoutes: readonly Route[] = [
  { method: 'GET', path: '/controls', needs: 'records.read', handle: showControls },
];

async function showControls(c: ConsoleContext, parts: Parts) {
  const inForce = await sheetInForce(parts.database);
  return renderPage(c, parts, {
    title: 'Controls',
    place: '/controls',
    body: (
      <>
        <Heading
          title="Controls"
          note="Every control looks at every order; one that no sheet names refuses them all."
        />
        {inForce === undefined ? (
          <p class="empty">No edge has sent a limit sheet yet. Run npm start; the first edge brings its own.</p>
        ) : (
          <p>
            Limits of sheet <strong>{inForce.sheet.id}</strong> <Hash hash={inForce.hash} />, made by{' '}
            {inForce.sheet.maker}: {inForce.sheet.reason}
          </p>
        )}
        {controlPages(controls, inForce).map((page) => (
          <ControlSection page={page} />
        ))}
      </>
    ),
  });
}

function ControlSection({ page: { control, limits } }: { readonly page: ControlPage }) {
  const { id, version, title, question, sources, examples } = control;
  return (
    <section id={id} class="panel is-stacked">
      <h2>
        <a href={`#${id}`}>{title}</a> <small>{`${id}@${version}`}</small>
      </h2>
      <p>{question}</p>
      <ul>
        {sources.map(({ act, place, says }) => (
          <li>
            {act.title}, {place}: {says}
          </li>
        ))}
      </ul>
      <Limits control={control} limits={limits} />
      <p>
        <a href={`/refusals?control=${id}`}>Orders that it refused</a>
      </p>
      <details>
        <summary>{`${examples.length} worked examples, each a test of every release`}</summary>
        <Examples title={title} examples={examples} />
      </details>
    </section>
  );
}

function Limits({ control, limits }: { readonly control: ControlPage['control']; readonly limits: LimitsInForce }) {
  if (limits.kind === 'unnamed') return <p class="problem">No sheet names this control, so it refuses every order.</p>;
  if (limits.kind === 'off') {
    return (
      <p>
        <StateMark state="off" /> {limits.reason}
      </p>
    );
  }
  const rows = limits.rules.flatMap(({ scope, figures }) =>
    control.limits.length === 0
      ? [{ scope, name: 'on', figure: null, says: 'This control has no figures.' }]
      : control.limits.map(({ name, says }) => ({ scope, name, figure: figures[name] ?? null, says })),
  );
  return (
    <TableRows
      caption={`Limits in force: ${control.title}`}
      rows={rows}
      columns={[
        { title: 'Scope', kind: 'text', cell: (row) => row.scope },
        { title: 'Limit', kind: 'text', cell: (row) => row.name },
        { title: 'Figure', kind: 'decimal', cell: (row) => row.figure },
        { title: 'What it means', kind: 'text', cell: (row) => row.says },
      ]}
    />
  );
}

function Examples({ title, examples }: { readonly title: string; readonly examples: readonly Example[] }) {
  return (
    <TableRows
      caption={`Worked examples: ${title}`}
      rows={examples}
      columns={[
        { title: 'Case', kind: 'text', cell: (example) => example.name },
        { title: 'Verdict', kind: 'text', cell: (example) => example.expect },
        { title: 'Given', kind: 'text', cell: (example) => exampleText(example) },
      ]}
    />
  );
}
