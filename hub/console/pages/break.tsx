import { BREAK_ENTRIES_MAX, type BreakHistory, type BreakRow, readBreak } from '../../store/pages/breaks.ts';
import type { LeafEntry } from '../../store/pages/order-history.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { plainWord } from '../parts/figure-text.ts';
import { Hash, LeafLink, StateMark, Time } from '../parts/marks.tsx';
import { Heading, renderPage } from '../parts/page.tsx';
import { RecordFields } from '../parts/record-fields.tsx';
import { missingPage } from '../parts/refusal-page.tsx';
import { readBody, textIn } from '../parts/stored-body.ts';
import type { Route } from '../route.ts';
import { breakAge } from '../tables/breaks.tsx';

const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export const breakRoutes: readonly Route[] = [
  { method: 'GET', path: '/breaks/:edge/:id', needs: 'records.read', handle: showBreak },
];

async function showBreak(c: ConsoleContext, parts: Parts) {
  const [edge, id] = [c.req.param('edge') ?? '', c.req.param('id') ?? ''];
  const isFit = IDENTIFIER.test(edge) && IDENTIFIER.test(id);
  const history = isFit ? await readBreak(parts.database, edge, id) : undefined;
  if (history === undefined) return missingPage(c, parts, `There is no break ${id.slice(0, 64)} of this edge.`);
  const { row } = history;
  return renderPage(c, parts, {
    title: `Break ${row.breakId}`,
    place: '/breaks',
    body: (
      <>
        <Heading title={`Break ${row.breakId}`} note={summary(row)}>
          <StateMark state={row.step} />
        </Heading>
        <Facts row={row} age={breakAge(row, parts.clock.now())} />
        <Steps history={history} />
      </>
    ),
  });
}

function summary({ subject, key, account, venue, edge }: BreakRow): string {
  return `${subject} ${key} of account ${account} at ${venue}, on ${edge}`;
}

function Facts({ row, age }: { readonly row: BreakRow; readonly age: string }) {
  const facts = [
    ['Age', age],
    ['Owner', row.owner ?? 'nobody'],
    ['Cause', row.cause === null ? 'not named yet' : plainWord(row.cause)],
    [`In the ${row.firstRecord}`, row.ours ?? 'nothing'],
    [`In the ${row.secondRecord}`, row.theirs ?? 'nothing'],
  ] as const;
  return (
    <dl class="facts-inline">
      {facts.map(([term, text]) => (
        <div>
          <dt>{term}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function Steps({ history }: { readonly history: BreakHistory }) {
  return (
    <ol class="history">
      {history.entries.map((entry) => (
        <li class="event event-break">
          <Step entry={entry} />
        </li>
      ))}
      {history.entries.length < BREAK_ENTRIES_MAX ? null : <li>There are more entries than one page shows.</li>}
    </ol>
  );
}

function Step({ entry }: { readonly entry: LeafEntry }) {
  const { v: _version, id: _id, step: _step, ...rest } = readBody(entry.body);
  return (
    <>
      <header>
        <h2>{`Step: ${plainWord(textIn(readBody(entry.body), 'step')) || 'not readable any more'}`}</h2>
        <p class="note">
          <Time at={entry.at} isWhole /> · <LeafLink leaf={entry.leaf} /> · {entry.edge} {`${entry.epoch}/${entry.seq}`}{' '}
          · <Hash hash={entry.hash} />
        </p>
      </header>
      {entry.body === null ? (
        <p class="note">The body was destroyed under its retention rule; its hash still stands in the log.</p>
      ) : (
        <RecordFields record={rest} />
      )}
    </>
  );
}
