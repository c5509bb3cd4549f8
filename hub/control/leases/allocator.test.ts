import { type Decimal, decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import {
  answerRequest,
  atLeast,
  chargeOf,
  NO_SHARES,
  noteUsed,
  revoke,
  setBehind,
  setFigures,
  type ThresholdShares,
  takeBack,
  unallocated,
} from './allocator.ts';

/** A threshold of 1,000 with a cap of 600 for each of three edges. */
function firm(max = '1000', cap = '600'): ThresholdShares {
  const caps = new Map(['a', 'b', 'c'].map((edge) => [edge, decimal(cap)]));
  return setFigures(NO_SHARES, { max: decimal(max), caps }).shares;
}

function ask(shares: ThresholdShares, edge: string, wanted: string, used = '0') {
  return answerRequest(shares, { edge, request: `${edge}-1`, wanted: decimal(wanted), used: decimal(used) });
}

function free(shares: ThresholdShares): string {
  return toText(unallocated(shares) ?? decimal('-1'));
}

const amounts = (grants: readonly { readonly edge: string; readonly amount: Decimal }[]) =>
  grants.map(({ edge, amount }) => `${edge} ${toText(amount)}`);

test('an edge gets what it wants, up to its cap and to what nobody else has', () => {
  const first = ask(firm(), 'a', '500');
  expect(amounts(first.grants)).toEqual(['a 500']);
  const second = ask(first.shares, 'b', '700');
  expect(amounts(second.grants)).toEqual(['b 500']);
  expect(second.grants[0]?.reason).toBe('As much as no other edge has.');
  const third = ask(second.shares, 'c', '1');
  expect(amounts(third.grants)).toEqual(['c 0']);
  expect(free(third.shares)).toBe('0');
});

test('exactly the cap is granted, and nothing above it', () => {
  expect(amounts(ask(firm(), 'a', '600').grants)).toEqual(['a 600']);
  const beyond = ask(firm(), 'a', '600.01').grants[0];
  expect(beyond?.reason).toBe('As much as the cap of this edge permits.');
  expect(toText(beyond?.amount ?? decimal('0'))).toBe('600');
});

test('nobody gets anything while no sheet says how much the firm may have, and an edge without a cap gets nothing', () => {
  expect(amounts(ask(NO_SHARES, 'a', '1').grants)).toEqual(['a 0']);
  expect(amounts(ask(firm(), 'stranger', '1').grants)).toEqual(['stranger 0']);
});

test('a lower lease frees nothing until the edge has given the rest back, by its newest lease', () => {
  const granted = ask(firm(), 'a', '500').shares;
  const lowered = revoke(granted, { edge: 'a', amount: decimal('100'), reason: 'An officer took it back.' });
  expect(amounts(lowered.grants)).toEqual(['a 100']);
  expect(free(lowered.shares)).toBe('500');
  const byOld = takeBack(lowered.shares, { edge: 'a', version: 1, amount: decimal('100'), used: decimal('0') });
  expect(free(byOld)).toBe('500');
  const whileUsed = takeBack(lowered.shares, {
    edge: 'a',
    version: 2,
    amount: decimal('100'),
    used: decimal('100.01'),
  });
  expect(free(whileUsed)).toBe('500');
  const given = takeBack(lowered.shares, { edge: 'a', version: 2, amount: decimal('100'), used: decimal('100') });
  expect(free(given)).toBe('900');
});

test('what is used counts where it is more than what was granted', () => {
  const granted = ask(firm(), 'a', '100').shares;
  expect(free(noteUsed(granted, 'a', decimal('350')))).toBe('650');
});

test('an edge whose records were not all taken counts with its cap', () => {
  const behind = setBehind(ask(firm(), 'a', '100').shares, 'a', true);
  expect(free(behind)).toBe('400');
  expect(free(setBehind(behind, 'a', false))).toBe('900');
});

test('a database from yesterday does not forget what was granted today', () => {
  const yesterday = ask(firm(), 'a', '100').shares;
  const marked = atLeast(yesterday, { edge: 'a', version: 7, out: decimal('600') });
  expect(free(marked)).toBe('400');
  expect(ask(marked, 'a', '50').grants[0]?.version).toBe(8);
  expect(atLeast(marked, { edge: 'a', version: 6, out: decimal('1000') })).toBe(marked);
});

test('a lower cap and a lower threshold are sent at once, the largest lease first, and free nothing by themselves', () => {
  const both = ask(ask(firm(), 'a', '600').shares, 'b', '400').shares;
  const caps = new Map([
    ['a', decimal('550')],
    ['b', decimal('600')],
  ]);
  const lower = setFigures(both, { max: decimal('700'), caps });
  expect(amounts(lower.grants)).toEqual(['a 550', 'a 300']);
  expect(free(lower.shares)).toBe('-300');
  const given = takeBack(lower.shares, { edge: 'a', version: 3, amount: decimal('300'), used: decimal('0') });
  expect(free(given)).toBe('0');
  const none = setFigures(given, { max: undefined, caps });
  expect(amounts(none.grants)).toEqual(['b 0', 'a 0']);
});

test('a revocation that would raise or change nothing is none', () => {
  const granted = ask(firm(), 'a', '100').shares;
  expect(revoke(granted, { edge: 'a', amount: decimal('100'), reason: 'None.' }).grants).toEqual([]);
  expect(revoke(granted, { edge: 'a', amount: decimal('200'), reason: 'None.' }).grants).toEqual([]);
});

test('the charge of an edge is the larger of what is out and what is used', () => {
  const [share] = ask(firm(), 'a', '100').shares.edges.values();
  expect(share && toText(chargeOf(share))).toBe('100');
});
