import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { negate, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { instant } from '@gatehouse/shared/values/instant.ts';
import { createCash } from './cash.ts';
import { createDoneIds } from './done-ids.ts';
import type { Entered } from './entered.ts';
import { createHalts } from './halts.ts';
import { isWeighed } from './held-weights.ts';
import { createScope } from './holding-state.ts';
import { HoldingStore } from './holding-store.ts';
import { Holdings } from './holdings.ts';
import { createLedgers, profitOf } from './ledgers.ts';
import { createLocates } from './locates.ts';
import { OpenOrders } from './open-orders.ts';
import { createHistories } from './order-history.ts';
import { restOf } from './order-rest.ts';
import { joinOrder, numbered } from './order-templates.ts';
import { createLog, type Parts } from './parts.ts';
import { createPlaces, type Place, type Places } from './place.ts';
import { createRecentOrders } from './recent-orders.ts';
import { createRuns, type RunPast } from './runs.ts';
import { AggregatesSnapshot } from './snapshot-schema.ts';
import { createTickets } from './tickets.ts';
import type { Logged, LoggedPast } from './window-log.ts';

type Snapshot = AggregatesSnapshot;

const EMPTY: Snapshot = {
  v: 1,
  halts: { epoch: 0, active: [], isFull: false },
  runs: { earlier: [] },
  days: {},
  templates: [],
  intents: [],
  open: [],
  ended: [],
  hasTiers: false,
  instruments: [],
  scopes: [],
  strays: [],
  cash: [],
  unvalued: [],
  places: [],
  messages: { entries: [] },
  rejections: { entries: [] },
  executions: { entries: [] },
  recent: { orders: [] },
  histories: [],
  locates: [],
  tickets: { open: [], used: [] },
};

/** The parts that a snapshot describes; empty ones without it. Errors: `MESSAGE_MALFORMED` for a snapshot of another form. */
export function partsOf(wire: JsonValue | undefined): Parts {
  const snapshot = wire === undefined ? EMPTY : decode(AggregatesSnapshot, wire, 'the snapshot of the aggregates');
  const places = createPlaces();
  const numberedPlaces = snapshot.places.map(([desk, trader, client, account, algorithm, instrument, venue]) =>
    places.at({ desk, trader, client, account, algorithm, instrument, venue }),
  );
  const holdings = holdingsOf(snapshot);
  const { recent, tickets } = snapshot;
  return {
    places,
    holdings,
    orders: ordersOf(snapshot, holdings, places),
    halts: createHalts(snapshot.halts),
    tickets: createTickets(tickets),
    locates: createLocates(snapshot.locates.map(([locate, used]) => ({ locate, used }))),
    done: createDoneIds(snapshot.done),
    cash: createCash(
      snapshot.cash.map(([account, currency, amount]) => ({ account, currency, amount })),
      snapshot.unvalued.map(([account, instrument, currency, amount]) => ({ account, instrument, currency, amount })),
    ),
    runs: createRuns(
      snapshot.runs.current === undefined ? undefined : asRun(snapshot.runs.current),
      snapshot.runs.earlier.map(asRun),
    ),
    messages: createLog('messages', pastOf(snapshot.messages, numberedPlaces)),
    rejections: createLog('rejections', pastOf(snapshot.rejections, numberedPlaces)),
    executions: createLog('executions', pastOf(snapshot.executions, numberedPlaces)),
    recent: createRecentOrders({
      knownFrom: recent.knownFrom,
      orders: recent.orders.map(([id, algorithm, instrument, side, quantity, limitPrice, decidedAt, further]) => {
        const order = {
          id,
          algorithm,
          instrument,
          side,
          quantity,
          decidedAt,
          ...(further === undefined ? {} : { further }),
        };
        return limitPrice === null ? order : { ...order, limitPrice };
      }),
    }),
    histories: createHistories(
      snapshot.histories.map(([account, instrument, quantities]) => ({ account, instrument, quantities })),
    ),
  };
}

function asRun({ id, at, day }: Snapshot['runs']['earlier'][number]): RunPast {
  return { id, at, day };
}

function ordersOf({ templates, intents, open, ended }: Snapshot, holdings: Holdings, places: Places): OpenOrders {
  const asEntered = ([template, own, state, filled, replacedBy]: Snapshot['open'][number]): Entered => {
    const order = joinOrder(templates, [template, own]);
    const lane = holdings.store.lane(places.of(order));
    return { open: { order, state, filled }, lane, replacedBy: replacedBy ?? undefined };
  };
  const orders = new OpenOrders({
    intents: intents.map((split) => joinOrder(templates, split)),
    open: open.map(asEntered),
    ended: ended.map(asEntered),
  });
  for (const { open: known, lane } of orders.past().open) {
    const quantity = isWeighed(known.order) ? ZERO : restOf(known);
    holdings.reopen(lane, { side: known.order.side, quantity });
  }
  for (const change of orders.weights.takeChanges()) holdings.weigh(change.lane, change);
  return orders;
}

function pastOf({ knownFrom, from, entries }: Snapshot['messages'], places: readonly Place[]): LoggedPast {
  let at: bigint = from ?? 0n;
  const past: Logged[] = [];
  for (const [passedNs, place, weight] of entries) {
    at += BigInt(passedNs);
    past.push({ at: instant(at), place: numbered(places, place, 'place'), weight });
  }
  return { knownFrom, entries: past };
}

function holdingsOf(snapshot: Snapshot): Holdings {
  const { day, earlierDay, unknownTo } = snapshot.days;
  const store = new HoldingStore(createLedgers({ roll: 0, day, earlierDay }));
  const holdings = new Holdings(store);
  holdings.daysUnknownTo = unknownTo;
  holdings.hasTiers = snapshot.hasTiers;
  for (const stray of snapshot.strays) holdings.strays.add(stray);
  for (const { id, terms, tier, dealtIn, mark } of snapshot.instruments) {
    holdings.describe(id, { tier, ...(terms === undefined ? {} : { terms }) });
    store.instrument(id).dealtIn = dealtIn;
    if (mark !== undefined) holdings.mark({ instrument: id, price: mark[0], at: mark[1] });
  }
  for (const entry of snapshot.scopes) restoreScope(store, entry);
  store.ledgers.settle();
  return holdings;
}

function restoreScope(
  store: HoldingStore,
  { scope: text, day, cells, ledgers, otherFees = [], ...days }: Snapshot['scopes'][number],
): void {
  const scope = createScope(text, {
    venues: days.venues,
    instruments: days.instruments,
    counts: days.counts.map(([on, orders, messages, transactions, orderVolume, tradeVolume]) => [
      on,
      { orders, messages, transactions, orderVolume, tradeVolume, answer: undefined },
    ]),
  });
  scope.day = day;
  store.addScope(scope);
  for (const [currency, peak, start, dayPeak, earlierStart, earlierPeak] of ledgers) {
    store.ledgers.take(scope, { currency, peak, start, dayPeak, earlierStart, earlierPeak });
  }
  for (const [currency, fees] of otherFees) {
    scope.otherFees.set(currency, fees);
    store.ledgers.earnIn(scope, currency, negate(fees));
  }
  for (const [instrument, position, flow, fees] of cells) {
    const cell = store.cell(text, store.instrument(instrument), { position, flow, fees });
    store.ledgers.earn(cell, profitOf(cell));
  }
}
