import { readOverview } from '../../store/pages/overview.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { glanceOf } from '../live/glance.ts';
import { LiveBadge } from '../parts/live-badge.tsx';
import { OverviewPanels } from '../parts/overview-panels.tsx';
import { Heading, renderPage } from '../parts/page.tsx';
import type { Route } from '../route.ts';

const ACCOUNT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export const overviewRoutes: readonly Route[] = [{ method: 'GET', path: '/', needs: 'glance', handle: showOverview }];

async function showOverview(c: ConsoleContext, parts: Parts) {
  const isLinked = c.get('viewer') !== undefined;
  const account = isLinked ? accountOf(c) : undefined;
  const overview = await readOverview(parts.database, account);
  return renderPage(c, parts, {
    title: 'Overview',
    place: '/',
    body: (
      <>
        {isLinked ? null : <EnrolmentHint mark={parts.hub.mark} />}
        <Heading title="Overview" note={`The firm as its records stand. ${parts.hub.mark}.`}>
          <LiveBadge c={c} parts={parts} page={{ kind: isLinked ? 'overview' : 'glance', account }} />
        </Heading>
        <div id="panels">
          <OverviewPanels
            overview={isLinked ? overview : glanceOf(overview)}
            account={account}
            now={parts.clock.now()}
            isLinked={isLinked}
          />
        </div>
      </>
    ),
  });
}

function accountOf(c: ConsoleContext): string | undefined {
  const account = c.req.query('account');
  return account !== undefined && ACCOUNT.test(account) ? account : undefined;
}

function EnrolmentHint({ mark }: { readonly mark: string }) {
  return (
    <section class="hint">
      <h2>Nobody has enrolled yet</h2>
      <p>
        Open the one-time link that the hub printed when it started: <code>http://localhost:…/enrol/…</code>. It makes
        you the first administrator and is good for 24 hours; a restart prints a new one. Until then this machine alone
        sees the counts and the curve of what runs below ({mark}).
      </p>
    </section>
  );
}
