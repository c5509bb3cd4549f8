import { expect, test } from 'vitest';
import { add, type Decimal, decimal, equal, multiply, sum, toText } from '../values/decimal.ts';
import { AccountLedger } from './account-ledger.ts';
import { findFill, type Holding, STEPS_KEPT } from './holding.ts';
import {
  type Action,
  actionEntry,
  adjustEntry,
  after,
  BNB,
  cashEntry,
  changeEntry,
  deps,
  EUR,
  fillEntry,
  fold,
  minute,
  price,
  quantity,
  USD,
} from './ledger-fixture.ts';
import { ledgerIdentity, unbalanced } from './ledger-identity.ts';
import { holdingOfState, stateOfHolding } from './ledger-state.ts';
import { lotCost, lotQuantity } from './lots.ts';

function shown(holding: Holding | undefined) {
  if (holding === undefined) return undefined;
  const { average, lots } = holding;
  return {
    quantity: toText(average.quantity),
    cost: toText(average.cost),
    realised: toText(average.realised),
    lots: lots.open.map((lot) => `${toText(lot.quantity)} for ${toText(lot.cost)}`),
    byLots: toText(lots.realised),
  };
}

const cashOf = (ledger: AccountLedger, of = USD) => toText(ledger.purse('main', of).amount);
const sold = { side: 'sell' as const, price: price('15'), quantity: quantity('5') };
const TWO_BUYS = [fillEntry({ fill: '1' }), fillEntry({ fill: '2', price: price('20'), at: minute(1) })];

test('the same sale realises one figure by average cost, another by the oldest lot, and both books balance', () => {
  const ledger = after(...TWO_BUYS, fillEntry({ fill: '3', ...sold }));
  expect(shown(ledger.holding('main', 'ACME'))).toEqual({
    quantity: '15',
    cost: '225',
    realised: '0',
    lots: ['5 for 50', '10 for 200'],
    byLots: '25',
  });
});

test('a fee in a token leaves the purse of the token and is no part of the fees in the currency of the price', () => {
  const ledger = after(fillEntry({ fill: '1', fee: decimal('0.002'), feeCurrency: BNB }));
  expect([cashOf(ledger), cashOf(ledger, BNB)]).toEqual(['-100', '-0.002']);
  expect(toText(ledger.holding('main', 'ACME')?.average.fees ?? decimal('9'))).toBe('0');
  expect(ledgerIdentity(ledger.books('main')).map((row) => row.currency)).toEqual([BNB, USD]);
});

test('a bust leaves the books as if the execution had never been', () => {
  const never = after(fillEntry({ fill: '2', price: price('20'), at: minute(1) }), fillEntry({ fill: '3', ...sold }));
  const busted = after(...TWO_BUYS, fillEntry({ fill: '3', ...sold }), changeEntry('1'));
  expect(shown(busted.holding('main', 'ACME'))).toEqual(shown(never.holding('main', 'ACME')));
  expect(cashOf(busted)).toBe(cashOf(never));
});

test('a correction leaves the books as if the execution had been so from the start, and the newest change counts', () => {
  const right = after(
    fillEntry({ fill: '1', price: price('11'), fee: decimal('2') }),
    fillEntry({ fill: '3', ...sold }),
  );
  const figuresNow = { quantity: '10', price: '11', fee: '2' };
  const once = after(fillEntry({ fill: '1' }), fillEntry({ fill: '3', ...sold }), changeEntry('1', figuresNow));
  const again = after(
    fillEntry({ fill: '1' }),
    changeEntry('1'),
    changeEntry('1'),
    fillEntry({ fill: '3', ...sold }),
    changeEntry('1', figuresNow),
  );
  for (const ledger of [once, again]) {
    expect(shown(ledger.holding('main', 'ACME'))).toEqual(shown(right.holding('main', 'ACME')));
    expect(cashOf(ledger)).toBe(cashOf(right));
  }
});

test('a change of figures that the ledger knows otherwise undoes what was booked, and says so', () => {
  const ledger = after(fillEntry({ fill: '1' }));
  const entry = changeEntry('1', undefined, { quantity: '99', price: '1', fee: '0' });
  const effect = entry.kind === 'fill-change' ? ledger.change(entry.body) : undefined;
  expect(effect).toMatchObject({ isAsKnown: false });
  expect([cashOf(ledger), shown(ledger.holding('main', 'ACME'))?.quantity]).toEqual(['0', '0']);
});

