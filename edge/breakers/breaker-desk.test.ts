import { compileBreakers } from '@gatehouse/compliance/breaker-set.ts';
import { breakers } from '@gatehouse/compliance/breakers/index.ts';
import { exampleFacts, exampleOrder, type FactsOverrides } from '@gatehouse/compliance/examples/base.ts';
import { exampleFiles } from '@gatehouse/compliance/examples/files.ts';
import { exampleOwn, type OwnOverrides, totalsText } from '@gatehouse/compliance/examples/own.ts';
import type { SheetFigures } from '@gatehouse/compliance/examples/sheet.ts';
import type { OwnFacts } from '@gatehouse/compliance/own-facts.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { addMs, type Instant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { type KillWorld, killWorld, NOW } from '../kill/kill-fixture.ts';
import { type BreakerDesk, createBreakerDesk, type MarketMoment } from './breaker-desk.ts';

type Line = NonNullable<Sheet['breakers']>[number];

const DAY = '2020-03-06';
const FIRST = exampleFacts().now;
const HELD = { oldestMarkAt: '2020-03-06T20:29:59.000000000Z' };

/** A line with the figures of the breaker's first example. */
function line(breaker: string, level: Line['level'], changes: Partial<Line> = {}): Line {
  const figures = breakers.find(({ id }) => id === breaker)?.examples[0]?.limits as SheetFigures;
  return { breaker, version: 1, scope: 'firm', level, ...changes, figures: { ...figures, ...changes.figures } };
}

const STEPS: readonly Line[] = [
  line('loss-step', 'pause', { scope: 'account:main', figures: { lossBps: 500 } }),
  line('loss-step', 'cancel', { scope: 'account:main', figures: { lossBps: 1_000 } }),
  line('loss-step', 'flatten', { scope: 'account:main', figures: { lossBps: 2_000 } }),
];

interface DeskWorld {
  readonly world: KillWorld;
  readonly desk: BreakerDesk;
  know(own: OwnOverrides): void;
  /** Units: milliseconds of market time since the first moment. */
  at(ms: number): MarketMoment;
  trips(): readonly string[];
  release(): void;
}

function deskWorld(lines: readonly Line[], world = killWorld()): DeskWorld {
  const state: { own: OwnFacts } = { own: exampleOwn() };
  const armed = compileBreakers({ id: 's', breakers: [...lines] });
  const desk = createBreakerDesk({
    armed: () => armed,
    get own() {
      return state.own;
    },
    files: () => exampleFiles(),
    currency: () => currency('USD'),
    memory: world.memory,
    clock: world.clock,
    kill: (request) => world.killSwitch.kill(request),
  });
  return {
    world,
    desk,
    know: (own) => {
      state.own = exampleOwn(own);
    },
    at: (ms) => ({ now: addMs(FIRST, ms), day: DAY }),
    trips: () =>
      world.kinds('kill').flatMap((entry) => {
        if (entry.kind !== 'kill') return [];
        const { trigger, scopes, level } = entry.body;
        return [`${trigger?.breaker} ${scopes.join('+')} ${level}`];
      }),
    release: () => {
      for (const { id } of world.memory.active()) {
        const haltEpoch = world.own.haltEpoch + 1;
        const body = {
          v: 1,
          kill: id,
          haltEpoch,
          by: ['P-1', 'P-2'],
          reason: 'Looked at.',
          at: NOW,
          document: 'x',
        } as const;
        world.record({ kind: 'release', body: { ...body, by: [...body.by] } });
        world.killSwitch.forget(id);
      }
    },
  };
}

function lossOf(amount: string): OwnOverrides {
  return { ...HELD, totals: [totalsText({ pnl: `-${amount}` })] };
}

