import { showLocalTimes } from './local-times.ts';

const POLL_MS = 500;

/** Follows a verification that runs, until it has ended; then the page is read again for its button. */
export function watchVerification(): void {
  const panel = document.querySelector<HTMLElement>('#verification[data-running]');
  if (panel === null) return;
  setTimeout(async () => {
    const answer = await fetch('/live/verification').catch(() => undefined);
    if (answer === undefined || !answer.ok) return;
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('#verification');
    if (next === null) return;
    if (!next.hasAttribute('data-running')) {
      location.reload();
      return;
    }
    panel.replaceWith(next);
    showLocalTimes(next);
    watchVerification();
  }, POLL_MS);
}
