import { KitError } from '../errors.ts';
import { type Instant, instant, instantText, isInstantText, parseInstant } from './instant.ts';

/** A date and a time of day as the clocks of a named zone show them. */
export interface ZonedTime {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** `hh:mm:ss`, with up to nine digits of a second. */
  readonly time: string;
  /** A name of the IANA time zone database, such as `America/New_York`. */
  readonly zone: string;
}

/** A formatter costs more to make than a thousand uses of it; a firm trades in far fewer zones than this. */
const FORMATTERS_MAX = 64;
const NANOS_PER_DAY = 86_400_000_000_000n;
const NANOS_PER_MS = 1_000_000n;
const NANOS_PER_SECOND = 1_000_000_000n;
const DAY_LENGTH = 'YYYY-MM-DD'.length;
const SECONDS_LENGTH = 'YYYY-MM-DDThh:mm:ss'.length;
/** Before this, zones kept local mean time and the database is not exact. */
const FIRST = parseInstant('1900-01-01T00:00:00Z');

/** So long a time holds one change of clocks at most; most markets are open once in it. */
const STRETCH_NS = NANOS_PER_DAY;

const formatterOf = remembering(createFormatter);
const stretchOf = remembering((): Stretch => ({ from: 0n, to: 0n, offsetNs: 0n }));

/** A time during which the clocks of a zone did not change. Units: nanoseconds. */
interface Stretch {
  from: bigint;
  to: bigint;
  offsetNs: bigint;
}

/**
 * The instant at which the clocks of a zone show a date and time.
 *
 * Shape:  where clocks go back and show the time twice, it is the earlier of the two instants.
 * Errors: `VALUE_MALFORMED` for a time that clocks skip as they go forward, a day that does not exist, a year before
 *         1900, and an unknown zone.
 */
export function instantInZone({ day, time, zone }: ZonedTime): Instant {
  const text = `${day}T${time}Z`;
  const shown = isInstantText(text) ? parseInstant(text) : undefined;
  if (shown === undefined || shown < FIRST) {
    throw new KitError(
      'VALUE_MALFORMED',
      `the day ${JSON.stringify(day)} and time ${JSON.stringify(time)} in ${zone}`,
      {
        hint: 'Write them like 2020-03-06 and 16:00:00, on a day that exists, from 1900 on.',
      },
    );
  }
  const candidates = [shown - NANOS_PER_DAY, shown + NANOS_PER_DAY]
    .map((near) => instant(shown - offsetNs(instant(near), zone)))
    .filter((candidate) => candidate + offsetNs(candidate, zone) === shown);
  const [first, second = first] = candidates;
  if (first !== undefined && second !== undefined) return first < second ? first : second;
  throw new KitError('VALUE_MALFORMED', `${day} ${time}, which the clocks of ${zone} skip`, {
    hint: 'Clocks go forward over this time; take one before or after the gap.',
  });
}

/** The day that a calendar in the zone shows, as `YYYY-MM-DD`. Errors: `VALUE_MALFORMED` before 1900, unknown zone. */
export function dayInZone(at: Instant, zone: string): string {
  return shownInZone(at, zone).slice(0, DAY_LENGTH);
}

/** The time that a clock in the zone shows, as `hh:mm:ss` without the fraction. Errors: as for `dayInZone`. */
export function timeInZone(at: Instant, zone: string): string {
  return shownInZone(at, zone).slice(DAY_LENGTH + 1, SECONDS_LENGTH);
}

/** The day and the time, as `dayInZone` and `timeInZone` say them, for the price of one. */
export function dayAndTimeInZone(at: Instant, zone: string): { readonly day: string; readonly time: string } {
  const shown = shownInZone(at, zone);
  return { day: shown.slice(0, DAY_LENGTH), time: shown.slice(DAY_LENGTH + 1, SECONDS_LENGTH) };
}

function shownInZone(at: Instant, zone: string): string {
  if (at < FIRST) throw new KitError('VALUE_MALFORMED', `the time in ${zone} at ${instantText(at)}, before 1900`);
  return instantText(instant(at + offsetNs(at, zone)));
}

/** What the clocks of the zone are ahead of UTC. Shape: asking the database takes longer than a whole order, so the last answer is kept. */
function offsetNs(at: Instant, zone: string): bigint {
  const stretch = stretchOf(zone);
  if (at >= stretch.from && at < stretch.to) return stretch.offsetNs;
  const from = at - (at % STRETCH_NS);
  const to = from + STRETCH_NS;
  const offset = askedOffsetNs(at, zone);
  // Clocks change at most once in so short a time, so equal ends have nothing between them.
  const isSteady = askedOffsetNs(from, zone) === offset && askedOffsetNs(to, zone) === offset;
  if (isSteady) Object.assign(stretch, { from, to, offsetNs: offset });
  return offset;
}

function askedOffsetNs(at: bigint, zone: string): bigint {
  const fraction = ((at % NANOS_PER_SECOND) + NANOS_PER_SECOND) % NANOS_PER_SECOND;
  const wholeMs = Number((at - fraction) / NANOS_PER_MS);
  const shown = new Map(
    formatterOf(zone)
      .formatToParts(wholeMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => shown.get(type) ?? Number.NaN;
  const shownMs = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return BigInt(shownMs - wholeMs) * NANOS_PER_MS;
}

function createFormatter(zone: string): Intl.DateTimeFormat {
  try {
    // The runtime also takes offsets such as +01:00, which are no zones: they know no change of clocks.
    if (/^[+-]/.test(zone)) throw new RangeError('an offset is not a zone');
    return new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch (cause) {
    throw new KitError('VALUE_MALFORMED', `a time zone named ${JSON.stringify(zone)}`, {
      hint: 'Use a name of the IANA time zone database, such as Europe/London.',
      cause,
    });
  }
}

/** A function that keeps what it made; the kept values never change, so nobody can tell. */
function remembering<Made>(make: (name: string) => Made): (name: string) => Made {
  const kept = new Map<string, Made>();
  return (name) => {
    const known = kept.get(name);
    if (known !== undefined) return known;
    const made = make(name);
    if (kept.size >= FORMATTERS_MAX) kept.clear();
    kept.set(name, made);
    return made;
  };
}