test('each step of a loss stops the account farther, says what tripped it with its figures, and does so once', () => {
  const { desk, world, know, at, trips } = deskWorld(STEPS);
  know(lossOf('49999.99'));
  desk.onRecords(at(0));
  expect(trips()).toEqual([]);
  know(lossOf('50000'));
  desk.onRecords(at(1_000));
  desk.onRecords(at(2_000));
  expect(trips()).toEqual(['loss-step account:main pause']);
  know(lossOf('100000'));
  desk.onRecords(at(3_000));
  know(lossOf('200000'));
  desk.onRecords(at(4_000));
  desk.onRecords(at(5_000));
  expect(trips()).toEqual([
    'loss-step account:main pause',
    'loss-step account:main cancel',
    'loss-step account:main flatten',
  ]);
  const [first] = world.memory.active();
  expect(first).toMatchObject({
    by: 'breaker',
    reason: 'Loss of the day, in steps: The loss of the day has reached its threshold.',
    trigger: { breaker: 'loss-step', figures: { measured: '50000', times: '1' } },
  });
});

test('a loss that passes every step at once is one kill of the farthest level', () => {
  const { desk, know, at, trips } = deskWorld(STEPS);
  know(lossOf('200000'));
  desk.onRecords(at(0));
  desk.onRecords(at(1_000));
  expect(trips()).toEqual(['loss-step account:main flatten']);
});

test('what people released goes on until it is worse by as much again, or has been calm', () => {
  const { desk, know, at, trips, release } = deskWorld(STEPS.slice(0, 1));
  know(lossOf('60000'));
  desk.onRecords(at(0));
  release();
  know(lossOf('99999.99'));
  desk.onRecords(at(1_000));
  expect(trips()).toHaveLength(1);
  know(lossOf('100000'));
  desk.onRecords(at(2_000));
  expect(trips()).toHaveLength(2);
  release();
  know(lossOf('10'));
  desk.onRecords(at(3_000));
  know(lossOf('50000'));
  desk.onRecords(at(4_000));
  expect(trips()).toHaveLength(3);
});

test('after a restart a condition that still holds trips again', () => {
  const { desk, know, at, trips, release, world } = deskWorld(STEPS.slice(0, 1));
  know(lossOf('60000'));
  desk.onRecords(at(0));
  release();
  const next = deskWorld(STEPS.slice(0, 1), world);
  next.know(lossOf('60000'));
  next.desk.onRecords(at(1_000));
  expect(trips()).toHaveLength(2);
});

test('records are looked at once a second of market time, with every end of a bar, and when time goes back', () => {
  const { desk, know, at, trips, release } = deskWorld(STEPS.slice(0, 1));
  desk.onRecords(at(0));
  know(lossOf('50000'));
  desk.onRecords(at(999));
  expect(trips()).toHaveLength(0);
  desk.onRecords(at(999), { isBarEnd: true });
  expect(trips()).toHaveLength(1);
  release();
  know(lossOf('100000'));
  desk.onRecords(at(-500));
  expect(trips()).toHaveLength(2);
});

test('a breaker that does not know pauses once its time is over, and a faulty one likewise', () => {
  const { desk, know, at, trips } = deskWorld(STEPS.slice(2));
  know({ totals: null });
  desk.onRecords(at(0));
  desk.onRecords(at(59_999));
  expect(trips()).toEqual([]);
  desk.onRecords(at(60_999));
  expect(trips()).toEqual(['loss-step account:main pause']);
  desk.onRecords(at(200_000));
  expect(trips()).toHaveLength(1);

  const world = killWorld();
  const [first] = compileBreakers({ id: 's', breakers: STEPS.slice(0, 1) });
  if (first === undefined) throw new Error('a step is armed');
  const faulty = {
    ...first,
    unknownMsMax: 0,
    judge: () => {
      throw new KitError('INVARIANT_BROKEN', 'a fault');
    },
  };
  const armed = [faulty];
  createBreakerDesk({
    armed: () => armed,
    own: exampleOwn(),
    files: () => exampleFiles(),
    currency: () => currency('USD'),
    memory: world.memory,
    clock: world.clock,
    kill: (request) => world.killSwitch.kill(request),
  }).onRecords(at(0));
  expect(world.memory.active()).toMatchObject([{ level: 'pause', reason: expect.stringContaining('a fault') }]);
});

