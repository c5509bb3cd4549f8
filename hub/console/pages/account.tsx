import { roleTexts } from '../../people/permissions.ts';
import { ownSessions, revokeSession, signOut } from '../../people/sessions.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { Mark, Time } from '../parts/marks.tsx';
import { Heading, renderPage } from '../parts/page.tsx';
import { TableRows } from '../parts/table-rows.tsx';
import { addressOf, type Route, viewerOf } from '../route.ts';
import { clearSessionToken } from '../session-cookie.ts';

const HASH = /^[0-9a-f]{64}$/;

export const accountRoutes: readonly Route[] = [
  { method: 'GET', path: '/account', needs: 'session', handle: showAccount },
  { method: 'POST', path: '/account/sessions/:hash/revoke', needs: 'session', handle: revoke },
  { method: 'POST', path: '/sign-out', needs: 'session', handle: leave },
];

async function showAccount(c: ConsoleContext, parts: Parts) {
  const viewer = viewerOf(c);
  const sessions = await ownSessions(parts.people, viewer);
  const codes = await parts.people.store.transact((rows) => rows.countRecoveryCodes(viewer.personId));
  return renderPage(c, parts, {
    title: 'Account',
    place: '/account',
    body: (
      <>
        <Heading title="Account" note={`${viewer.login}, ${viewer.role}: ${roleTexts[viewer.role]}`} />
        <dl class="facts-inline">
          <div>
            <dt>Your id in the ledger</dt>
            <dd>
              <code>{viewer.personId}</code>
            </dd>
          </div>
          <div>
            <dt>Recovery codes left</dt>
            <dd>{`${codes}`}</dd>
          </div>
        </dl>
        <section class="block">
          <h2>Your sessions</h2>
          <p class="note">A session ends after 30 minutes without use, and after 12 hours in any case.</p>
          <TableRows
            caption="Your sessions"
            rows={sessions}
            columns={[
              { title: 'Begun', kind: 'instant', cell: (row) => row.createdAt },
              {
                title: 'Last used',
                kind: 'instant',
                cell: (row) => row.seenAt,
                show: (row) => <Time at={row.seenAt} />,
              },
              { title: 'From', kind: 'text', cell: (row) => row.address },
              {
                title: 'Change',
                kind: 'text',
                cell: () => null,
                show: (row) =>
                  row.sessionHash === viewer.sessionHash ? (
                    <Mark tone="info">this one</Mark>
                  ) : (
                    <form method="post" action={`/account/sessions/${row.sessionHash}/revoke`}>
                      <button type="submit" class="danger">
                        End it
                      </button>
                    </form>
                  ),
              },
            ]}
          />
        </section>
      </>
    ),
  });
}

async function revoke(c: ConsoleContext, parts: Parts) {
  const hash = c.req.param('hash') ?? '';
  if (HASH.test(hash)) await revokeSession(parts.people, viewerOf(c), { hash, from: addressOf(c) });
  return c.redirect('/account', 303);
}

async function leave(c: ConsoleContext, parts: Parts) {
  await signOut(parts.people, viewerOf(c), addressOf(c));
  clearSessionToken(c);
  return c.redirect('/sign-in', 303);
}
