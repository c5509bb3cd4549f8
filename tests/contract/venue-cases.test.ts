import { setTimeout as sleep } from 'node:timers/promises';
import type { MarketEvent } from '@gatehouse/edge/feeds/market-feed.ts';
import type { ConnectorCaseId } from '@gatehouse/edge/venues/connector-cases.ts';
import type { Venue, VenueEvent } from '@gatehouse/edge/venues/venue.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { asPrice } from '@gatehouse/shared/values/amounts.ts';
import { add, fromInteger } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { drawnBySeed } from '../faults/fault-plan.ts';
import { approve } from './approved-orders.ts';
import { isMet } from './cases/index.ts';
import { ccxtStage } from './stages/ccxt.ts';
import { simParts, simStage } from './stages/sim.ts';
import { type MarketSession, marketOf, type StageParts, stageSession, type VenueStage } from './venue-stage.ts';

// The cases themselves: each mistake that a connector can make here is found by the case that is about it.

/** On this stage everything happens at once, so that who waits longer than this waits in vain. */
const IN_VAIN_MS = 1_000;
/** Over a wire all things take longer. */
const IN_VAIN_ON_WIRE_MS = 3_000;

type Break = (parts: StageParts) => StageParts;

function stageOf(breaks: Break): VenueStage {
  return { takes: 'later', open: async (setup = {}) => stageSession(breaks(simParts(setup))) };
}

function overTheWire(breaks: Break): VenueStage {
  return { takes: 'standing', open: async (setup = {}) => stageSession(breaks(await ccxtStage.open(setup))) };
}

/** Changes what is told. */
function telling(change: (events: readonly VenueEvent[]) => readonly VenueEvent[]): Break {
  return (parts) => ({
    ...parts,
    get events() {
      return change(parts.events);
    },
  });
}

/** Changes what the venue does. */
function doing(change: (venue: Venue) => Partial<Venue>): Break {
  return (parts) => ({ ...parts, venue: { ...bound(parts.venue), ...change(parts.venue) } });
}

function bound(venue: Venue): Venue {
  return {
    submit: (order) => venue.submit(order),
    amend: (order) => venue.amend?.(order),
    cancel: (order) => venue.cancel(order),
    cancelAll: () => venue.cancelAll(),
    query: (order) => venue.query(order),
    account: () => venue.account(),
    executions: (since) => venue.executions(since),
    close: () => venue.close(),
    clock: () => venue.clock?.(),
  };
}

const without = (...kinds: readonly VenueEvent['kind'][]) =>
  telling((events) => events.filter(({ kind }) => !kinds.includes(kind)));
const twice = (one: VenueEvent['kind']) =>
  telling((events) => events.flatMap((event) => (event.kind === one ? [event, event] : [event])));
const dearer = telling((events) =>
  events.map((event) => {
    if (event.kind !== 'filled') return event;
    return { ...event, fill: { ...event.fill, price: asPrice(add(event.fill.price, fromInteger(1))) } };
  }),
);
const nothing = () => undefined;

