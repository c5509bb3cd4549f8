import { exampleLine, exampleLines, exampleSheet } from '@gatehouse/compliance/examples/sheet.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import { price } from '@gatehouse/shared/values/amounts.ts';
import { toNumber, toText } from '@gatehouse/shared/values/decimal.ts';
import { addMs, parseInstant } from '@gatehouse/shared/values/instant.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPriceWatch } from './price-watch.ts';

const START = parseInstant('2026-01-05T09:00:00.000000000Z');

function bar(ms: number, close: string): Bar {
  const at = addMs(START, ms);
  const one = price(close);
  return {
    instrument: 'X',
    index: 0,
    openAt: at,
    closeAt: at,
    day: '2026-01-05',
    endsDay: false,
    open: one,
    high: one,
    low: one,
    close: one,
  };
}

test('lowest and highest price of the period, which begins with the newest price that is old enough', () => {
  const watch = createPriceWatch({ rangeMs: 1_000, volatilityMs: 1_000 });
  expect(watch.facts()).toEqual({});
  watch.see(bar(0, '90'));
  watch.see(bar(500, '110'));
  watch.see(bar(1_000, '100'));
  const { range, volatility } = watch.facts();
  expect([range?.low, range?.high].map((one) => one && toText(one))).toEqual(['90', '110']);
  expect(range?.from).toBe(START);
  expect(volatility).toMatchObject({ windowMs: 1_000, at: addMs(START, 1_000) });
  expect(volatility && toText(volatility.value)).toBe('0.222223');
  watch.see(bar(1_499, '101'));
  watch.see(bar(1_500, '102'));
  expect(watch.facts().range?.low).toEqual(price('90'));
  watch.see(bar(1_501, '103'));
  expect(watch.facts().range?.low).toEqual(price('100'));
});

test('a bar that was seen already changes nothing, and a period of no length is not known', () => {
  const watch = createPriceWatch({ rangeMs: 1_000, volatilityMs: 0 });
  watch.see(bar(10, '90'));
  watch.see(bar(10, '50'));
  expect(watch.facts()).toEqual({});
  watch.see(bar(11, '95'));
  expect(watch.facts()).toEqual({ range: { low: price('90'), high: price('90'), from: addMs(START, 10) } });
});

test('a price is no part of the range that it is compared with, until the next one comes', () => {
  const watch = createPriceWatch({ rangeMs: 1_000, volatilityMs: 0 });
  for (const [ms, close] of [
    [0, '100'],
    [500, '101'],
    [1_000, '202'],
  ] as const) {
    watch.see(bar(ms, close));
  }
  expect(watch.facts().range?.high).toEqual(price('101'));
  watch.see(bar(1_001, '101'));
  expect(watch.facts().range?.high).toEqual(price('202'));
});

test('a sheet with another period begins anew', () => {
  const watch = createPriceWatch({ rangeMs: 1_000, volatilityMs: 0 });
  watch.see(bar(0, '100'));
  watch.see(bar(1, '101'));
  const figures = { collarBps: 100, rangeMsMin: 2_000, marketOrderBps: 0, referenceAgeMsMax: 1 };
  const collar = exampleLine('price-collar-period', figures);
  watch.follow(exampleSheet({ controls: exampleLines(collar) }));
  expect(watch.facts().range).toBeUndefined();
});

test('the two queues say what a look at all prices of the period says', () => {
  const steps = fc.array(fc.record({ ms: fc.integer({ min: 1, max: 400 }), close: fc.integer({ min: 1, max: 50 }) }), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, (drawn) => {
      const watch = createPriceWatch({ rangeMs: 1_000, volatilityMs: 0 });
      let ms = 0;
      const seen: { ms: number; close: number }[] = [];
      for (const step of drawn) {
        ms += step.ms;
        seen.push({ ms, close: step.close });
        watch.see(bar(ms, String(step.close)));
        const before = seen.slice(0, -1);
        const last = before.at(-1);
        const { range } = watch.facts();
        if (last === undefined) {
          expect(range).toBeUndefined();
          continue;
        }
        const first = before.findLast((one) => one.ms <= last.ms - 1_000)?.ms ?? 0;
        const within = before.filter((one) => one.ms >= first).map(({ close }) => close);
        expect([range?.low, range?.high].map((one) => one && toNumber(one))).toEqual([
          Math.min(...within),
          Math.max(...within),
        ]);
      }
    }),
  );
});
