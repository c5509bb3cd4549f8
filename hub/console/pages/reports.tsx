import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { dayOf } from '@gatehouse/shared/values/instant.ts';
import type { Child } from 'hono/jsx';
import { mayDo } from '../../people/permissions.ts';
import { inTransaction } from '../../store/database.ts';
import type { ReportOutput, ReportRun } from '../../store/report-rows.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { countText } from '../parts/figure-text.ts';
import { Hash, Time } from '../parts/marks.tsx';
import { Heading, renderPage } from '../parts/page.tsx';
import { TableRows } from '../parts/table-rows.tsx';
import { addressOf, formOf, type Route, viewerOf } from '../route.ts';

/** The report that the console makes by hand; others follow their calendar. */
const DAILY = 'daily-activity';
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TYPES: Readonly<Record<ReportOutput['format'], string>> = {
  pdf: 'application/pdf',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

export const reportRoutes: readonly Route[] = [
  { method: 'GET', path: '/reports', needs: 'reports.read', handle: (c, parts) => showReports(c, parts) },
  { method: 'POST', path: '/reports', needs: 'reports.make', handle: makeReport },
  { method: 'POST', path: '/reports/:run/again', needs: 'reports.make', handle: compareReport },
  { method: 'GET', path: '/reports/:run/:format{pdf|xlsx}', needs: 'reports.read', handle: downloadReport },
];

async function showReports(
  c: ConsoleContext,
  parts: Parts,
  message?: { readonly problem?: string; readonly done?: Child },
) {
  const runs = await parts.reports.list();
  const mayMake = mayDo(viewerOf(c).role, 'reports.make');
  return renderPage(c, parts, {
    title: 'Reports',
    place: '/reports',
    status: message?.problem === undefined ? 200 : 422,
    body: (
      <>
        <Heading
          title="Reports"
          note="Each making with the range of records under it. The same range gives the same bytes."
        />
        {message?.problem === undefined ? null : (
          <p class="problem" role="alert">
            {message.problem}
          </p>
        )}
        {message?.done === undefined ? null : (
          <p class="done" role="status">
            {message.done}
          </p>
        )}
        {mayMake ? <MakeForm today={dayOf(parts.clock.now())} /> : null}
        {runs.length === 0 ? (
          <p class="empty">
            No report has been made. Choose a day above, or run npx gatehouse report make daily-activity DAY.
          </p>
        ) : (
          <RunTable runs={runs} mayMake={mayMake} />
        )}
      </>
    ),
  });
}

function MakeForm({ today }: { readonly today: string }) {
  return (
    <form method="post" action="/reports" class="filters">
      <label>
        <span>Daily activity and exceptions, records of (UTC)</span>
        <input type="date" name="day" value={today} max={today} required />
      </label>
      <div class="buttons">
        <button type="submit">Make the report</button>
      </div>
    </form>
  );
}

function RunTable({ runs, mayMake }: { readonly runs: readonly ReportRun[]; readonly mayMake: boolean }) {
  return (
    <TableRows
      caption="Runs"
      rows={runs}
      columns={[
        { title: 'Made', kind: 'instant', cell: (run) => run.madeAt },
        { title: 'Report', kind: 'text', cell: (run) => run.report },
        { title: 'For', kind: 'day', cell: (run) => run.parameters['day'] ?? null },
        { title: 'By', kind: 'text', cell: (run) => run.madeBy, isMinor: true },
        {
          title: 'Records',
          kind: 'text',
          cell: (run) => `leaves ${run.firstLeaf} to ${run.endLeaf - 1}`,
          show: (run) => `leaves ${countText(run.firstLeaf)} to ${countText(run.endLeaf - 1)}`,
        },
        { title: 'Data hash', kind: 'hash', cell: (run) => run.dataHash },
        { title: 'Files', kind: 'text', cell: () => null, show: (run) => <Files run={run} mayMake={mayMake} /> },
      ]}
    />
  );
}

function Files({ run, mayMake }: { readonly run: ReportRun; readonly mayMake: boolean }) {
  return (
    <div class="files">
      {run.outputs.map((output) => (
        <span>
          <a class="button" href={`/reports/${run.runId}/${output.format}`} download>
            {output.format.toUpperCase()}
          </a>{' '}
          <Hash hash={output.sha256} />
        </span>
      ))}
      {mayMake ? (
        <form method="post" action={`/reports/${run.runId}/again`}>
          <button type="submit" class="quiet">
            Make again and compare
          </button>
        </form>
      ) : null}
    </div>
  );
}

async function makeReport(c: ConsoleContext, parts: Parts) {
  const { day } = await formOf(c, ['day']);
  if (!DAY.test(day)) return showReports(c, parts, { problem: 'Choose a day like 2020-03-06.' });
  try {
    const run = await parts.reports.make({ report: DAILY, day, by: viewerOf(c).personId, from: addressOf(c) });
    return await showReports(c, parts, { done: `The report for ${day} is made: run ${run.runId}.` });
  } catch (error) {
    return showReports(c, parts, { problem: problemOf(error) });
  }
}

async function compareReport(c: ConsoleContext, parts: Parts) {
  try {
    const { run, differences } = await parts.reports.rerun(c.req.param('run') ?? '');
    if (differences.length > 0)
      return await showReports(c, parts, { problem: `Not the same: ${differences.join('; ')}.` });
    const done = (
      <>
        Made again from <Time at={run.madeAt} />: every byte is the same.
      </>
    );
    return await showReports(c, parts, { done });
  } catch (error) {
    return showReports(c, parts, { problem: problemOf(error) });
  }
}

/** A failure that a person can do something about, in words; our own faults go on to where they are logged. */
function problemOf(error: unknown): string {
  if (error instanceof KitError && error.treatment.http < 500) return describeError(error);
  throw error;
}

async function downloadReport(c: ConsoleContext, parts: Parts) {
  const { run = '', format } = c.req.param() as { readonly run?: string; readonly format?: ReportOutput['format'] };
  const chosen = format === 'xlsx' ? 'xlsx' : 'pdf';
  const { output, bytes } = await parts.reports.open(run, chosen);
  const { personId: by } = viewerOf(c);
  const act = {
    action: 'report.downloaded',
    by,
    from: addressOf(c),
    target: run,
    after: { format: chosen, sha256: output.sha256 },
  };
  await inTransaction(parts.database, (tx) => parts.appendAct(tx, act));
  c.header('Content-Disposition', `attachment; filename="${run.replaceAll(/[^A-Za-z0-9._-]/g, '_')}.${chosen}"`);
  c.header('Cache-Control', 'no-store');
  return c.body(Uint8Array.from(bytes).buffer, 200, { 'Content-Type': TYPES[chosen] });
}
