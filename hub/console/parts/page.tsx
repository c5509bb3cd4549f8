import { getCookie } from 'hono/cookie';
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import type { Viewer } from '../../people/sessions.ts';
import type { ConsoleContext, HubInfo, Parts } from '../console-deps.ts';
import { HelpOverlay } from './help-overlay.tsx';
import { openPages } from './navigation.ts';

interface PageContent {
  readonly title: string;
  /** The path of the page's place in the navigation. */
  readonly place?: string;
  readonly status?: 200 | 400 | 401 | 403 | 404 | 409 | 422 | 429 | 500 | 503;
  readonly body: Child;
}

/** Answers with a whole page. */
export function renderPage(c: ConsoleContext, parts: Parts, content: PageContent): Response | Promise<Response> {
  const theme = getCookie(c, 'gatehouse-theme') ?? 'auto';
  const keys = getCookie(c, 'gatehouse-keys') ?? 'on';
  const viewer = c.get('viewer');
  c.status(content.status ?? 200);
  c.header('Cache-Control', 'no-store');
  const here = c.req.path + new URL(c.req.url).search;
  return c.html(
    <>
      {raw('<!DOCTYPE html>')}
      <html
        lang="en"
        data-theme={theme === 'dark' || theme === 'light' ? theme : 'auto'}
        data-keys={keys === 'off' ? 'off' : 'on'}
      >
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>{`${content.title} · ${parts.hub.mark} · Gatehouse`}</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href={parts.assets.style.path} />
          <script type="module" src={parts.assets.script.path} />
        </head>
        <body>
          <a class="skip" href="#main">
            Skip to content
          </a>
          <Header hub={parts.hub} viewer={viewer} place={content.place} />
          <main id="main" tabindex={-1}>
            {content.body}
          </main>
          <Footer hub={parts.hub} theme={theme} keys={keys} here={c.req.method === 'GET' ? here : '/'} />
          <HelpOverlay viewer={viewer} />
        </body>
      </html>
    </>,
  );
}

function Header({ hub, viewer, place }: { hub: HubInfo; viewer: Viewer | undefined; place: string | undefined }) {
  const open = openPages(viewer);
  return (
    <header class="top">
      <div class="brand">
        <a href="/" class="name">
          Gatehouse
        </a>
        <strong class="environment">{hub.mark}</strong>
      </div>
      {viewer === undefined ? null : (
        <nav aria-label="Pages">
          <ul>
            {open.map(({ path, title, key }) => (
              <li>
                <a href={path} data-key={key} aria-current={path === place ? 'page' : undefined}>
                  {title}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      )}
      {viewer === undefined ? null : (
        <div class="who">
          <a href="/account" data-key="u" aria-current={place === '/account' ? 'page' : undefined}>
            {viewer.login}
          </a>
          <span class="role">{viewer.role}</span>
          <form method="post" action="/sign-out">
            <button type="submit" class="quiet">
              Sign out
            </button>
          </form>
        </div>
      )}
    </header>
  );
}

function Footer({ hub, theme, keys, here }: { hub: HubInfo; theme: string; keys: string; here: string }) {
  const option = (value: string, label: string) => (
    <option value={value} selected={theme === value}>
      {label}
    </option>
  );
  return (
    <footer class="foot">
      <span>
        {hub.mark} · hub {hub.id} · release {hub.release} · times are UTC unless marked
      </span>
      <form method="post" action="/appearance">
        <input type="hidden" name="back" value={here} />
        <label>
          Colours{' '}
          <select name="theme">
            {option('auto', 'as the system')}
            {option('light', 'light')}
            {option('dark', 'dark')}
          </select>
        </label>
        <label>
          <input type="checkbox" name="keys" value="on" checked={keys !== 'off'} /> Single-key shortcuts
        </label>
        <button type="submit" class="quiet">
          Apply
        </button>
        <button type="button" class="quiet" data-opens-help>
          Keys <kbd>?</kbd>
        </button>
      </form>
    </footer>
  );
}

/** The heading of a page with what belongs beside it. */
export function Heading({ title, note, children }: { title: string; note?: Child; children?: Child }) {
  return (
    <div class="heading">
      <div>
        <h1>{title}</h1>
        {note === undefined ? null : <p class="note">{note}</p>}
      </div>
      {children === undefined ? null : <div class="tools">{children}</div>}
    </div>
  );
}
