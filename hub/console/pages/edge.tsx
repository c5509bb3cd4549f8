import { mayDo } from '../../people/permissions.ts';
import { isSteppedUp } from '../../people/step-up.ts';
import type { EdgeHalt } from '../../store/pages/edges.ts';
import { pageCommands } from '../../store/pages/edges-commands.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { readLeases } from '../lease-lines.ts';
import { COMMANDS_SHOWN } from '../live/shown.ts';
import type { ShownEdge } from '../parts/edge-columns.tsx';
import { ASKS, AskForms, ReleaseForm, StopForm, StopMeanings, type Typed } from '../parts/edge-forms.tsx';
import { type EdgeContent, EdgePanels } from '../parts/edges-live.tsx';
import { LiveBadge } from '../parts/live-badge.tsx';
import { Heading, renderPage } from '../parts/page.tsx';
import { missingPage } from '../parts/refusal-page.tsx';
import { proveAgain } from '../parts/step-up.tsx';
import { formOf, type Route, viewerOf } from '../route.ts';
import { type Giving, giveCommand, giveStop, reasonProblems, STOP_FIELDS } from '../stop-trading.ts';
import { shownEdges } from '../tables/edges.tsx';
import { Given, Problems } from './edges.tsx';

export const edgeRoutes: readonly Route[] = [
  { method: 'GET', path: '/edges/:edge', needs: 'records.read', handle: (c, parts) => showEdge(c, parts) },
  { method: 'POST', path: '/edges/:edge/stop', needs: 'commands.stop', handle: stopEdge },
  { method: 'POST', path: '/edges/:edge/release', needs: 'commands.issue', handle: releaseKill },
  { method: 'POST', path: '/edges/:edge/ask', needs: 'commands.issue', handle: askEdge },
];

const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const RELEASE = /^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$/;
const DOCUMENT_LENGTH_MAX = 20_000;

interface Failed {
  readonly problems: readonly string[];
  readonly typed: Typed;
}

async function showEdge(c: ConsoleContext, parts: Parts, failed?: Failed) {
  const row = await edgeOf(c, parts);
  if (row === undefined) return missing(c, parts);
  const { edge, halts } = row;
  return renderPage(c, parts, {
    title: edge,
    place: '/edges',
    status: failed === undefined ? 200 : 422,
    body: (
      <>
        <Heading title={edge} note={<a href="/edges">All edges</a>}>
          <LiveBadge c={c} parts={parts} page={{ kind: 'edge', edge }} />
        </Heading>
        <Problems problems={failed?.problems ?? []} />
        <Given c={c} />
        <div id="panels">
          <EdgePanels content={await contentOf(parts, row)} />
        </div>
        {await Forms({ c, parts, edge, halts, typed: failed?.typed })}
      </>
    ),
  });
}

interface FormsProps {
  readonly c: ConsoleContext;
  readonly parts: Parts;
  readonly edge: string;
  readonly halts: readonly EdgeHalt[];
  readonly typed: Typed | undefined;
}

async function Forms({ c, parts, edge, halts, typed }: FormsProps) {
  const viewer = viewerOf(c);
  const may = (permission: 'commands.stop' | 'commands.issue') =>
    parts.commands !== undefined && mayDo(viewer.role, permission);
  const needsCode = may('commands.issue') && !(await isSteppedUp(parts.people, viewer));
  return (
    <>
      {may('commands.stop') ? (
        <section class="block">
          <h2>{`Stop trading at ${edge}`}</h2>
          <StopForm action={`/edges/${edge}/stop`} typed={typed} />
          <StopMeanings />
        </section>
      ) : null}
      {may('commands.issue') ? (
        <section class="block">
          <h2>Release a kill</h2>
          {halts.length === 0 ? (
            <p class="note">No kill is in force at this edge by its records.</p>
          ) : (
            <ReleaseForm edge={edge} halts={halts} needsCode={needsCode} typed={typed} />
          )}
        </section>
      ) : null}
      {may('commands.issue') ? (
        <section class="block">
          <h2>{`Ask something of ${edge}`}</h2>
          <AskForms edge={edge} needsCode={needsCode} typed={typed} />
        </section>
      ) : null}
    </>
  );
}

