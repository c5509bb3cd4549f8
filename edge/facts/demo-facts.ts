import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { BarSeries } from '@gatehouse/shared/market/bar-series.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { FactsDocument, type FactsKind } from '@gatehouse/shared/schema/facts/index.ts';
import { OrderType, TimeInForce } from '@gatehouse/shared/schema/order.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import { timeInZone } from '@gatehouse/shared/values/zoned-time.ts';
import type { z } from 'zod';
import { CLOSING_ALGORITHM, type TradingIdentity } from '../engine/order-builder.ts';
import type { LoadedBars } from '../feeds/loaded-bars.ts';
import { writeDurably } from '../journal/durable-file.ts';
import type { SessionTerms } from '../session/trading-session.ts';
import type { Strategy } from '../strategies/define-strategy.ts';
import { makeFactsFolder, parseFacts, type ReadFacts } from './facts-folder.ts';

type FactsText = z.input<typeof FactsDocument>;

/** What the dated files of a demonstration are about. */
export interface DemoFacts {
  readonly loaded: Pick<LoadedBars, 'instrument' | 'bars'>;
  readonly identity: TradingIdentity;
  readonly strategies: readonly Pick<Strategy, 'id' | 'version'>[];
  readonly asOf: Instant;
  /** What the instrument is, where it is not that of the default replay. */
  readonly terms?: SessionTerms;
  /** Whether the venue trades around the clock on every day to come, and not on the days of the bars alone. */
  readonly isAlwaysOpen?: boolean;
}

const MADE_FOR = 'Made for the demonstration on paper; nobody vouches for it.';
const ONE_WEEK = [1, 2, 3, 4, 5, 6, 7] as const;
const DAY_MS = 86_400_000;
const NANOS_PER_MS = 1_000_000n;
const YEAR_DAYS = 366;
const SESSION = { open: '09:30:00', close: '16:00:00' } as const;

/** The most that an order of the demonstration's instrument may be for; no venue stands behind it. Units: of the instrument. */
const QUANTITY_MAX = '10000';

/**
 * Writes the dated files of a demonstration.
 *
 * Shape:  a file that a person has put there is never touched; one of ours gets the rows of another instrument added, and is
 *         left alone where it says the same already.
 * Errors: those of `writeDurably`; `FILE_MALFORMED`, `MESSAGE_MALFORMED` for a file that cannot be read.
 */
export async function writeDemoFacts(folder: string, demo: DemoFacts): Promise<void> {
  makeFactsFolder(folder);
  for (const made of demoFacts(demo)) {
    const path = join(folder, `${made.kind}.json`);
    const wanted = existsSync(path) ? merged(readText(path, made.kind), made) : made;
    if (wanted !== undefined) await writeDurably(path, `${JSON.stringify(wanted, undefined, 2)}\n`);
  }
}

/** The dated files of a demonstration as they would be read from a folder. Errors: as `demoFacts`. */
export function readDemoFacts(demo: DemoFacts): readonly ReadFacts[] {
  return demoFacts(demo).map((made) => parseFacts(made.kind, JSON.stringify(made)));
}

/** What the file must become, or undefined where it stays. */
function merged(existing: FactsText, made: FactsText): FactsText | undefined {
  if (existing.source !== MADE_FOR) return undefined;
  const wanted = withRows(existing, made);
  const before = canonicalJson({ ...existing, asOf: '' } as unknown as JsonValue);
  return canonicalJson({ ...wanted, asOf: '' } as unknown as JsonValue) === before ? undefined : wanted;
}

function withRows(existing: FactsText, made: FactsText): FactsText {
  if (existing.kind === 'instruments' && made.kind === 'instruments') {
    return { ...made, rows: joined(existing.rows, made.rows, ({ id }) => id) };
  }
  if (existing.kind === 'margins' && made.kind === 'margins') {
    return { ...made, rows: joined(existing.rows, made.rows, ({ instrument }) => instrument ?? '') };
  }
  if (existing.kind === 'locates' && made.kind === 'locates') {
    return { ...made, easyToBorrow: [...new Set([...existing.easyToBorrow, ...made.easyToBorrow])].sort() };
  }
  return made;
}

