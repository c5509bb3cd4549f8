import { currency } from '@gatehouse/shared/values/currency.ts';
import { expect, test } from 'vitest';
import { exampleFacts, exampleOrder, type OrderOverrides } from '../examples/base.ts';
import { exampleFiles } from '../examples/files.ts';
import { exampleOwn } from '../examples/own.ts';
import { Instruction, instructionWords } from '../order-instructions.ts';
import type { Verdict } from '../verdict.ts';
import { orderTypeAllowed } from './order-type-allowed.ts';

function judged(order: OrderOverrides, instructions: readonly string[]): Verdict {
  const bound = orderTypeAllowed.bind({ types: ['limit'], timesInForce: ['day'], instructions });
  if (bound.kind === 'refused') throw new Error(bound.problems);
  const known = { facts: exampleFacts(), files: exampleFiles(), own: exampleOwn(), currency: currency('USD') };
  return bound.judge({ order: exampleOrder(order), ...known }, 'firm');
}

const group = (kind: 'bracket' | 'oco') => ({ group: { id: 'G-1', kind, role: 'entry' as const } });

test.each<[Instruction, OrderOverrides]>([
  ['on-open', { auction: 'open' }],
  ['on-close', { auction: 'close' }],
  ['iceberg', { displayQuantity: '10' }],
  ['post-only', { postOnly: true }],
  ['reduce-only', { reduceOnly: true }],
  ['bracket', group('bracket')],
  ['oco', group('oco')],
])(
  '%s is on record, passes where it is named alone and is refused in words where all others are named',
  (one, order) => {
    expect(judged(order, [one])).toMatchObject({ kind: 'pass', figures: { type: 'limit', asks: one } });
    const others = Instruction.options.filter((other) => other !== one);
    expect(judged(order, others)).toMatchObject({
      kind: 'refuse',
      reason: `The firm permits no orders here that ${instructionWords[one]}.`,
    });
  },
);

test('a plain order asks for nothing, and one that asks for much names it all', () => {
  expect(judged({}, []).figures).toEqual({ type: 'limit', timeInForce: 'day' });
  const much = judged({ postOnly: true, reduceOnly: true, displayQuantity: '1' }, Instruction.options);
  expect(much.figures).toMatchObject({ asks: 'iceberg, post-only, reduce-only' });
});
