const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Adds the reader's own zone to each time: in its tooltip, or beside it where the page has room. */
export function showLocalTimes(within: ParentNode): void {
  for (const time of within.querySelectorAll<HTMLTimeElement>('time[data-zone]')) {
    const at = new Date(time.dateTime);
    if (time.dataset['told'] === '' || Number.isNaN(at.getTime())) continue;
    time.dataset['told'] = '';
    const text = `${format.format(at)} ${zone}`;
    time.title = `${time.title}\n${text}`;
    if (time.dataset['zone'] !== 'beside') continue;
    const local = document.createElement('span');
    local.className = 'local';
    local.textContent = ` (${text})`;
    time.append(local);
  }
}
