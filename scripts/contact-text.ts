import type { EdgeStatus } from '@gatehouse/edge/sync/parent-link.ts';
import { ageMs, type Instant, instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';

const MS_PER_SECOND = 1_000;

/** The stricter of what is stopped and what the sheet permits so long after the last contact. */
export function tradingText({ trading, contact: { mode } }: Pick<EdgeStatus, 'trading' | 'contact'>): string {
  const isStricter = mode === 'halted' ? trading !== 'halted' : mode === 'reducing' && trading === 'active';
  return isStricter ? `${mode}, for want of contact with the hub` : trading;
}

/** When the hub was heard, what passes because of that, and what comes next if it stays silent. */
export function contactText({ mode, heardAt, reducesFrom, haltsFrom }: EdgeStatus['contact'], now: Instant): string {
  if (mode === 'stands-alone') return 'no hub, which the sheet permits';
  const heard = heardAt === undefined ? 'the hub was never heard' : `the hub was heard ${secondsText(heardAt, now)}`;
  const halts = haltsFrom === undefined ? '' : `, and nothing ${secondsText(haltsFrom, now)}`;
  if (mode === 'unbound') return `${heard}; the sheet in force does not bind trading to that`;
  if (mode === 'reducing') return `${heard} and the lease is over: only what reduces a position passes${halts}`;
  if (mode === 'active') {
    return `${heard}; without it only what reduces passes ${secondsText(reducesFrom ?? '', now)}${halts}`;
  }
  const isLate = haltsFrom !== undefined && haltsFrom <= instantText(now);
  return isLate || heardAt === undefined
    ? `${heard}, and nothing passes until it is heard again`
    : `${heard} and has leased nothing yet, so nothing passes`;
}

function secondsText(at: string, now: Instant): string {
  const seconds = Math.round(ageMs(parseInstant(at), now) / MS_PER_SECOND);
  return seconds >= 0 ? `${seconds} s ago` : `in ${-seconds} s`;
}