test('an execution older than the steps is taken back by its reverse, to the last digit of cash, and once', () => {
  const many = Array.from({ length: 2 * STEPS_KEPT }, (_, index) =>
    fillEntry({ fill: `m${index}`, at: minute(index) }),
  );
  const placeOf = () => ({ account: 'main', instrument: 'ACME', side: 'buy' as const, currency: USD });
  const ledger = new AccountLedger({ ...deps, placeOf });
  for (const entry of many) fold(ledger, entry);
  expect(ledger.knownFill('m0')).toBeUndefined();
  expect(ledger.knownFill(`m${2 * STEPS_KEPT - 1}`)).toBeDefined();
  const before = cashOf(ledger);
  fold(ledger, changeEntry('m0'));
  expect(toText(add(decimal(before), decimal('101')))).toBe(cashOf(ledger));
  fold(ledger, changeEntry('m0'));
  expect(toText(add(decimal(before), decimal('101')))).toBe(cashOf(ledger));
  expect(shown(ledger.holding('main', 'ACME'))?.quantity).toBe('990');
  expect(unbalanced(ledger.books('main'))).toEqual([]);
});

test('a change of what neither the ledger nor anyone knows is not booked anywhere', () => {
  const ledger = after(fillEntry({ fill: '1' }));
  const entry = changeEntry('9');
  expect(entry.kind === 'fill-change' ? ledger.change(entry.body) : undefined).toBe('unplaced');
  expect(cashOf(ledger)).toBe('-101');
});

const split = (numerator: number, denominator: number, lot?: string): Action => {
  return { kind: 'split', numerator, denominator, ...(lot === undefined ? {} : { lot: quantity(lot) }) };
};

test('a split keeps the cost, and prices and quantities of lots move', () => {
  const ledger = after(...TWO_BUYS, actionEntry('S-1', split(3, 1)));
  expect(shown(ledger.holding('main', 'ACME'))).toMatchObject({
    quantity: '60',
    cost: '300',
    lots: ['30 for 100', '30 for 200'],
  });
  expect(ledger.holding('main', 'ACME')?.lots.open.map((lot) => toText(lot.price))).toEqual([
    '3.33333333',
    '6.66666667',
  ]);
});

test('a fraction that is paid out gives its cost away, and the money for it comes as cash', () => {
  const ledger = after(...TWO_BUYS, actionEntry('S-1', split(1, 3, '1')), cashEntry('fraction', '33.10'));
  const held = ledger.holding('main', 'ACME');
  expect(shown(held)).toMatchObject({ quantity: '6' });
  // 6.66666666 are held after the split and 0.66666666 of them given up: a tenth of the cost, up to the rounding.
  expect(toText(held?.average.realised ?? decimal('0'))).toBe('-29.99999973');
  expect(equal(lotQuantity(held?.lots ?? { open: [], realised: decimal('0') }), decimal('6'))).toBe(true);
});

test('a reverse split of less than a lot leaves nothing held and nothing of the cost', () => {
  const ledger = after(fillEntry({ fill: '1', quantity: quantity('5') }), actionEntry('S-1', split(1, 10, '1')));
  expect(shown(ledger.holding('main', 'ACME'))).toEqual({
    quantity: '0',
    cost: '0',
    realised: '-50',
    lots: [],
    byLots: '-50',
  });
});

test('a split that is told late, and an execution from before it that comes late, count in their place', () => {
  const late = fillEntry({ fill: '2', quantity: quantity('30'), price: price('4'), at: minute(61) });
  const punctual = after(fillEntry({ fill: '1' }), actionEntry('S-1', split(3, 1)), late);
  const told = after(fillEntry({ fill: '1' }), late, actionEntry('S-1', split(3, 1)));
  const arrived = after(
    actionEntry('S-0', split(7, 1), minute(-600)),
    late,
    actionEntry('S-1', split(3, 1)),
    fillEntry({ fill: '1' }),
  );
  for (const ledger of [punctual, told, arrived]) expect(shown(ledger.holding('main', 'ACME'))?.quantity).toBe('60');
  expect(cashOf(told)).toBe(cashOf(punctual));
});

test('a dividend pays a long position, is paid by a short one, and leaves out what was dealt on the ex day', () => {
  const dividend: Action = { kind: 'dividend', perUnit: decimal('0.24'), currency: EUR };
  const long = after(fillEntry({ fill: '1' }), fillEntry({ fill: '2', at: minute(60) }), actionEntry('D-1', dividend));
  expect(cashOf(long, EUR)).toBe('2.4');
  const before = after(
    fillEntry({ fill: '1' }),
    fillEntry({ fill: '2', at: minute(59) }),
    actionEntry('D-1', dividend),
  );
  expect(cashOf(before, EUR)).toBe('4.8');
  const short = after(fillEntry({ fill: '1', side: 'sell' }), actionEntry('D-1', dividend));
  expect(cashOf(short, EUR)).toBe('-2.4');
});

