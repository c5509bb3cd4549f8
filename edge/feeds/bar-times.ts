import { type Instant, instant, isInstantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { dayInZone, instantInZone } from '@gatehouse/shared/values/zoned-time.ts';

/** When a bar began and ended, and its session day. */
interface BarTime {
  readonly openAt: Instant;
  readonly closeAt: Instant;
  readonly day: string;
}

/** Reads the time cells of one file in their order. */
export interface BarTimes {
  /** The time of the next bar, or what is wrong with it in words. */
  read(text: string): BarTime | string;
  /** What a reader must know of how the times were understood. */
  notes(): readonly string[];
}

const SESSION_OPEN = '09:30:00';
const SESSION_CLOSE = '16:00:00';
const DAY_PATTERN = /^\d{4}-\d{2}-\d{2}$/;
const LOCAL_TIME_PATTERN = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/;
/** No zone changes its offset within a quarter of an hour, so the day need not be asked for at every bar. */
const DAY_STEP_NS = 900_000_000_000n;

/**
 * The times of a file whose bars are all days, or all instants in UTC.
 *
 * Shape: a day is its session in `zone`; an instant is the close of its bar, which opened one nanosecond after the bar before,
 *        but no longer ago than the shortest distance seen so far.
 */
export function createBarTimes(zone: string): BarTimes {
  const dayOf = createDayReader(zone);
  let form: 'day' | 'instant' | undefined;
  let previous: Instant | undefined;
  let stepNs: bigint | undefined;

  function readInstant(text: string): BarTime | string {
    const closeAt = parseInstant(text);
    const fault = faultOf(closeAt, previous);
    if (fault !== undefined) return fault;
    if (previous !== undefined) stepNs = shorter(stepNs, closeAt - previous);
    const openAt = stepNs === undefined ? closeAt : instant(closeAt - stepNs + 1n);
    previous = closeAt;
    return { openAt, closeAt, day: dayOf(closeAt) };
  }

  function readDay(day: string): BarTime | string {
    const closeAt = instantInZone({ day, time: SESSION_CLOSE, zone });
    const fault = faultOf(closeAt, previous);
    if (fault !== undefined) return fault;
    previous = closeAt;
    return { openAt: instantInZone({ day, time: SESSION_OPEN, zone }), closeAt, day };
  }

  return {
    read: (text) => {
      const found = formOf(text);
      if (found === undefined) return describeForm(text);
      form ??= found;
      if (form !== found) return `${text} is ${nameOf(found)}, while the lines above hold ${nameOf(form)}`;
      return found === 'day' ? readDay(text) : readInstant(text);
    },
    notes: () => [
      form === 'day'
        ? `A date is that day's session: open ${SESSION_OPEN} and close ${SESSION_CLOSE} in ${zone}.`
        : `A time is the close of its bar; days are those of ${zone}.`,
    ],
  };
}

function formOf(text: string): 'day' | 'instant' | undefined {
  if (DAY_PATTERN.test(text)) return isInstantText(`${text}T00:00:00Z`) ? 'day' : undefined;
  return isInstantText(text) ? 'instant' : undefined;
}

function nameOf(form: 'day' | 'instant'): string {
  return form === 'day' ? 'a day' : 'a time';
}

function describeForm(text: string): string {
  if (LOCAL_TIME_PATTERN.test(text)) return `${text} has no zone; write it in UTC with a Z at its end`;
  return `${JSON.stringify(text)} is neither a day (2020-03-06) nor a time in UTC (2020-03-06T16:00:00Z)`;
}

function faultOf(at: Instant, previous: Instant | undefined): string | undefined {
  if (previous === undefined || at > previous) return undefined;
  return at === previous
    ? 'the time repeats that of the bar before'
    : 'the time is earlier than that of the bar before';
}

function shorter(known: bigint | undefined, found: bigint): bigint {
  return known === undefined || found < known ? found : known;
}

function createDayReader(zone: string): (at: Instant) => string {
  let step: bigint | undefined;
  let day = '';
  return (at) => {
    const found = at / DAY_STEP_NS;
    if (found !== step) day = dayInZone(at, zone);
    step = found;
    return day;
  };
}
