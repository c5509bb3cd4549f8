import { breakers } from '@gatehouse/compliance/breakers/index.ts';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import {
  breakerPages,
  type ControlPage,
  controlPages,
  type LimitsInForce,
  reasonOf,
  type SheetInForce,
} from '../../control/control-pages.ts';
import { sheetInForce } from '../../control/sheet-in-force.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { ArticlePanels } from '../parts/article-panels.tsx';
import { BreakerPanels } from '../parts/breaker-panels.tsx';
import { ControlSources } from '../parts/control-sources.tsx';
import { ExampleTable } from '../parts/example-table.tsx';
import { Hash, StateMark } from '../parts/marks.tsx';
import { Heading, renderPage } from '../parts/page.tsx';
import { TableRows } from '../parts/table-rows.tsx';
import type { Route } from '../route.ts';

export const controlRoutes: readonly Route[] = [
  { method: 'GET', path: '/controls', needs: 'records.read', handle: showControls },
];

async function showControls(c: ConsoleContext, parts: Parts) {
  const inForce = await sheetInForce(parts.database);
  const pages = controlPages(controls, inForce);
  return renderPage(c, parts, {
    title: 'Controls',
    place: '/controls',
    body: (
      <>
        <Heading
          title="Controls"
          note="Every control looks at every order; one that no sheet names refuses them all."
        />
        <SheetNote inForce={inForce} />
        <Summary pages={pages} />
        {pages.map((page) => (
          <ControlSection page={page} />
        ))}
        <BreakerPanels pages={breakerPages(breakers, inForce)} />
        <ArticlePanels controls={pages.map(({ control }) => control)} />
      </>
    ),
  });
}

function SheetNote({ inForce }: { readonly inForce: SheetInForce | undefined }) {
  if (inForce === undefined) {
    return <p class="empty">No edge has sent a limit sheet yet. Run npm start; the first edge brings its own.</p>;
  }
  const { id, sequence, maker, checkers, reason } = inForce.sheet;
  return (
    <p>
      Limits of sheet <strong>{id}</strong>, number {`${sequence}`}, <Hash hash={inForce.hash} />, made by {maker}
      {checkers.length === 0 ? '' : `, checked by ${checkers.join(', ')}`}: {reason}
    </p>
  );
}

function Summary({ pages }: { readonly pages: readonly ControlPage[] }) {
  return (
    <TableRows
      caption="All controls at a glance"
      rows={pages}
      columns={[
        {
          title: 'Control',
          kind: 'text',
          cell: ({ control }) => control.title,
          show: ({ control }) => <a href={`#${control.id}`}>{control.title}</a>,
        },
        { title: 'Question', kind: 'text', cell: ({ control }) => control.question },
        {
          title: 'In force',
          kind: 'text',
          cell: ({ limits }) => limits.kind,
          show: ({ limits }) => (limits.kind === 'on' ? scopesText(limits) : <StateMark state={limits.kind} />),
        },
        { title: 'Owner', kind: 'text', cell: ({ owner }) => owner ?? null },
        { title: 'Examples', kind: 'integer', cell: ({ control }) => `${control.examples.length}` },
      ]}
    />
  );
}

function scopesText(limits: LimitsInForce & { readonly kind: 'on' }): string {
  return limits.rules.map(({ scope }) => scope).join(', ');
}

function ControlSection({ page: { control, limits, owner, otherVersions } }: { readonly page: ControlPage }) {
  const { id, version, title, question, sources, examples, isOverridable } = control;
  return (
    <section id={id} class="panel is-stacked">
      <h2>
        <a href={`#${id}`}>{title}</a> <small>{`${id}@${version}`}</small>
      </h2>
      <p>{question}</p>
      <p class="note">
        {owner === undefined ? 'The sheet names no owner.' : `Owner: ${owner}.`}{' '}
        {isOverridable
          ? 'A signed ticket can set its refusal aside for one order.'
          : 'No ticket can set its refusal aside.'}
        {otherVersions.length === 0 ? '' : ` This release also runs version ${otherVersions.join(', ')}.`}
      </p>
      <ControlSources sources={sources} />
      <Limits control={control} limits={limits} />
      <p>
        <a href={`/refusals?control=${id}`}>Orders that it refused</a>
      </p>
      <ExampleTable title={title} examples={examples} />
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
  const names = control.limits.map(({ name }) => name);
  const rows = limits.rules.flatMap(({ scope, figures, reason }) =>
    names.length === 0
      ? [{ scope, name: 'on', figure: null, says: 'This control has no figures.', reason: reason ?? null }]
      : control.limits.map(({ name, says }) => ({
          scope,
          name,
          figure: figures[name] ?? null,
          says,
          reason: reasonOf(reason, name, names),
        })),
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
        { title: 'Why so much', kind: 'text', cell: (row) => row.reason },
      ]}
    />
  );
}
