import type { Child } from 'hono/jsx';
import { mayDo } from '../../people/permissions.ts';
import { knownEdges } from '../../store/control-rows.ts';
import { pageCommands } from '../../store/pages/edges-commands.ts';
import type { FilterValues } from '../../store/pages/paging.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { readLeases } from '../lease-lines.ts';
import { COMMANDS_SHOWN } from '../live/shown.ts';
import { StopForm, StopMeanings, type Typed } from '../parts/edge-forms.tsx';
import { type EdgesContent, EdgesPanels } from '../parts/edges-live.tsx';
import { ExportLinks } from '../parts/export-links.tsx';
import { LiveBadge } from '../parts/live-badge.tsx';
import { Heading, renderPage } from '../parts/page.tsx';
import { formOf, type Route, viewerOf } from '../route.ts';
import { giveStop, STOP_FIELDS } from '../stop-trading.ts';
import { commandsTable } from '../tables/commands.tsx';
import { edgesTable, shownEdges } from '../tables/edges.tsx';
import { exportRoutes } from '../tables/export-routes.ts';
import { leasesTable } from '../tables/leases.tsx';
import { readFilter } from '../tables/table-definition.ts';
import { FilterForm, tableRoutes } from '../tables/table-page.tsx';

export const edgesRoutes: readonly Route[] = [
  { method: 'GET', path: '/edges', needs: 'records.read', handle: (c, parts) => showEdges(c, parts) },
  { method: 'POST', path: '/edges/stop', needs: 'commands.stop', handle: stopEdges },
  ...exportRoutes(edgesTable),
  ...exportRoutes(leasesTable),
  ...tableRoutes(commandsTable),
];

async function showEdges(
  c: ConsoleContext,
  parts: Parts,
  failed?: { readonly problems: readonly string[]; readonly typed: Typed },
) {
  const { role } = viewerOf(c);
  const { values, problems } = readFilter(edgesTable.filters, c.req.query());
  const choices = (await edgesTable.choices?.(parts)) ?? {};
  const mayStop = parts.commands !== undefined && mayDo(role, 'commands.stop');
  const mayExport = mayDo(role, 'records.export');
  return renderPage(c, parts, {
    title: edgesTable.title,
    place: '/edges',
    status: failed === undefined ? 200 : 422,
    body: (
      <>
        <Heading title={edgesTable.title} note={edgesTable.note}>
          <LiveBadge c={c} parts={parts} page={{ kind: 'edges', filter: values, mayExport }} />
          {mayStop ? (
            <a class="button" href="#stop">
              Stop trading
            </a>
          ) : null}
          {mayExport ? <ExportLinks id="edges" values={values} /> : null}
        </Heading>
        <Problems problems={[...problems, ...(failed?.problems ?? [])]} />
        <Given c={c} />
        <FilterForm
          id="edges"
          fields={edgesTable.filters.map((field) => ({ ...field, choices: choices[field.name] ?? [] }))}
          values={values}
        />
        <div id="panels">
          <EdgesPanels
            content={await contentOf(parts, values)}
            filter={values}
            mayExport={mayExport}
            now={parts.clock.now()}
          />
        </div>
        {mayStop ? (
          <section class="block" id="stop">
            <h2>Stop trading</h2>
            <StopForm action="/edges/stop" edges={await knownEdges(parts.database)} typed={failed?.typed} />
            <StopMeanings />
          </section>
        ) : null}
      </>
    ),
  });
}

/** What moves on the page. */
async function contentOf(parts: Parts, filter: FilterValues): Promise<EdgesContent> {
  const { database } = parts;
  const [edges, leases, commands] = await Promise.all([
    shownEdges(parts, filter),
    readLeases(database),
    pageCommands(database, filter['edge'] === undefined ? {} : { edge: filter['edge'] }, {
      limit: COMMANDS_SHOWN.edges,
    }),
  ]);
  return { edges, leases, commands };
}

async function stopEdges(c: ConsoleContext, parts: Parts) {
  const typed = await formOf(c, ['edge', ...STOP_FIELDS]);
  const given = await giveStop(c, parts, { edges: typed.edge === '' ? 'all' : [typed.edge], typed });
  if ('problems' in given) return showEdges(c, parts, { problems: given.problems, typed });
  return c.redirect(`/edges?given=${given.id}`, 303);
}

/** Each thing that was wrong, for everybody to hear. */
export function Problems({ problems }: { readonly problems: readonly string[] }): Child {
  return (
    <>
      {problems.map((problem) => (
        <p class="problem" role="alert">
          {problem}
        </p>
      ))}
    </>
  );
}

const COMMAND_ID = /^[KR]-[0-9a-f]{12}$/;

/** Says which command was just given. */
export function Given({ c }: { readonly c: ConsoleContext }): Child {
  const id = c.req.query('given');
  if (id === undefined || !COMMAND_ID.test(id)) return null;
  return (
    <p class="done" role="status">
      {'Given and on record: '}
      <a href={`/commands?id=${id}`}>{id}</a>
      {'. The answers of the edges follow below.'}
    </p>
  );
}
