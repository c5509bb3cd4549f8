import type { ConsoleContext, Parts } from '../console-deps.ts';
import { Heading, renderPage } from './page.tsx';

interface Problem {
  readonly status: 400 | 403 | 404 | 409 | 422 | 429 | 500 | 503;
  readonly title: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly code?: string;
}

/** Answers that something is not to be had: what, why, and what to do. */
export function problemPage(c: ConsoleContext, parts: Parts, problem: Problem) {
  const { status, title, message, hint, code } = problem;
  return renderPage(c, parts, {
    title,
    status,
    body: (
      <>
        <Heading title={title} />
        <p class="problem" role="alert">
          {message}
        </p>
        {hint === undefined ? null : <p>{hint}</p>}
        <p>
          {code === undefined ? null : <code>{code}</code>} <a href="/">Go to the overview</a>
        </p>
      </>
    ),
  });
}

export function missingPage(c: ConsoleContext, parts: Parts, message: string) {
  const hint = 'Records are never removed from the ledger; check the address, or search from its table.';
  return problemPage(c, parts, { status: 404, title: 'Not found', message, hint });
}
