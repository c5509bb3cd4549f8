import { setTimeout as sleep } from 'node:timers/promises';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';
import { expect } from 'vitest';
import { FAULT_ANSWERS } from '../../emulators/binance/fault-answers.ts';
import { type ArmedFault, type MessageSight, message, type RequestFault, request } from '../../emulators/kit/faults.ts';
import { BTC_USDT, type CcxtSession, openSession, quote, startExchange } from '../ccxt-session.ts';
import { DEPTH, listen, TRADE, trade } from '../market-session.ts';
import {
  type MarketSession,
  type MarketTrouble,
  type ReportTrouble,
  type StageSession,
  type StageSetup,
  type StageWire,
  soon,
  stageSession,
  type VenueStage,
} from '../venue-stage.ts';

type Emulator = CcxtSession['emulator'];

const POST = request('POST', '/api/v3/order');
const DELETE = request('DELETE', '/api/v3/order');
const QUIET_MS = 400;
const MANY = 100;
const REFUSED = { status: 400, body: '{"code":-2010,"msg":"Account has insufficient balance for requested action."}' };

/** Binance through ccxt, over real sockets, at an emulated exchange. */
export const ccxtStage: VenueStage = { takes: 'standing', open, openMarket };

/** Which exchange a session is at, for the next one to find it. */
const exchanges = new WeakMap<StageSession, Emulator>();

async function open(setup: StageSetup = {}): Promise<StageSession> {
  const before = setup.after === undefined ? undefined : exchanges.get(setup.after);
  const limits = setup.ordersMax === undefined ? {} : { limits: { ordersPerTenSeconds: setup.ordersMax } };
  const emulator = before ?? (await startExchange(limits));
  if (before === undefined) show(emulator, '100');
  if (setup.clockOffMs !== undefined) emulator.clock.shift(setup.clockOffMs);
  const connected = await openSession({
    at: emulator,
    working: setup.working ?? [],
    settings: setup.isHasty === undefined ? {} : { queue: { max: 100, waitMs: 100 } },
  });
  if (setup.refuses !== undefined)
    emulator.faults.onRequest({ kind: 'error-before', answer: REFUSED }, { match: POST });
  const session = stageSession({
    instrument: BTC_USDT,
    venue: connected.venue,
    events: connected.events,
    now: () => fromMillis(Date.now()),
    show: (price, size) => show(emulator, price, size),
    cut: async () => {
      await emulator.unplug();
      await soon(() => expect(connected.links().at(-1)).not.toBe('up'));
    },
    mend: async () => {
      await emulator.plug();
      await soon(() => expect(connected.links().at(-1)).toBe('up'));
    },
    quiet: () => quiet(connected),
    pass: (ms) => sleep(ms),
    wire: wireOf(connected),
  });
  exchanges.set(session, emulator);
  return session;
}

async function openMarket(): Promise<MarketSession> {
  const { emulator, feed, events } = await listen();
  const spoilt: Readonly<Record<MarketTrouble, () => unknown>> = {
    'change-lost': () => emulator.faults.onMessage({ kind: 'drop' }, { match: message(DEPTH) }),
    'change-crossed': () => emulator.faults.onMessage({ kind: 'replace', by: crossed }, { match: message(DEPTH) }),
    'trade-lost': () => emulator.faults.onMessage({ kind: 'drop' }, { match: message(TRADE) }),
    'trade-twice': () => emulator.faults.onMessage({ kind: 'duplicate' }, { match: message(TRADE) }),
    'line-broken': () => emulator.dropSockets(),
    'line-silent': () => emulator.faults.onMessage({ kind: 'mute' }, { match: message(DEPTH) }),
  };
  return {
    feed,
    events,
    now: () => fromMillis(Date.now()),
    quote: (bid, ask) => quote(emulator, bid, ask),
    trade: (price) => trade(emulator, price),
    spoil: (trouble) => void spoilt[trouble](),
    truth: async () => {
      const answer = await fetch(`http://127.0.0.1:${emulator.port}/api/v3/depth?symbol=BTCUSDT&limit=100`);
      const { bids, asks } = (await answer.json()) as Readonly<Record<'bids' | 'asks', readonly string[][]>>;
      return [...bids, ...asks].map(([price = '', size = '']) => `${Number(price)} ${Number(size)}`);
    },
  };
}

/** A change of the book with a bid far above every ask. */
function crossed(text: string): string {
  return text.replace(/"b":\[.*?\],"a"/, '"b":[["500.00","1"]],"a"');
}

/** Puts the best prices a tick apart, and trades there where there is plenty. */
function show(emulator: Emulator, price: string, size?: string): void {
  quote(emulator, (Number(price) - 0.01).toFixed(2), price, size);
  if (size === undefined) emulator.advance({ kind: 'trade', symbol: 'BTCUSDT', price, quantity: '0.00001' });
}

async function quiet({ events }: CcxtSession): Promise<void> {
  for (let heard = -1; heard !== events.length; ) {
    heard = events.length;
    await sleep(QUIET_MS);
  }
}

function wireOf(connected: CcxtSession): StageWire {
  const { emulator } = connected;
  const { faults, history, log, clock } = emulator;
  const armed: ArmedFault[] = [];
  const onRequest = (fault: RequestFault, match: typeof POST) => void armed.push(faults.onRequest(fault, { match }));
  return {
    loseAnswer: (to) => onRequest({ kind: 'drop-answer', how: 'reset' }, to === 'order' ? POST : DELETE),
    loseOrder: () => onRequest({ kind: 'lose-request', how: 'reset' }, POST),
    throttle: (seconds) => onRequest({ kind: 'error-before', answer: FAULT_ANSWERS.tooMany(seconds) }, POST),
    spoilReports: (trouble) => void armed.push(spoil(emulator, trouble)),
    mute: () => {
      const match = ({ topic }: MessageSight) => topic.startsWith('user') || topic === 'ws-api';
      armed.push(faults.onMessage({ kind: 'mute' }, { match }));
    },
    struck: () => armed.reduce((hits, fault) => hits + fault.hits(), 0),
    jumpClock: (ms) => clock.shift(ms),
    orderByHand: () => {
      const limit = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '1', price: '50' };
      emulator.placeByHand('main', { ...limit, newClientOrderId: 'web_1' });
    },
    cancelByHand: (order) => emulator.cancelByHand(order),
    endByVenue: (order) => emulator.expireByVenue(order),
    asked: (order) => connected.placed(order),
    made: (order) => history.ordersOf(order).filter(({ clientOrderId }) => clientOrderId === order).length,
    throttled: () => log.entries().filter(({ status }) => status === 429 || status === 418).length,
  };
}

function spoil({ faults }: Emulator, trouble: ReportTrouble): ArmedFault {
  const anyReport = { match: message('executionReport'), times: MANY };
  switch (trouble) {
    case 'twice':
      return faults.onMessage({ kind: 'duplicate' }, anyReport);
    case 'lost':
      return faults.onMessage({ kind: 'drop' }, anyReport);
    case 'acceptance-last':
      return faults.onMessage({ kind: 'reorder', behind: 2 }, { match: message('"x":"NEW"') });
    case 'execution-late':
      return faults.onMessage({ kind: 'reorder', behind: 1 }, { match: message('"x":"TRADE"') });
  }
}
