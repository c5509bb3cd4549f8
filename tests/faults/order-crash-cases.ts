import type { OrderState } from '@gatehouse/shared/schema/bodies.ts';
import { message, request } from '../emulators/kit/faults.ts';
import { until } from '../fixtures/paper-session.ts';
import type { CrashSession, Show } from './crash-session.ts';
import { lastStates } from './expect-sound-orders.ts';

// Each way in which the process of an edge can die between two steps of an order.

/** A new order on its way to the exchange. */
export const PLACE = request('POST', '/api/v3/order');
const CANCEL = request('DELETE', '/api/v3/order');
const ACCEPTED = message('"e":"executionReport"', '"x":"NEW"');
const CANCELED = message('"e":"executionReport"', '"x":"CANCELED"');
const PART = message('"e":"executionReport"', '"x":"TRADE"', '"X":"PARTIALLY_FILLED"');
const LAST = message('"e":"executionReport"', '"x":"TRADE"', '"X":"FILLED"');
/** Less than the smallest order. Units: of the instrument. */
export const THIN = '0.05';
/** More than a process makes before it dies. */
const REQUESTS_MAX = 1_000;

/** A crash: what is shown, what goes wrong, and when the process dies. Shape: the process is dead when it resolves. */
export interface Crash {
  readonly name: string;
  die(session: CrashSession): Promise<void>;
}

/** Everything that comes before an order trades. */
export const ENTRIES: readonly Crash[] = [
  {
    name: 'intent and decision are on disk, and nothing was handed over',
    async die(session) {
      await session.arm('before-hand-over');
      session.close({ trades: 'market' });
    },
  },
  {
    name: 'the connector has the order, and nothing more is on disk',
    async die(session) {
      await session.arm('after-hand-over');
      session.close({ trades: 'limit' });
    },
  },
  {
    name: 'the order is lost on its way, with "sent" on disk',
    async die(session) {
      session.emulator.faults.onRequest({ kind: 'lose-request', how: 'silence' }, { match: PLACE });
      session.close({ trades: 'market' });
      await newestIs(session, 'sent');
      session.killNow();
    },
  },
  {
    name: 'the order has arrived, and is lost before it is looked at',
    async die(session) {
      session.emulator.faults.onRequest({ kind: 'lose-request', how: 'reset' }, { match: killing(session, PLACE) });
      session.close({ trades: 'limit' });
    },
  },
  {
    name: 'the order stands, and its answer never leaves',
    async die(session) {
      session.emulator.faults.onRequest({ kind: 'drop-answer', how: 'silence' }, { match: killing(session, PLACE) });
      session.close({ trades: 'limit' });
    },
  },
  {
    name: 'the order stands and was answered, and its report is withheld',
    async die(session) {
      const { faults, log } = session.emulator;
      faults.onMessage({ kind: 'drop' }, { match: ACCEPTED });
      const before = log.requests('POST', '/api/v3/order').length;
      session.close({ trades: 'limit' });
      await until(
        () => log.requests('POST', '/api/v3/order')[before]?.status === 200,
        () => 'the order was answered',
      );
      session.killNow();
    },
  },
  {
    name: 'the report that the order stands is just leaving',
    async die(session) {
      session.emulator.faults.onMessage({ kind: 'duplicate' }, { match: killing(session, ACCEPTED) });
      session.close({ trades: 'market' });
    },
  },
  {
    name: 'the order stands, and "sent" never came to the disk',
    async die(session) {
      const { history } = session.emulator;
      const before = history.ordersOf('R').length;
      await session.arm('copies-journal');
      session.close({ trades: 'limit' });
      await until(
        () => history.ordersOf('R').length > before,
        () => 'the order stands',
      );
      session.killNow();
      await session.gone();
      session.rewind();
    },
  },
];

