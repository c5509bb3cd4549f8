import { currency } from '@gatehouse/shared/values/currency.ts';
import { compare, decimal, isDecimalText } from '@gatehouse/shared/values/decimal.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { breakers } from './breakers/index.ts';
import type { Breaker, BreakerExample, BreakerFinding } from './define-breaker.ts';
import { exampleFacts, exampleOrder } from './examples/base.ts';
import { exampleFiles } from './examples/files.ts';
import { exampleOwn } from './examples/own.ts';

// Whether a figure tightens the way it says is asked of every figure of every breaker that has a direction.

type Figure = string | number;
type Figures = Readonly<Record<string, Figure>>;

function judged(breaker: Breaker, example: BreakerExample, figures: Figures): BreakerFinding['kind'] | undefined {
  const bound = breaker.bind(figures);
  if (bound.kind === 'refused') return undefined;
  const order = exampleOrder(example.order);
  const facts = exampleFacts(example.facts);
  const input = {
    facts,
    files: exampleFiles(example.files),
    own: exampleOwn(example.own),
    currency: currency('USD'),
    crashes: (example.crashes ?? []).map((at) => parseInstant(at)),
    market: { ...facts, instrument: order.instrument },
    decision: { order, refusedBy: example.refusedBy ?? [] },
  };
  return bound.judge(input, 'firm').kind;
}

/** Figures that the examples have, and those beside them. */
function near(breaker: Breaker, name: string): readonly Figure[] {
  const given = breaker.examples.map(({ limits }) => limits[name] as Figure);
  const all = given.flatMap((figure): Figure[] =>
    typeof figure === 'number'
      ? [figure, figure - 1, figure + 1, 1, figure * 2, Math.floor(figure / 2)]
      : [figure, '0.01', `${figure}${figure.includes('.') ? '' : '.'}1`, '9'.repeat(12)],
  );
  return [...new Set(all)];
}

function isBelow(a: Figure, b: Figure): boolean {
  return isDecimalText(`${a}`) && compare(decimal(`${a}`), decimal(`${b}`)) < 0;
}

const directed = breakers.flatMap((breaker) =>
  breaker.limits
    .filter(({ tighter }) => tighter === 'lower' || tighter === 'higher')
    .map((limit) => ({ breaker, limit })),
);

test.each(directed)('$breaker.id trips under a tighter $limit.name where it trips under a wider one', (given) => {
  const { breaker, limit } = given;
  const pool = near(breaker, limit.name);
  const cases = fc.tuple(fc.constantFrom(...breaker.examples), fc.constantFrom(...pool), fc.constantFrom(...pool));
  fc.assert(
    fc.property(cases, ([example, a, b]) => {
      const [low, high] = isBelow(a, b) ? [a, b] : [b, a];
      const [tight, wide] = limit.tighter === 'lower' ? [low, high] : [high, low];
      const figures = (figure: Figure): Figures => ({ ...(example.limits as Figures), [limit.name]: figure });
      const [tighter, wider] = [judged(breaker, example, figures(tight)), judged(breaker, example, figures(wide))];
      expect(wider === 'trip' && tighter !== undefined ? tighter : 'trip').toBe('trip');
    }),
  );
});

test('every breaker that has figures is asked', () => {
  const asked = new Set(directed.map(({ breaker }) => breaker.id));
  expect(breakers.filter(({ limits }) => limits.length > 0).every(({ id }) => asked.has(id))).toBe(true);
  expect(asked.size).toBeGreaterThanOrEqual(7);
});
