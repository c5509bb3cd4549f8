import type { Child } from 'hono/jsx';
import { mayDo } from '../../people/permissions.ts';
import { knownEdges } from '../../store/control-rows.ts';
import { EDGES_SHOWN_MAX } from '../../store/pages/edges.ts';
import { pageCommands } from '../../store/pages/edges-commands.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { readLeases } from '../lease-lines.ts';
import { StopForm, type Typed } from '../parts/edge-forms.tsx';
import { Leases, Waiting } from '../parts/edge-panels.tsx';
import { Heading, renderPage } from '../parts/page.tsx';
import { formOf, type Route, viewerOf } from '../route.ts';
import { giveStop, STOP_FIELDS } from '../stop-trading.ts';
import { commandColumns, commandsTable } from '../tables/commands.tsx';
import { edgesTable, shownEdges } from '../tables/edges.tsx';
import { exportRoutes } from '../tables/export-routes.ts';
import { leasesTable } from '../tables/leases.tsx';
import { onPage, readFilter } from '../tables/table-definition.ts';
import { ExportLinks, FilterForm, queryText, TableRows, tableRoutes } from '../tables/table-page.tsx';

export const edgesRoutes: readonly Route[] = [
  { method: 'GET', path: '/edges', needs: 'records.read', handle: (c, parts) => showEdges(c, parts) },
  { method: 'GET', path: '/live/edges', needs: 'records.read', isPassive: true, handle: showPanels },
  { method: 'POST', path: '/edges/stop', needs: 'commands.stop', handle: stopEdges },
  ...exportRoutes(edgesTable),
  ...exportRoutes(leasesTable),
  ...tableRoutes(commandsTable),
];

const COMMANDS_SHOWN = 10;

async function showEdges(
  c: ConsoleContext,
  parts: Parts,
  failed?: { readonly problems: readonly string[]; readonly typed: Typed },
) {
  const { role } = viewerOf(c);
  const { values, problems } = readFilter(edgesTable.filters, c.req.query());
  const choices = (await edgesTable.choices?.(parts)) ?? {};
  const mayStop = parts.commands !== undefined && mayDo(role, 'commands.stop');
  return renderPage(c, parts, {
    title: edgesTable.title,
    place: '/edges',
    status: failed === undefined ? 200 : 422,
    body: (
      <>
        <Heading title={edgesTable.title} note={edgesTable.note}>
          <span class="live" data-live={`/live/edges${queryText(values)}`} data-target="panels" role="status">
            not live
          </span>
          {mayStop ? (
            <a class="button" href="#stop">
              Stop trading
            </a>
          ) : null}
          {mayDo(role, 'records.export') ? <ExportLinks id="edges" values={values} /> : null}
        </Heading>
        <Problems problems={[...problems, ...(failed?.problems ?? [])]} />
        <Given c={c} />
        <FilterForm
          id="edges"
          fields={edgesTable.filters.map((field) => ({ ...field, choices: choices[field.name] ?? [] }))}
          values={values}
        />
        <div id="panels">{await panels(c, parts)}</div>
        {mayStop ? (
          <section class="block" id="stop">
            <h2>Stop trading</h2>
            <StopForm action="/edges/stop" edges={await knownEdges(parts.database)} typed={failed?.typed} />
          </section>
        ) : null}
      </>
    ),
  });
}

async function showPanels(c: ConsoleContext, parts: Parts) {
  c.header('Cache-Control', 'no-store');
  return c.html(await panels(c, parts));
}

/** What moves on the page. */
async function panels(c: ConsoleContext, parts: Parts) {
  const { values } = readFilter(edgesTable.filters, c.req.query());
  const { database, clock } = parts;
  const [edges, leases, commands] = await Promise.all([
    shownEdges(parts, values),
    readLeases(database),
    pageCommands(database, values['edge'] === undefined ? {} : { edge: values['edge'] }, { limit: COMMANDS_SHOWN }),
  ]);
  const isFiltered = Object.keys(values).length > 0;
  const names = new Set(edges.map(({ edge }) => edge));
  const mayExport = mayDo(viewerOf(c).role, 'records.export');
  return (
    <>
      {edges.length === 0 ? (
        <p class="empty">{isFiltered ? 'No edge matches these filters.' : edgesTable.emptyText}</p>
      ) : (
        <TableRows caption="Edges" rows={edges} href={edgesTable.href} columns={onPage(edgesTable.columns)} />
      )}
      {edges.length < EDGES_SHOWN_MAX ? null : <p class="note">There are more edges than one page shows.</p>}
      <Waiting edges={edges} now={clock.now()} />
      <section class="block" aria-label="Newest commands">
        <h2>
          <a href="/commands">Newest commands</a>
        </h2>
        {commands.length === 0 ? (
          <p class="note">{commandsTable.emptyText}</p>
        ) : (
          <TableRows caption="Newest commands" rows={commands} columns={onPage(commandColumns)} />
        )}
      </section>
      <Leases
        rows={isFiltered ? leases.filter(({ edge }) => names.has(edge)) : leases}
        tools={mayExport ? <ExportLinks id="leases" values={{}} /> : undefined}
      />
    </>
  );
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