test('an answer that comes in time resets the time without one', () => {
  const { desk, know, at, trips } = deskWorld(STEPS.slice(2));
  for (const ms of [0, 50_000, 100_000]) {
    know({ totals: null });
    desk.onRecords(at(ms));
    know({});
    desk.onRecords(at(ms + 40_000));
  }
  expect(trips()).toEqual([]);
});

test('a market breaker of the firm watches every instrument and stops the one that tripped it', () => {
  const lines = [line('volatility', 'cancel'), line('feed-divergence', 'pause', { scope: 'instrument:other' })];
  const { desk, at, trips } = deskWorld(lines);
  const market = (instrument: string, changes: FactsOverrides = {}) => ({ ...exampleFacts(changes), instrument });
  const wild = { volatility: { value: '0.05', windowMs: 300_000, at: '2020-03-06T20:29:59.000000000Z' } };
  const apart = { second: { price: '1010.00', at: '2020-03-06T20:29:59.000000000Z', source: 'other bars' } };
  desk.onMarket(market('demo-index'), at(0));
  desk.onMarket(market('demo-index', apart), at(0));
  expect(trips()).toEqual([]);
  desk.onMarket(market('demo-index', wild), at(0));
  desk.onMarket(market('demo-index', wild), at(0));
  desk.onMarket(market('another', wild), at(0));
  desk.onMarket(market('other', apart), at(0));
  expect(trips()).toEqual([
    'volatility instrument:demo-index cancel',
    'volatility instrument:another cancel',
    'feed-divergence instrument:other pause',
  ]);
});

test('a refusal of the throttle stops the algorithm alone, in the scope that is watched', () => {
  const { desk, at, trips } = deskWorld([
    line('execution-throttle', 'cancel'),
    line('execution-throttle', 'cancel', { scope: 'algorithm:other' }),
  ]);
  desk.onDecision({ order: exampleOrder(), refusedBy: [] }, at(0));
  desk.onDecision({ order: exampleOrder(), refusedBy: ['price-collar'] }, at(0));
  expect(trips()).toEqual([]);
  desk.onDecision({ order: exampleOrder(), refusedBy: ['execution-throttle'] }, at(0));
  desk.onDecision({ order: exampleOrder(), refusedBy: ['execution-throttle'] }, at(1));
  expect(trips()).toEqual(['execution-throttle algorithm:ema-cross cancel']);
});

test('a storm of rejections stops its scope', () => {
  const { desk, know, at, trips } = deskWorld([line('reject-storm', 'pause', { scope: 'algorithm:ema-cross' })]);
  know({ rejections: 19 });
  desk.onRecords(at(0));
  know({ rejections: 20 });
  desk.onRecords(at(1_000));
  expect(trips()).toEqual(['reject-storm algorithm:ema-cross pause']);
});

test('starts without a clean end are a loop until people release it, and then begin to count anew', () => {
  const world = killWorld();
  const { desk, at, trips, release } = deskWorld([line('crash-loop', 'pause')], world);
  const session = (event: 'edge-started' | 'edge-stopped', when: Instant): void => {
    world.memory.fold({ kind: 'session', body: { v: 1, event, release: '1', runtime: 'node' } }, when);
  };
  session('edge-started', NOW);
  session('edge-stopped', NOW);
  for (let start = 0; start < 3; start += 1) session('edge-started', NOW);
  desk.onStart(at(0));
  expect(trips()).toEqual([]);
  session('edge-started', NOW);
  desk.onStart(at(0));
  desk.onStart(at(0));
  expect(trips()).toEqual(['crash-loop firm pause']);
  release();
  expect(world.memory.crashes).toEqual([]);
  desk.onStart(at(0));
  expect(trips()).toHaveLength(1);
});
