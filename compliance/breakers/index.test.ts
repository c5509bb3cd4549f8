import { readdirSync } from 'node:fs';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { REJECTIONS_BOUNDS } from '../aggregates/parts.ts';
import {
  type Breaker,
  type BreakerExample,
  type BreakerFinding,
  defineBreaker,
  judgeMeasured,
} from '../define-breaker.ts';
import { exampleFacts, exampleOrder } from '../examples/base.ts';
import { exampleFiles } from '../examples/files.ts';
import { exampleOwn } from '../examples/own.ts';
import { scopesOf } from '../scopes.ts';
import { figureText } from '../verdict.ts';
import { breakers } from './index.ts';
import { rejectStorm } from './reject-storm.ts';

function judged(breaker: Breaker, example: BreakerExample, isOnOccasion = true): BreakerFinding {
  const bound = breaker.bind(example.limits);
  if (bound.kind === 'refused') throw new Error(bound.problems);
  const order = exampleOrder(example.order);
  const facts = exampleFacts(example.facts);
  const occasion = isOnOccasion
    ? { market: { ...facts, instrument: order.instrument }, decision: { order, refusedBy: example.refusedBy ?? [] } }
    : {};
  const [kind] = breaker.scopes;
  const scope = scopesOf(order).find((one) => one === kind || one.startsWith(`${kind}:`)) ?? 'firm';
  const input = {
    facts,
    files: exampleFiles(example.files),
    own: exampleOwn(example.own),
    currency: currency('USD'),
    crashes: (example.crashes ?? []).map((at) => parseInstant(at)),
    ...occasion,
  };
  return bound.judge(input, scope);
}

const cases = breakers.flatMap((breaker) =>
  breaker.examples.map((example) => ({ at: `${breaker.id}: ${example.name}`, breaker, example })),
);

test.each(cases)('$at', ({ breaker, example }) => {
  const finding = judged(breaker, example);
  expect(finding).toMatchObject({
    kind: example.expect,
    ...(example.times === undefined ? {} : { times: example.times }),
  });
  expect(finding.reason).toMatch(/^[A-Z].*\.$/);
  for (const figure of Object.values(finding.figures)) {
    expect(figureText(figure)).toMatch(/^(-?\d+(\.\d+)?|[A-Z]{3}|[A-Za-z0-9][A-Za-z0-9 :,._-]{0,199})$/);
  }
});

test.each(breakers)('$id can be followed from its page alone', (breaker) => {
  expect(breaker.title).toMatch(/^[A-Z].{3,}[^.]$/);
  expect(breaker.question).toMatch(/^[A-Z].*\?$/);
  for (const kind of ['trip', 'calm']) {
    expect(breaker.examples.filter(({ expect: finding }) => finding === kind).length).toBeGreaterThanOrEqual(2);
  }
  expect(new Set(breaker.examples.map(({ name }) => name)).size).toBe(breaker.examples.length);
  expect(breaker.examples[0]?.expect).toBe('calm');
  for (const { says, tighter } of breaker.limits) {
    expect(says).toMatch(/^[A-Z].*\.$/);
    expect(tighter).toBeDefined();
  }
  for (const { says, place } of breaker.sources) expect(`${place}: ${says}`).toMatch(/^\S.*: [A-Z].*\.$/);
});

test.each(breakers)('$id is calm where its occasion brings nothing, and refuses figures of another form', (breaker) => {
  const [calm] = breaker.examples;
  expect(calm === undefined ? undefined : judged(breaker, calm, false).kind).toBe('calm');
  expect(breaker.bind({ ...calm?.limits, another: 1 }).kind).toBe('refused');
  for (const { name } of breaker.limits) {
    const { [name]: _, ...rest } = calm?.limits ?? {};
    expect(breaker.bind(rest).kind).toBe('refused');
  }
});

test.each(breakers.flatMap((breaker) => breaker.limits.map(({ name }) => ({ breaker, name }))))(
  '$breaker.id takes no $name below zero',
  ({ breaker, name }) => {
    const [base] = breaker.examples;
    const below = typeof base?.limits[name] === 'string' ? '-1' : -1;
    expect(breaker.bind({ ...base?.limits, [name]: below }).kind).toBe('refused');
  },
);

test('a threshold of zero is taken by none, since it would always hold', () => {
  for (const breaker of breakers) {
    const [base] = breaker.examples;
    for (const name of [
      'capital',
      'lossBps',
      'drawdownBps',
      'profitFrom',
      'givenBackBps',
      'volatilityBps',
      'divergenceBps',
      'rejections',
      'crashes',
      'windowMs',
    ]) {
      const figure = base?.limits[name];
      if (figure === undefined) continue;
      expect(breaker.bind({ ...base?.limits, [name]: typeof figure === 'string' ? '0' : 0 }).kind).toBe('refused');
    }
  }
  const nothing = decimal('0');
  expect(() => judgeMeasured({ words: 'loss', measured: nothing, threshold: nothing, figures: {} })).toThrow(
    /above zero/,
  );
});

test('a storm is looked for over no longer a period than rejections are remembered', () => {
  const day = REJECTIONS_BOUNDS.retainedMs;
  expect(rejectStorm.bind({ rejections: 20, windowMs: day, unknownMsMax: 1 }).kind).toBe('bound');
  expect(rejectStorm.bind({ rejections: 20, windowMs: day + 1, unknownMsMax: 1 }).kind).toBe('refused');
});

test('a figure that says nothing about itself makes no breaker, and a faulty check throws', () => {
  const [first] = breakers;
  if (first === undefined) throw new Error('the registry is empty');
  const { id, version, title, question, sources, occasion } = first;
  const parts = { id, version, title, question, sources, occasion, scopes: ['firm'] as const, examples: [] };
  const check = (): BreakerFinding => {
    throw new Error('a fault');
  };
  expect(() => defineBreaker({ ...parts, limits: z.strictObject({ silent: z.int() }), check })).toThrow(/silent/);
  const faulty = defineBreaker({ ...parts, limits: z.strictObject({}), check });
  expect(() => judged(faulty, { name: 'a fault', limits: {}, expect: 'calm' })).toThrow('a fault');
});

test('every breaker has its own file, named after it, and every file is in the registry', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => !name.startsWith('index.'));
  expect(files.toSorted()).toEqual(breakers.map(({ id }) => `${id}.ts`).toSorted());
});