const MISTAKES: readonly (readonly [mistake: string, id: ConnectorCaseId, breaks: Break])[] = [
  ['takes what the gate did not make', 'takes-only-approved-orders', doing(() => ({ submit: nothing }))],
  ['tells an acceptance twice', 'makes-one-order-of-one-id', twice('accepted')],
  ['tells an execution twice', 'accepts-before-it-fills', twice('filled')],
  ['tells the execution first', 'accepts-before-it-fills', telling((events) => events.toReversed())],
  ['does not find what is there', 'answers-queries-with-fills', doing(() => ({ query: () => NOT_FOUND }))],
  ['goes on after its end', 'refuses-everything-once-closed', doing(() => ({ close: nothing }))],
  ['executes at once on old prices', 'fills-market-orders-only-on-later-prices', dearer],
  ['executes beyond the limit', 'fills-limit-orders-never-worse-than-their-limit', dearer],
  ['executes beyond the market', 'gives-the-better-price', dearer],
  ['keeps the end of an order to itself', 'ends-immediate-orders-at-once', without('expired')],
  ['keeps the end of the day to itself', 'expires-day-orders', without('expired')],
  ['does not wait for the limit of a stop', 'keeps-the-limit-of-a-stop', dearer],
  ['forgets to say what was replaced', 'changes-an-order-in-one-step', without('replaced')],
  ['forgets to say what was kept', 'keeps-the-order-where-a-change-is-refused', without('kept')],
  ['ignores a cancel', 'cancels-one-and-then-never-fills-it', doing(() => ({ cancel: nothing }))],
  ['ignores the cancel of everything', 'cancels-all', doing(() => ({ cancelAll: nothing }))],
  ['takes a group apart', 'refuses-groups-that-it-cannot-keep', doing((venue) => ({ submit: ungrouped(venue) }))],
  ['loses a part', 'fills-in-parts', without('filled')],
  ['loses the part of a cancelled order', 'cancels-the-rest-of-a-part-filled-order', without('filled')],
  ['keeps a refusal to itself', 'tells-a-refusal-with-its-reason', without('rejected')],
  ['loses an order without a word', 'says-that-nothing-was-sent', doing(() => ({ submit: nothing }))],
  ['does not say that the line is cut', 'says-that-nothing-was-sent', without('link')],
  ['forgets what happened meanwhile', 'tells-what-happened-meanwhile-once', doing(() => ({ executions: () => [] }))],
  ['tells again what stood before', 'takes-back-its-working-orders', twice('filled')],
  ['shows an account without orders', 'shows-what-stands-on-the-account', doing((venue) => ({ account: bare(venue) }))],
  ['lists an execution twice', 'lists-executions-once', doing((venue) => ({ executions: doubled(venue) }))],
];

const NOT_FOUND = { state: 'not-found', fills: [] } as const;

function ungrouped(venue: Venue): Venue['submit'] {
  return ({ order: { group: _group, ...order } }) => venue.submit(approve(order));
}

function bare(venue: Venue): Venue['account'] {
  return async () => ({ ...(await venue.account()), orders: [] });
}

function doubled(venue: Venue): Venue['executions'] {
  return async (since) => (await venue.executions(since)).flatMap((one) => [one, one]);
}

test.each(MISTAKES)('a connector that %s does not pass %s', async (_, id, breaks) => {
  expect(await isMet(id, simStage)).toBe(true);
  expect(await Promise.race([isMet(id, stageOf(breaks)), sleep(IN_VAIN_MS, false)])).toBe(false);
});

const WIRE_MISTAKES: typeof MISTAKES = [
  ['does not say that a line is silent', 'finds-a-silent-line', without('link')],
  ['takes silence for a yes', 'leaves-an-unanswered-order-unknown', doing((venue) => ({ submit: deaf(venue) }))],
  ['takes silence for a no', 'finds-that-a-lost-order-never-came', doing((venue) => ({ submit: certain(venue) }))],
  ['takes a silent cancel for done', 'leaves-an-unanswered-cancel-unknown', doing(() => ({ cancel: nothing }))],
  ['keeps what others do to itself', 'tells-of-orders-that-are-not-ours', without('foreign')],
  ['keeps the end of an order to itself', 'tells-what-the-venue-ends', without('expired')],
  ['counts a repeated report twice', 'tells-a-repeated-report-once', twice('filled')],
  ['tells reports as they come', 'tells-overtaken-reports-in-order', telling((events) => events.toReversed())],
  ['misses a report', 'finds-a-lost-report', without('filled')],
  ['drops what comes late', 'counts-a-fill-that-comes-after-the-end', without('filled')],
  ['measures no clock', 'measures-the-venue-clock', doing(() => ({ clock: nothing }))],
  ['takes a throttle for a yes', 'waits-after-a-throttle', doing((venue) => ({ submit: deaf(venue) }))],
];

function deaf(venue: Venue): Venue['submit'] {
  return async (order) => Promise.resolve(venue.submit(order)).catch(nothing);
}

function certain(venue: Venue): Venue['submit'] {
  return async (order) =>
    Promise.resolve(venue.submit(order)).catch((cause) => {
      throw new KitError('VENUE_REFUSED', 'it did not arrive', { cause });
    });
}

