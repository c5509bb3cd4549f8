import { readVenue, VENUE_ROWS_MAX, type VenueHistory } from '../../store/pages/venues.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { AlarmLine } from '../parts/alarm-line.tsx';
import { queryText } from '../parts/export-links.tsx';
import { LeafLink, Time } from '../parts/marks.tsx';
import { Heading, renderPage } from '../parts/page.tsx';
import { missingPage } from '../parts/refusal-page.tsx';
import { VenuePanel } from '../parts/venue-panel.tsx';
import type { Route } from '../route.ts';

const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export const venueRoutes: readonly Route[] = [
  { method: 'GET', path: '/venues/:connector', needs: 'records.read', handle: showVenue },
];

async function showVenue(c: ConsoleContext, parts: Parts) {
  const connector = c.req.param('connector') ?? '';
  const history = IDENTIFIER.test(connector) ? await readVenue(parts.database, connector) : undefined;
  const newest = history?.rows.toSorted((a, b) => b.leaf - a.leaf)[0];
  if (history === undefined || newest === undefined)
    return missingPage(c, parts, `No edge trades through ${connector.slice(0, 64)}.`);
  return renderPage(c, parts, {
    title: newest.title,
    place: '/venues',
    body: (
      <>
        <Heading title={newest.title} note={`Connector ${connector}, as each edge last said at a start.`} />
        <Links history={history} />
        {history.rows.map((row) => (
          <VenuePanel row={row} />
        ))}
        <Incidents history={history} />
        <Statements history={history} />
      </>
    ),
  });
}

function Links({ history }: { readonly history: VenueHistory }) {
  const venues = [...new Set(history.rows.flatMap((row) => row.venues))].sort();
  return (
    <ul class="lines">
      {venues.map((venue) => (
        <li>
          <strong>{venue}</strong> <a href={`/orders${queryText({ venue })}`}>{`orders at ${venue}`}</a> ·{' '}
          <a href={`/breaks${queryText({ venue })}`}>{`breaks at ${venue}`}</a>
        </li>
      ))}
    </ul>
  );
}

function Incidents({ history: { incidents } }: { readonly history: VenueHistory }) {
  return (
    <section class="block">
      <h2>Incidents while it was traded through</h2>
      {incidents.length === 0 ? (
        <p class="empty">None about the venue, its orders, fills or reconciliation.</p>
      ) : (
        <ul class="lines">
          {incidents.map((alarm) => (
            <AlarmLine alarm={alarm} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Statements({ history: { statements } }: { readonly history: VenueHistory }) {
  return (
    <section class="block">
      <h2>What was said, newest first</h2>
      <ul class="lines">
        {statements.map(({ leaf, edge, at }) => (
          <li>
            <Time at={at} /> on {edge} <LeafLink leaf={leaf} />
          </li>
        ))}
        {statements.length < VENUE_ROWS_MAX ? null : <li>There are more statements than one page shows.</li>}
      </ul>
    </section>
  );
}
