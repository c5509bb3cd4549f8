import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import type { Price } from '@gatehouse/shared/values/amounts.ts';
import { compare, divide, signOf, subtract } from '@gatehouse/shared/values/decimal.ts';
import { addMs, type Instant } from '@gatehouse/shared/values/instant.ts';

/** What the prices of the last while say. */
export type PriceFacts = Pick<DecisionFacts, 'range' | 'volatility'>;

/** Remembers the reference prices of a period. */
export interface PriceWatch {
  /** Remembers as long as a sheet asks for. Shape: where that changes, what was seen before is forgotten and not known any more. */
  follow(sheet: Sheet): void;
  see(bar: Bar): void;
  facts(): PriceFacts;
}

interface Seen {
  readonly at: Instant;
  readonly price: Price;
}

/** The most prices kept; where a period has more of them, it is known for less time. */
const SEEN_MAX = 100_000;

/** Fewer places at the start are left empty, since the rest would be copied almost each time. */
const TIDY_MIN = 64;

const VOLATILITY_SCALE = 6;

/** The figures by which a sheet says how long a period of prices a control looks at. */
const PERIOD_FIGURES: Readonly<Record<string, string>> = {
  'price-collar-period': 'rangeMsMin',
  'volatility-halt': 'windowMs',
};

/** How long prices must be remembered. Units: milliseconds of market time. */
interface Periods {
  readonly rangeMs: number;
  readonly volatilityMs: number;
}

function periodsOf(sheet: Sheet): Periods {
  return { rangeMs: longest(sheet, 'price-collar-period'), volatilityMs: longest(sheet, 'volatility-halt') };
}

/**
 * A memory of closing prices.
 *
 * Shape: lowest and highest come from two queues that stay sorted, so that a price costs the same however long the period is.
 *        A bar that was seen already is not seen again. The range is that of the prices before the newest one, so that a wrong price
 *        is compared with those that came before it and not with itself.
 */
export function createPriceWatch(start: Periods = { rangeMs: 0, volatilityMs: 0 }): PriceWatch {
  let periods = start;
  let range = extremes(start.rangeMs);
  let earlier: PricesSeen | undefined;
  let swing = extremes(start.volatilityMs);
  let followed: Sheet | undefined;
  let last: Instant | undefined;
  return {
    follow: (sheet) => {
      if (sheet === followed) return;
      followed = sheet;
      const next = periodsOf(sheet);
      if (next.rangeMs !== periods.rangeMs) {
        range = extremes(next.rangeMs);
        earlier = undefined;
      }
      if (next.volatilityMs !== periods.volatilityMs) swing = extremes(next.volatilityMs);
      periods = next;
    },
    see: ({ close, closeAt }) => {
      if (last !== undefined && closeAt <= last) return;
      last = closeAt;
      earlier = range.read();
      range.see({ at: closeAt, price: close });
      swing.see({ at: closeAt, price: close });
    },
    facts: () => ({
      ...(periods.rangeMs === 0 || earlier === undefined ? {} : rangeOf(earlier)),
      ...(periods.volatilityMs === 0 ? {} : volatilityOf(swing, periods.volatilityMs)),
    }),
  };
}

function rangeOf({ low, high, from }: PricesSeen): Pick<PriceFacts, 'range'> {
  return { range: { low, high, from } };
}

function volatilityOf(swing: Extremes, windowMs: number): Pick<PriceFacts, 'volatility'> {
  const swung = swing.read();
  if (swung === undefined || signOf(swung.low) <= 0) return {};
  const { low, high, at } = swung;
  const value = divide(subtract(high, low), low, { scale: VOLATILITY_SCALE, rounding: 'up' });
  return { volatility: { value, windowMs, at } };
}

/** The lowest and highest price, and the times of the oldest and the newest that count. */
interface PricesSeen {
  readonly low: Price;
  readonly high: Price;
  readonly from: Instant;
  readonly at: Instant;
}

interface Extremes {
  see(seen: Seen): void;
  read(): PricesSeen | undefined;
}

/**
 * The lowest and highest price of a period.
 *
 * Shape: the period begins with the newest price that is at least so old, so that it is never shorter than asked for; `from` is
 *        the oldest that counts.
 */
function extremes(windowMs: number): Extremes {
  const all = queue();
  const lows = queue();
  const highs = queue();
  return {
    see: (seen) => {
      all.push(seen);
      const begin = all.keepFrom(addMs(seen.at, -windowMs));
      for (const one of [lows, highs]) one.dropBefore(begin);
      lows.pushAfter(seen, (older) => compare(older.price, seen.price) >= 0);
      highs.pushAfter(seen, (older) => compare(older.price, seen.price) <= 0);
    },
    read: () => {
      const [low, high, oldest, newest] = [lows.first, highs.first, all.first, all.last];
      if (low === undefined || high === undefined || oldest === undefined || newest === undefined) return undefined;
      return { low: low.price, high: high.price, from: oldest.at, at: newest.at };
    },
  };
}

interface Queue {
  readonly first: Seen | undefined;
  readonly last: Seen | undefined;
  push(seen: Seen): void;
  /** Takes newer ones away as long as they do not matter any more, then adds. */
  pushAfter(seen: Seen, isOutdone: (older: Seen) => boolean): void;
  dropBefore(begin: Instant): void;
  /** Drops all but what reaches back to a time at the least, and gives the time of the oldest that is left. */
  keepFrom(begin: Instant): Instant;
}

function queue(): Queue {
  let items: Seen[] = [];
  let head = 0;
  const tidy = (): void => {
    if (head < TIDY_MIN || (head < SEEN_MAX / 2 && head * 2 < items.length)) return;
    items = items.slice(head);
    head = 0;
  };
  const push = (seen: Seen): void => {
    items.push(seen);
    if (items.length - head > SEEN_MAX) head += 1;
  };
  return {
    get first() {
      return items[head];
    },
    get last() {
      return items.length > head ? items.at(-1) : undefined;
    },
    push,
    pushAfter: (seen, isOutdone) => {
      for (
        let older = items.at(-1);
        items.length > head && older !== undefined && isOutdone(older);
        older = items.at(-1)
      ) {
        items.pop();
      }
      push(seen);
    },
    dropBefore: (begin) => {
      for (let oldest = items[head]; oldest !== undefined && oldest.at < begin; oldest = items[head]) head += 1;
      tidy();
    },
    keepFrom: (begin) => {
      for (let next = items[head + 1]; next !== undefined && next.at <= begin; next = items[head + 1]) head += 1;
      tidy();
      return items[head]?.at ?? begin;
    },
  };
}

function longest(sheet: Sheet, control: string): number {
  const name = PERIOD_FIGURES[control] ?? '';
  const periods = sheet.controls.flatMap((line) =>
    line.control === control && 'on' in line ? line.on.map(({ figures }) => Number(figures[name] ?? 0)) : [],
  );
  return Math.max(0, ...periods.filter(Number.isSafeInteger));
}