function joined<Row>(before: readonly Row[], added: readonly Row[], keyOf: (row: Row) => string): Row[] {
  const rows = new Map([...before, ...added].map((row) => [keyOf(row), row]));
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

function readText(path: string, kind: FactsKind): FactsText {
  return encode(FactsDocument, parseFacts(kind, readFileSync(path, 'utf8')).document);
}

/**
 * The dated files of a demonstration: its one instrument, its venue's days, its house margin, who may trade, empty lists.
 *
 * Shape:  days of the week on which the source has no bar count as holidays, so that the calendar is that of the real bars.
 * Errors: `MESSAGE_MALFORMED` where an instrument does not fit the schema.
 */
export function demoFacts(demo: DemoFacts): readonly FactsText[] {
  const { loaded, identity, strategies, asOf } = demo;
  const head = { v: 1, asOf: instantText(asOf), source: MADE_FOR } as const;
  const { instrument } = loaded;
  const texts: readonly FactsText[] = [
    { ...head, kind: 'instruments', rows: [instrumentRow(demo)] },
    { ...head, kind: 'calendars', rows: [demo.isAlwaysOpen === true ? alwaysOpen(demo) : calendarRow(loaded)] },
    {
      ...head,
      kind: 'margins',
      rows: [{ instrument: instrument.id, initialBps: 5_000, maintenanceBps: 3_000, leverageMax: '2' }],
    },
    { ...head, kind: 'restrictions', rows: [] },
    { ...head, kind: 'person-restrictions', rows: [] },
    { ...head, kind: 'sanctions', lists: [{ list: 'none-loaded', version: 'demonstration' }], rows: [] },
    { ...head, kind: 'locates', easyToBorrow: [instrument.id], rows: [] },
    {
      ...head,
      kind: 'entitlements',
      traders: [{ trader: identity.trader, accounts: [identity.account], desks: [identity.desk] }],
      accounts: [
        { account: identity.account, client: identity.client, state: 'open', environment: identity.environment },
      ],
      algorithms: [...strategies, CLOSING_ALGORITHM].map(({ id, version }) => ({
        algorithm: id,
        version,
        environments: ['paper' as const],
        approvedBy: 'P-demo-approver',
      })),
    },
  ];
  for (const text of texts) decode(FactsDocument, text, `${text.kind} of the demonstration`);
  return texts;
}

function instrumentRow({
  loaded,
  terms,
}: DemoFacts): Extract<FactsText, { readonly kind: 'instruments' }>['rows'][number] {
  const { id, title, declared, venue, currency, multiplier, tick, lot } = loaded.instrument;
  return {
    id,
    title: declared ?? title,
    venues: [venue],
    currency,
    assetClass: terms?.assetClass ?? 'index',
    sector: terms?.sector ?? 'broad-market',
    issuer: 'none',
    state: 'tradable',
    multiplier: toText(multiplier),
    ticks: [{ from: '0', tick: toText(tick) }],
    lot: toText(lot),
    quantityMin: toText(lot),
    quantityMax: terms === undefined ? QUANTITY_MAX : toText(terms.quantityMax),
    orderTypes: terms === undefined ? ['market', 'limit'] : [...OrderType.options],
    timesInForce: terms === undefined ? ['day'] : [...TimeInForce.options],
    isShortable: terms?.isShortable ?? true,
    isUsEquity: false,
  };
}

/** A venue that never closes, from the first bar until a year from now. */
function alwaysOpen({ loaded, asOf }: DemoFacts): ReturnType<typeof calendarRow> {
  const { instrument, bars } = loaded;
  const to = new Date(Number(asOf / NANOS_PER_MS) + YEAR_DAYS * DAY_MS).toISOString().slice(0, 10);
  return {
    venue: instrument.venue,
    zone: instrument.zone,
    weekdays: [...ONE_WEEK],
    phases: [{ phase: 'continuous', from: '00:00', to: '23:59:59' }],
    holidays: [],
    shortDays: [],
    from: bars.bar(0).day,
    to,
  };
}

function calendarRow({
  instrument,
  bars,
}: DemoFacts['loaded']): Extract<FactsText, { readonly kind: 'calendars' }>['rows'][number] {
  const days = daysOf(bars);
  const first = days.at(0) ?? '';
  const last = days.at(-1) ?? '';
  const known = new Set(days);
  const weekdays = ONE_WEEK.filter((weekday) => days.some((day) => weekdayOf(day) === weekday));
  const holidays = daysBetween(first, last).filter((day) => weekdays.includes(weekdayOf(day)) && !known.has(day));
  return {
    venue: instrument.venue,
    zone: instrument.zone,
    weekdays,
    phases: [{ phase: 'continuous', ...hoursOf(bars, instrument.zone) }],
    holidays: holidays.map((day) => ({ day, title: 'The source has no bar of this day.' })),
    shortDays: [],
    from: first,
    to: last,
  };
}

/** Daily bars stand for the session of US shares; a source with other times trades around the clock. */
function hoursOf(bars: BarSeries, zone: string): { readonly from: string; readonly to: string } {
  for (let index = 0; index < bars.length; index += 1) {
    if (timeInZone(bars.bar(index).closeAt, zone).slice(0, 8) !== SESSION.close)
      return { from: '00:00', to: '23:59:59' };
  }
  return { from: SESSION.open, to: SESSION.close };
}

function daysOf(bars: BarSeries): readonly string[] {
  const days: string[] = [];
  for (let index = 0; index < bars.length; index += 1) {
    const { day } = bars.bar(index);
    if (days.at(-1) !== day) days.push(day);
  }
  return days;
}

function daysBetween(first: string, last: string): readonly string[] {
  const days: string[] = [];
  for (let time = Date.parse(`${first}T00:00:00Z`); time <= Date.parse(`${last}T00:00:00Z`); time += DAY_MS) {
    days.push(new Date(time).toISOString().slice(0, 10));
  }
  return days;
}

/** Monday is 1, Sunday is 7. */
function weekdayOf(day: string): (typeof ONE_WEEK)[number] {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return ONE_WEEK[(weekday + 6) % 7] ?? 7;
}