/** Everything after it stands. */
export const EXECUTIONS: readonly Crash[] = [
  {
    name: 'the order is known to stand, and is executed while nobody listens',
    async die(session) {
      await standing(session, { trades: 'limit' });
      session.killNow();
      await session.gone();
      session.close();
    },
  },
  {
    name: 'a part was executed, and its report is withheld',
    async die(session) {
      await standing(session, { trades: 'limit' });
      session.emulator.faults.onMessage({ kind: 'drop' }, { match: killing(session, PART) });
      session.close({ volume: THIN });
    },
  },
  {
    name: 'the report of a part is just leaving',
    async die(session) {
      await standing(session, { trades: 'limit' });
      session.emulator.faults.onMessage({ kind: 'duplicate' }, { match: killing(session, PART) });
      session.close({ volume: THIN });
    },
  },
  {
    name: 'a part is on disk, and the rest is executed while nobody listens',
    async die(session) {
      await standing(session, { trades: 'limit' });
      session.close({ volume: THIN });
      await newestIs(session, 'part-filled');
      session.killNow();
      await session.gone();
      session.close();
    },
  },
  {
    name: 'the last execution happened, and its report is withheld',
    async die(session) {
      await standing(session, { trades: 'market' });
      session.emulator.faults.onMessage({ kind: 'drop' }, { match: killing(session, LAST) });
      session.close();
    },
  },
  {
    name: 'the report of the last execution is just leaving',
    async die(session) {
      await standing(session, { trades: 'market' });
      session.emulator.faults.onMessage({ kind: 'duplicate' }, { match: killing(session, LAST) });
      session.close();
    },
  },
  {
    name: 'the last execution is on disk',
    async die(session) {
      await standing(session, { trades: 'market' });
      session.close();
      await newestIs(session, 'filled');
      session.killNow();
    },
  },
  {
    name: 'the exchange ends one order, and somebody takes another back, while nobody listens',
    async die(session) {
      await standing(session, { rests: 2 });
      session.killNow();
      await session.gone();
      const [first, second] = session.emulator.history.liveOrdersOf('R').slice(-2);
      session.emulator.expireByVenue(first?.clientOrderId ?? '');
      session.emulator.cancelByHand(second?.clientOrderId ?? '');
    },
  },
];

/**
 * What becomes of the requests of a kill to take orders back, and of what the exchange says of it.
 *
 * Shape: of the requests that go out together at most one is looked at, so that the next start has some left to make.
 */
export const CANCELS: readonly ((session: CrashSession) => void)[] = [
  (session) => {
    session.emulator.faults.onRequest({ kind: 'lose-request', how: 'silence' }, { match: killing(session, CANCEL) });
    loseCancels(session, 0);
  },
  (session) => {
    session.emulator.faults.onMessage({ kind: 'drop' }, { match: CANCELED });
    session.emulator.faults.onRequest({ kind: 'drop-answer', how: 'silence' }, { match: killing(session, CANCEL) });
    loseCancels(session, 0);
  },
  (session) => {
    session.emulator.faults.onMessage({ kind: 'drop' }, { match: killing(session, CANCELED) });
    loseCancels(session, 1);
  },
  (session) => {
    session.emulator.faults.onMessage({ kind: 'duplicate' }, { match: killing(session, CANCELED) });
    loseCancels(session, 1);
  },
];

function loseCancels({ emulator }: CrashSession, skip: number): void {
  emulator.faults.onRequest({ kind: 'lose-request', how: 'silence' }, { match: CANCEL, skip, times: REQUESTS_MAX });
}

/** Lets an order be made and waits until it is known to stand. */
export async function standing(session: CrashSession, show: Show): Promise<void> {
  await session.pass(show);
  await newestIs(session, 'working');
}

/** Waits until the newest order on disk is in a state. */
async function newestIs(session: CrashSession, state: OrderState): Promise<void> {
  await session.onDisk(
    (entries) => [...lastStates(entries).values()].at(-1) === state,
    () => `an order that is ${state}, and not ${[...lastStates(session.entries())].slice(-5).join('; ')},`,
  );
}

/** A match that kills the process with the first thing that it matches, before that goes on. */
export function killing<Sight>(session: CrashSession, match: (sight: Sight) => boolean): (sight: Sight) => boolean {
  return (sight) => {
    if (!match(sight)) return false;
    session.killNow();
    return true;
  };
}
