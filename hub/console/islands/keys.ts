const CHORD_MS = 1_500;

/** Single keys for those who never leave the keyboard; they rest while somebody types, and can be switched off. */
export function bindKeys(): void {
  const help = document.querySelector<HTMLDialogElement>('#help');
  for (const button of document.querySelectorAll('[data-opens-help]'))
    button.addEventListener('click', () => help?.showModal());
  let chordUntil = 0;

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target)) {
      if (event.key === 'Escape' && event.target instanceof HTMLElement) event.target.blur();
      return;
    }
    if (document.documentElement.dataset['keys'] === 'off') return;
    const isChord = event.timeStamp < chordUntil;
    chordUntil = event.key === 'g' && !isChord ? event.timeStamp + CHORD_MS : 0;
    if (isChord ? goTo(event.key) : act(event.key, help)) event.preventDefault();
  });
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, select, textarea, [contenteditable]');
}

function goTo(key: string): boolean {
  const link = document.querySelector<HTMLAnchorElement>(`header a[data-key="${CSS.escape(key)}"]`);
  link?.click();
  return link !== null;
}

function act(key: string, help: HTMLDialogElement | null): boolean {
  if (key === '?') {
    if (help?.open === true) help.close();
    else help?.showModal();
    return true;
  }
  if (help?.open === true) return false;
  if (key === '/') return focusSearch();
  if (key === 'j') return moveRow(1);
  if (key === 'k') return moveRow(-1);
  return key === 'Enter' && openRow();
}

function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>(
    '[data-search], main input[type="search"], main form.filters select',
  );
  field?.focus();
  return field !== null;
}

function rows(): readonly HTMLTableRowElement[] {
  return [...document.querySelectorAll<HTMLTableRowElement>('tr[data-href]')];
}

function moveRow(by: number): boolean {
  const all = rows();
  const from = all.findIndex((row) => row.classList.contains('current'));
  const next = all[from < 0 ? 0 : Math.min(all.length - 1, Math.max(0, from + by))];
  if (next === undefined) return false;
  all[from]?.classList.remove('current');
  next.classList.add('current');
  const link = next.querySelector<HTMLAnchorElement>('a');
  link?.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
  return true;
}

function openRow(): boolean {
  // A link or button that has the focus opens by itself.
  if (document.activeElement instanceof HTMLElement && document.activeElement.matches('a, button, summary'))
    return false;
  const href = document.querySelector<HTMLTableRowElement>('tr.current')?.dataset['href'];
  if (href === undefined) return false;
  location.assign(href);
  return true;
}
