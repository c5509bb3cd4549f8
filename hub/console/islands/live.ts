import { showLocalTimes } from './local-times.ts';

const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 30_000;
const SILENT_MS_MAX = 40_000;

/** Keeps the moving part of a page up to date while the hub can be heard, and says in words whether it can. */
export function goLive(): void {
  const badge = document.querySelector<HTMLElement>('[data-live]');
  const target = document.getElementById(badge?.dataset['target'] ?? '');
  const path = badge?.dataset['live'];
  if (badge === null || target === null || path === undefined) return;
  const refresh = refresher(path, target);
  let retryMs = RETRY_MS_MIN;
  const say = (isLive: boolean): void => {
    badge.textContent = isLive ? 'live' : 'not live';
    badge.classList.toggle('is-live', isLive);
  };

  const open = (): void => {
    const source = new EventSource('/live');
    let silence: ReturnType<typeof setTimeout> | undefined;
    // The browser's own retries know no back-off, so each stream is closed at its first fault and opened anew.
    const fail = (): void => {
      clearTimeout(silence);
      source.close();
      say(false);
      setTimeout(open, retryMs * (0.5 + Math.random()));
      retryMs = Math.min(RETRY_MS_MAX, retryMs * 2);
    };
    const heard = (): void => {
      clearTimeout(silence);
      silence = setTimeout(fail, SILENT_MS_MAX);
    };
    source.addEventListener('open', () => {
      retryMs = RETRY_MS_MIN;
      say(true);
      heard();
      void refresh();
    });
    source.addEventListener('change', () => {
      heard();
      void refresh();
    });
    // Ages grow and commands are given without a commit of entries, so a beat refreshes as well.
    source.addEventListener('beat', () => {
      heard();
      void refresh();
    });
    source.addEventListener('error', fail);
  };
  open();
}

/** One refresh at a time; what changes meanwhile is fetched once more afterwards. */
function refresher(path: string, target: HTMLElement): () => Promise<void> {
  let isBusy = false;
  let isStale = false;
  const refresh = async (): Promise<void> => {
    isStale = true;
    if (isBusy) return;
    isBusy = true;
    while (isStale) {
      isStale = false;
      const answer = await fetch(path).catch(() => undefined);
      if (answer?.ok === true) swap(target, await answer.text());
    }
    isBusy = false;
  };
  return refresh;
}

/** Puts the new content in place; a part that has the reader's attention is left until they turn away. */
function swap(target: HTMLElement, html: string): void {
  if (target.contains(document.activeElement) || target.querySelector('.chart:hover, details[open]') !== null) return;
  const next = new DOMParser().parseFromString(html, 'text/html');
  target.replaceChildren(...next.body.childNodes);
  showLocalTimes(target);
}