test('an action and an adjustment count once, however often they are told', () => {
  const dividend = actionEntry('D-1', { kind: 'dividend', perUnit: decimal('1'), currency: USD });
  const adjusted = adjustEntry('A-1', '2', '30');
  const ledger = after(fillEntry({ fill: '1' }), dividend, dividend, adjusted, adjusted);
  expect([cashOf(ledger), shown(ledger.holding('main', 'ACME'))?.quantity]).toEqual(['-91', '12']);
});

test('a new symbol takes the position along, and what was on its way under the old one', () => {
  const renamed = actionEntry('R-1', { kind: 'rename', into: 'ACNE' });
  const late = fillEntry({ fill: '2', at: minute(59) });
  const ledger = after(fillEntry({ fill: '1' }), renamed, late, changeEntry('1'));
  expect(ledger.holding('main', 'ACME')).toBeUndefined();
  expect(shown(ledger.holding('main', 'ACNE'))).toMatchObject({ quantity: '10', cost: '100' });
  const fresh = after(fillEntry({ fill: '1' }), renamed, fillEntry({ fill: '2', at: minute(60) }));
  expect(shown(fresh.holding('main', 'ACME'))?.quantity).toBe('10');
});

test('a long and a short position under two symbols close each other at what they cost', () => {
  const short = fillEntry({ fill: '2', instrument: 'ACNE', side: 'sell', quantity: quantity('4'), price: price('15') });
  const ledger = after(fillEntry({ fill: '1' }), short, actionEntry('R-1', { kind: 'rename', into: 'ACNE' }));
  expect(shown(ledger.holding('main', 'ACNE'))).toEqual({
    quantity: '6',
    cost: '60',
    realised: '20',
    lots: ['6 for 60'],
    byLots: '20',
  });
});

test('an adjustment moves quantity and cost by what it says; what it leaves of a closed position is realised', () => {
  const ledger = after(fillEntry({ fill: '1' }), adjustEntry('A-1', '-4', '-30'));
  expect(shown(ledger.holding('main', 'ACME'))).toMatchObject({ quantity: '6', cost: '70', lots: ['6 for 70'] });
  const flat = after(fillEntry({ fill: '1' }), adjustEntry('A-1', '-10', '-80'));
  expect(shown(flat.holding('main', 'ACME'))).toEqual({
    quantity: '0',
    cost: '0',
    realised: '-20',
    lots: [],
    byLots: '-20',
  });
  const turned = after(fillEntry({ fill: '1' }), adjustEntry('A-1', '-12', '-130'));
  expect(shown(turned.holding('main', 'ACME'))).toMatchObject({ quantity: '-2', cost: '-30', lots: ['-2 for -30'] });
});

test('every reason of cash moves the amount and its own sum', () => {
  const ledger = after(
    cashEntry('deposit', '100'),
    cashEntry('funding', '-1.5'),
    cashEntry('funding', '0.25'),
    cashEntry('withdrawal', '-10'),
  );
  expect(cashOf(ledger)).toBe('88.75');
  expect(toText(ledger.purse('main', USD).moved.funding ?? decimal('0'))).toBe('-1.25');
});

test('cash and positions at any mark are deposits, profit and loss, and fees', () => {
  const ledger = after(cashEntry('deposit', '1000'), ...TWO_BUYS, fillEntry({ fill: '3', ...sold }));
  const held = ledger.holding('main', 'ACME');
  const mark = decimal('13.37');
  const worthNow = multiply(held?.average.quantity ?? mark, mark);
  const gain = (cost: Decimal, realised: Decimal) => sum([realised, worthNow, { ...cost, units: -cost.units }]);
  const expected = sum([
    decimal('1000'),
    gain(held?.average.cost ?? mark, held?.average.realised ?? mark),
    decimal('-3'),
  ]);
  expect(equal(add(ledger.purse('main', USD).amount, worthNow), expected)).toBe(true);
  const lots = held?.lots ?? { open: [], realised: mark };
  expect(
    equal(gain(lotCost(lots), lots.realised), gain(held?.average.cost ?? mark, held?.average.realised ?? mark)),
  ).toBe(true);
});

test('an execution that is busted stays known, and its holding is kept with it', () => {
  const ledger = after(fillEntry({ fill: '1' }), changeEntry('1'));
  const holding = ledger.holding('main', 'ACME');
  expect(holding === undefined ? undefined : findFill(holdingOfState(stateOfHolding(holding)), '1')?.isBusted).toBe(
    true,
  );
});