test.each(drawnBySeed(WIRE_MISTAKES))('over a wire, a connector that %s does not pass %s', async (_, id, breaks) => {
  expect(await isMet(id, overTheWire(doing(() => ({}))))).toBe(true);
  expect(await Promise.race([isMet(id, overTheWire(breaks)), sleep(IN_VAIN_ON_WIRE_MS, false)])).toBe(false);
});

test.each([...new Set(MISTAKES.map(([, id]) => id))])(
  'standing between the two changes nothing about %s',
  async (id) => {
    expect(await isMet(id, stageOf(doing(() => ({}))))).toBe(true);
    expect(await isMet(id, stageOf(telling((events) => events)))).toBe(true);
  },
);

/** Changes what a market tells. */
function hearing(change: (session: MarketSession) => Partial<MarketSession>): VenueStage {
  return {
    ...ccxtStage,
    openMarket: async () => {
      const session = await marketOf(ccxtStage);
      return { ...session, ...change(session) };
    },
  };
}

const told = (change: (events: readonly MarketEvent[]) => readonly MarketEvent[]) =>
  hearing((session) => ({
    get events() {
      return change(session.events);
    },
  }));

/** A feed that goes on quoting the first quote that it ever had. */
const stubborn = hearing(({ feed }) => {
  const first = feed.quote();
  return { feed: { start: nothing, close: nothing, quote: () => first, book: (levels) => feed.book(levels) } };
});

const MARKET_MISTAKES: readonly (readonly [mistake: string, id: ConnectorCaseId, stage: VenueStage])[] = [
  ['does not follow the market', 'keeps-the-book-of-the-venue', stubborn],
  [
    'keeps a gap to itself',
    'builds-its-book-anew-after-a-gap',
    told((events) => events.filter(({ kind }) => kind !== 'gap')),
  ],
  ['goes on quoting in silence', 'finds-silent-market-data', stubborn],
  ['tells a trade twice', 'tells-every-trade-once', told((events) => events.flatMap((event) => [event, event]))],
  ['tells trades as they come', 'tells-every-trade-once', told((events) => events.toReversed())],
];

test.each(drawnBySeed(MARKET_MISTAKES))('a market feed that %s does not pass %s', async (_, id, stage) => {
  expect(
    await isMet(
      id,
      hearing(() => ({})),
    ),
  ).toBe(true);
  expect(await Promise.race([isMet(id, stage), sleep(IN_VAIN_ON_WIRE_MS, false)])).toBe(false);
});

/** Keeps brackets as a venue would: exits come to life with the entry, and the end of one is the end of the other. */
const keepsBrackets: Break = (parts) => {
  const held: Order[] = [];
  const exits: string[] = [];
  const filled = (id: string): boolean =>
    parts.events.some((event) => event.kind === 'filled' && event.order === id && event.isLast);
  const submit: Venue['submit'] = ({ order: { group, ...order } }) => {
    if (group === undefined || group.role === 'entry') return parts.venue.submit(approve(order));
    held.push(order);
  };
  const show: StageParts['show'] = (price) => {
    parts.show(price);
    if (filled('O-1')) {
      for (const order of held.splice(0)) {
        exits.push(order.id);
        void parts.venue.submit(approve({ ...order, decidedAt: parts.now() }));
      }
    }
    if (exits.some(filled)) for (const id of exits.splice(0)) if (!filled(id)) void parts.venue.cancel(id);
  };
  return { ...parts, show, venue: { ...bound(parts.venue), submit } };
};

test('a venue that keeps brackets meets their case, and one that takes them apart does not', async () => {
  expect(await isMet('ends-the-other-exit-of-a-bracket', stageOf(keepsBrackets))).toBe(true);
  const apart = stageOf(doing((venue) => ({ submit: ungrouped(venue) })));
  const met = isMet('ends-the-other-exit-of-a-bracket', apart);
  expect(await Promise.race([met, sleep(IN_VAIN_MS, false)])).toBe(false);
});