async function contentOf({ database }: Parts, row: ShownEdge): Promise<EdgeContent> {
  const { edge } = row;
  const [leases, commands] = await Promise.all([
    readLeases(database),
    pageCommands(database, { edge }, { limit: COMMANDS_SHOWN.edge }),
  ]);
  return { row, leases: leases.filter((lease) => lease.edge === edge), commands };
}

async function stopEdge(c: ConsoleContext, parts: Parts) {
  const typed = await formOf(c, STOP_FIELDS);
  const edge = c.req.param('edge') ?? '';
  return answer(c, parts, { edge, typed, given: await giveStop(c, parts, { edges: [edge], typed }) });
}

async function releaseKill(c: ConsoleContext, parts: Parts) {
  const typed = await formOf(c, ['kill', 'reason', 'code']);
  const edge = c.req.param('edge') ?? '';
  return answer(c, parts, { edge, typed, given: await giveRelease(c, parts, { ...typed, edge }) });
}

/** A release needs the second factor again, and the document that two people signed for this edge and kill. */
async function giveRelease(
  c: ConsoleContext,
  parts: Parts,
  asked: { readonly edge: string; readonly kill: string; readonly reason: string; readonly code: string },
): Promise<Giving> {
  const { edge, kill, reason, code } = asked;
  const handed = (await c.req.parseBody())['document'];
  const text = handed instanceof File ? await handed.text() : handed;
  const document = typeof text === 'string' ? text : '';
  const problems = [
    ...(IDENTIFIER.test(kill) ? [] : ['No kill is named.']),
    ...reasonProblems(reason),
    ...(document.trim() === '' ? ['The signed release is missing.'] : []),
    ...(document.length > DOCUMENT_LENGTH_MAX ? ['The file is too long for a release.'] : []),
  ];
  if (problems.length > 0) return { problems };
  const unproved = await proveAgain(c, parts, code);
  if (unproved !== undefined) return { problems: [unproved] };
  return giveCommand(c, parts, { kind: 'release', edges: [edge], kill, document, reason: reason.trim() });
}

async function askEdge(c: ConsoleContext, parts: Parts) {
  const typed = await formOf(c, ['ask', 'release', 'reason', 'code']);
  const edge = c.req.param('edge') ?? '';
  return answer(c, parts, { edge, typed, given: await giveAsk(c, parts, { ...typed, edge }) });
}

/** A renewal, a fetch anew or a notice: it changes no risk, takes its turn among the commands and needs the second factor again. */
async function giveAsk(
  c: ConsoleContext,
  parts: Parts,
  typed: Readonly<Record<'ask' | 'release' | 'reason' | 'code' | 'edge', string>>,
): Promise<Giving> {
  const ask = ASKS.find((one) => one === typed.ask);
  const release = typed.release.trim();
  const problems = [
    ...(ask === undefined ? ['What is asked is neither a renewal, nor to fetch anew, nor a notice.'] : []),
    ...(ask === 'upgrade-notice' && !RELEASE.test(release) ? ['The release has no form such as 0.2.0.'] : []),
    ...reasonProblems(typed.reason),
  ];
  if (ask === undefined || problems.length > 0) return { problems };
  const unproved = await proveAgain(c, parts, typed.code);
  if (unproved !== undefined) return { problems: [unproved] };
  const place = { edges: [typed.edge], reason: typed.reason.trim() };
  return giveCommand(c, parts, ask === 'upgrade-notice' ? { kind: ask, ...place, release } : { kind: ask, ...place });
}

function answer(
  c: ConsoleContext,
  parts: Parts,
  { edge, typed, given }: { readonly edge: string; readonly typed: Typed; readonly given: Giving },
) {
  if ('problems' in given) return showEdge(c, parts, { problems: given.problems, typed });
  return c.redirect(`/edges/${edge}?given=${given.id}`, 303);
}

async function edgeOf(c: ConsoleContext, parts: Parts): Promise<ShownEdge | undefined> {
  const edge = c.req.param('edge') ?? '';
  return IDENTIFIER.test(edge) ? (await shownEdges(parts, { edge }, 1))[0] : undefined;
}

function missing(c: ConsoleContext, parts: Parts) {
  return missingPage(c, parts, `This hub knows no edge ${(c.req.param('edge') ?? '').slice(0, 64)}.`);
}
