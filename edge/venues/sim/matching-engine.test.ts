import { decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { level, lines, OPTIONS, second, simOrder } from './engine-fixture.ts';
import { createMatchingEngine, type EngineOptions, type MatchingEngine } from './matching-engine.ts';

function exchange(options: Partial<EngineOptions> = {}): MatchingEngine {
  return createMatchingEngine({ ...OPTIONS, takes: 'standing', ...options });
}

/** An exchange at which 5 stand to buy at 99.99 and 5 to sell at 100.01 and 20 at 100.02. */
function standing(options: Partial<EngineOptions> = {}): MatchingEngine {
  const engine = exchange(options);
  engine.onBookDelta({
    at: second(-1),
    levels: [
      { side: 'buy', ...level('99.99', '5') },
      { side: 'sell', ...level('100.01', '5') },
      { side: 'sell', ...level('100.02', '20') },
    ],
  });
  return engine;
}

test('a market order walks through the book, best price first, and pays as a taker', () => {
  const events = standing().enter(simOrder());
  expect(lines(events)).toEqual(['A accepted', 'A taker 5 @ 100.01', 'A taker 5 @ 100.02']);
  const fees = events.flatMap((event) => (event.kind === 'filled' ? [toText(event.fill.fee)] : []));
  // 5 x 100.01 and 5 x 100.02 at 2 bps, each rounded up to a cent.
  expect(fees).toEqual(['0.11', '0.11']);
});

test('a strategy is judged on later data: an order meets no book that is older than itself, nor one of its own moment', () => {
  const engine = createMatchingEngine(OPTIONS);
  engine.onQuote({ at: second(-1), ask: level('100.01', '50') });
  expect(lines(engine.enter(simOrder()))).toEqual(['A accepted']);
  expect(lines(engine.onQuote({ at: second(0), ask: level('100.02', '50') }))).toEqual([]);
  expect(lines(engine.onQuote({ at: second(1), ask: level('100.03', '50') }))).toEqual(['A taker 10 @ 100.03']);
});

test('an order of each time in force ends as it says', () => {
  const of = (timeInForce: 'ioc' | 'fok' | 'gtc') =>
    lines(standing().enter(simOrder({ timeInForce, limit: '100.01' })));
  expect(of('ioc')).toEqual(['A accepted', 'A taker 5 @ 100.01', 'A expired']);
  expect(of('fok')).toEqual(['A accepted', 'A expired']);
  expect(of('gtc')).toEqual(['A accepted', 'A taker 5 @ 100.01']);
  const fits = standing().enter(simOrder({ timeInForce: 'fok', limit: '100.02', quantity: '25' }));
  expect(lines(fits)).toEqual(['A accepted', 'A taker 5 @ 100.01', 'A taker 20 @ 100.02']);
  const dated = standing();
  dated.enter(simOrder({ timeInForce: 'gtd', expiresAt: second(5), limit: '99.00' }));
  expect(lines(dated.onTime(second(4)))).toEqual([]);
  const [end] = dated.onQuote({ at: second(9) });
  expect(end).toMatchObject({ kind: 'expired', at: second(5) });
  const day = standing();
  day.enter(simOrder({ timeInForce: 'day', limit: '99.00' }));
  day.enter(simOrder({ id: 'B', limit: '99.00' }));
  expect(lines(day.onSession({ at: second(9), state: 'closed' }))).toEqual(['A expired']);
});

test('a resting order waits until what stood before it at its price is gone', () => {
  const engine = standing();
  engine.enter(simOrder({ limit: '99.99' }));
  const trade = (at: number, quantity: string) =>
    lines(engine.onTrade({ at: second(at), ...level('99.99', quantity), aggressor: 'sell' }));
  expect(trade(1, '4')).toEqual([]);
  // Others behind it make the level larger and do not come before it.
  engine.onBookDelta({ at: second(2), levels: [{ side: 'buy', ...level('99.99', '50') }] });
  expect(trade(3, '3')).toEqual(['A maker 2 @ 99.99']);
  expect(trade(4, '9')).toEqual(['A maker 8 @ 99.99']);
  const front = standing({ queue: 'front' });
  front.enter(simOrder({ limit: '99.99' }));
  expect(lines(front.onTrade({ at: second(1), ...level('99.99', '4') }))).toEqual(['A maker 4 @ 99.99']);
});

test('when others leave, those before an order are never more than those who are left', () => {
  const engine = standing();
  engine.enter(simOrder({ limit: '99.99' }));
  engine.onBookDelta({ at: second(1), levels: [{ side: 'buy', ...level('99.99', '1') }] });
  expect(lines(engine.onTrade({ at: second(2), ...level('99.99', '3') }))).toEqual(['A maker 2 @ 99.99']);
});

test('a trade of buyers touches no order to buy, and a trade beyond a price executes it whatever stood before', () => {
  const engine = standing();
  engine.enter(simOrder({ limit: '99.99' }));
  expect(lines(engine.onTrade({ at: second(1), ...level('99.99', '50'), aggressor: 'buy' }))).toEqual([]);
  expect(lines(engine.onTrade({ at: second(2), ...level('99.98', '3') }))).toEqual(['A maker 3 @ 99.99']);
});

test('orders of the engine meet each other at the price of the one that stood, after better prices of others', () => {
  const engine = standing();
  engine.enter(simOrder({ id: 'S', side: 'sell', limit: '100.02' }));
  expect(lines(engine.enter(simOrder({ quantity: '30' })))).toEqual([
    'A accepted',
    'A taker 5 @ 100.01',
    'A taker 20 @ 100.02',
    'S maker 5 @ 100.02',
    'A taker 5 @ 100.02',
  ]);
});

test('an account that may not meet itself loses the order that comes, or the one that stood', () => {
  const meeting = (selfTrade: 'expire-taker' | 'expire-maker') => {
    const engine = exchange({ selfTrade });
    engine.enter(simOrder({ id: 'S', owner: 'me', side: 'sell', limit: '100.00' }));
    return lines(engine.enter(simOrder({ owner: 'me', limit: '100.00' })));
  };
  expect(meeting('expire-taker')).toEqual(['A accepted', 'A expired']);
  expect(meeting('expire-maker')).toEqual(['A accepted', 'S expired']);
});

test('a post-only order is refused on the tick at which it would take, and rests one below', () => {
  const kinds = (limit: string) => lines(standing().enter(simOrder({ limit, postOnly: true })));
  expect(kinds('100.01')).toEqual(['A rejected']);
  expect(kinds('100.00')).toEqual(['A accepted']);
});

test('an iceberg shows its part alone, and each new part stands last at its price', () => {
  const engine = exchange();
  engine.enter(simOrder({ id: 'I', side: 'sell', limit: '100.00', quantity: '10', display: '3' }));
  engine.enter(simOrder({ id: 'S', side: 'sell', limit: '100.00', quantity: '2' }));
  expect(engine.depth(5).asks.map(({ quantity }) => toText(quantity))).toEqual(['5']);
  expect(lines(engine.enter(simOrder({ quantity: '7' }))).filter((line) => line.includes('maker'))).toEqual([
    'I maker 3 @ 100.00',
    'S maker 2 @ 100.00',
    'I maker 2 @ 100.00',
  ]);
  expect(engine.depth(5).asks.map(({ quantity }) => toText(quantity))).toEqual(['1']);
});

test('stops, take-profits and trailing stops become active at their price, and not one tick before', () => {
  const engine = exchange();
  engine.onBookDelta({ at: second(-1), isSnapshot: true, levels: [{ side: 'buy', ...level('99.10', '100') }] });
  const trade = (at: number, price: string) =>
    lines(engine.onTrade({ at: second(at), ...level(price, '1') })).filter((line) => line.includes('triggered'));
  engine.enter(simOrder({ id: 'stop', side: 'sell', type: 'stop', stop: '99.00' }));
  engine.enter(simOrder({ id: 'profit', side: 'sell', type: 'take-profit', stop: '101.00' }));
  const trailing = { by: 'price', distance: decimal('1.50') } as const;
  engine.enter(simOrder({ id: 'trail', side: 'sell', type: 'trailing-stop', trailing }));
  expect(trade(1, '99.01')).toEqual([]);
  expect(trade(2, '100.99')).toEqual([]);
  expect(trade(3, '99.50')).toEqual([]);
  expect(trade(4, '99.49')).toEqual(['trail triggered']);
  expect(trade(5, '99.00')).toEqual(['stop triggered']);
  expect(trade(6, '101.00')).toEqual(['profit triggered']);
});

test('what a stop sells moves the price, and the next stop follows', () => {
  const engine = exchange();
  engine.onBookDelta({
    at: second(-1),
    levels: [
      { side: 'buy', ...level('99.00', '10') },
      { side: 'buy', ...level('98.00', '10') },
      { side: 'buy', ...level('97.00', '10') },
    ],
  });
  engine.enter(simOrder({ id: 'first', side: 'sell', type: 'stop', stop: '99.50', quantity: '15' }));
  engine.enter(simOrder({ id: 'second', side: 'sell', type: 'stop', stop: '98.00', quantity: '5' }));
  expect(lines(engine.onTrade({ at: second(1), ...level('99.50', '1'), aggressor: 'sell' }))).toEqual([
    'first triggered',
    'first taker 10 @ 99.00',
    'first taker 5 @ 98.00',
    'second triggered',
    'second taker 5 @ 98.00',
  ]);
});

test('nothing trades in a halt: cancels are answered, and orders wait for its end', () => {
  const engine = standing();
  engine.enter(simOrder({ id: 'B', limit: '99.00' }));
  engine.onSession({ at: second(1), state: 'halted' });
  expect(lines(engine.enter(simOrder({ enteredAt: second(2) })))).toEqual(['A accepted']);
  expect(lines(engine.enter(simOrder({ id: 'I', timeInForce: 'ioc', enteredAt: second(2) })))).toEqual(['I rejected']);
  expect(lines(engine.onTrade({ at: second(3), ...level('90.00', '50') }))).toEqual([]);
  expect(lines(engine.cancel('B', second(4)))).toEqual(['B cancelled']);
  expect(lines(engine.cancel('none', second(4)))).toEqual(['none kept']);
  expect(lines(engine.onSession({ at: second(5), state: 'open' }))).toEqual([
    'A taker 5 @ 100.01',
    'A taker 5 @ 100.02',
  ]);
});

test('a crossed book and prices outside the bands execute nothing', () => {
  const engine = standing();
  engine.onBands({ at: second(0), upper: decimal('100.01') });
  expect(lines(engine.enter(simOrder({ limit: '100.02' })))).toEqual(['A accepted', 'A taker 5 @ 100.01']);
  const crossed = exchange();
  crossed.onQuote({ at: second(-1), bid: level('100.05', '5'), ask: level('100.00', '5') });
  expect(lines(crossed.enter(simOrder({ timeInForce: 'ioc' })))).toEqual(['A accepted', 'A expired']);
});

test('a smaller quantity keeps its place, a larger one and a new price lose it', () => {
  const afterwards = (change: { quantity?: string; limit?: string }) => {
    const engine = exchange();
    engine.enter(simOrder({ id: 'first', limit: '100.00' }));
    engine.enter(simOrder({ id: 'second', limit: '100.00' }));
    const quantity = change.quantity === undefined ? {} : { quantity: decimal(change.quantity) };
    engine.amend({ id: 'first', at: second(1), ...quantity });
    const [event] = engine.enter(simOrder({ id: 'S', side: 'sell', quantity: '1' })).slice(1);
    return event?.order;
  };
  expect(afterwards({ quantity: '9' })).toBe('first');
  expect(afterwards({ quantity: '11' })).toBe('second');
});

test('a replacement takes the place of an order in one step, or leaves it as it was', () => {
  const engine = standing();
  engine.enter(simOrder({ limit: '99.00' }));
  const wrong = engine.replace('A', simOrder({ id: 'B', limit: '99.001' }));
  expect(lines(wrong)).toEqual(['A kept', 'B rejected']);
  expect(lines(engine.replace('A', simOrder({ id: 'B', limit: '99.01' })))).toEqual(['A replaced', 'B accepted']);
  expect(engine.openOrders().map(({ order }) => order.id)).toEqual(['B']);
});

test('auction orders execute at the print, the market ones first, and what is left of them ends', () => {
  const engine = exchange();
  engine.enter(simOrder({ id: 'limit', auction: 'open', limit: '100.00' }));
  engine.enter(simOrder({ id: 'market', auction: 'open' }));
  engine.enter(simOrder({ id: 'low', auction: 'open', limit: '99.99' }));
  engine.enter(simOrder({ id: 'close', auction: 'close' }));
  const print = { at: second(1), kind: 'open', price: decimal('100.00'), quantity: decimal('15') } as const;
  expect(lines(engine.onAuction(print))).toEqual([
    'market taker 10 @ 100.00',
    'limit taker 5 @ 100.00',
    'limit expired',
    'low expired',
  ]);
});

test('an order that only reduces executes no more than is held, and ends once nothing is', () => {
  const engine = standing({ positionOf: () => decimal('-4') });
  expect(lines(engine.enter(simOrder({ owner: 'me', reduceOnly: true })))).toEqual([
    'A accepted',
    'A taker 4 @ 100.01',
    'A cancelled',
  ]);
});

test('data that arrives late lets an order meet no other that came after that data', () => {
  const engine = createMatchingEngine(OPTIONS);
  engine.enter(simOrder({ id: 'S', side: 'sell', enteredAt: second(0) }));
  engine.onBookDelta({ at: second(0), levels: [] });
  engine.enter(simOrder({ id: 'B', limit: '99.90', enteredAt: second(2) }));
  expect(lines(engine.onBookDelta({ at: second(2), levels: [] }))).toEqual([]);
  expect(lines(engine.onBookDelta({ at: second(3), levels: [] }))).toEqual([
    'B maker 10 @ 99.90',
    'S taker 10 @ 99.90',
  ]);
});
