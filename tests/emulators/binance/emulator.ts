import type { EngineOptions } from '@gatehouse/edge/venues/sim/matching-engine.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import type { FaultPlan } from '../kit/faults.ts';
import { createVenueClock, type VenueClock } from '../kit/venue-clock.ts';
import type { WireLog } from '../kit/wire-log.ts';
import { startWireServer } from '../kit/wire-server.ts';
import { ACCOUNT_OPERATIONS } from './account-operations.ts';
import { type Account, type ApiKey, balanceOf, credit, type KeyPermissions } from './accounts.ts';
import { fixed } from './amounts.ts';
import { type Hall, handleHttp, handleSocketRequests } from './doors.ts';
import { advance, type BarsAs, type MarketStep } from './driver.ts';
import { Exchange } from './exchange.ts';
import { DEFAULT_LIMITS, type LimitFigures, Limits } from './limits.ts';
import { listOperations } from './list-operations.ts';
import type { LiveOrderHistory } from './live-orders.ts';
import type { Market } from './market.ts';
import { MARKET_OPERATIONS } from './market-operations.ts';
import { MarketStreams } from './market-streams.ts';
import type { QuerySettings } from './operation.ts';
import { type OrderRequest, readOrderRequest } from './order-request.ts';
import type { BinanceOrder } from './orders.ts';
import { DEFAULT_SYMBOLS, type SymbolRules } from './symbols.ts';
import { TRADE_OPERATIONS } from './trade-operations.ts';
import { createUserStreams } from './user-streams.ts';

/** An account for the emulator to open. Shape: rates are factors; a key without permissions may read and trade. */
export interface AccountSetup {
  readonly id: string;
  readonly balances: Readonly<Record<string, string>>;
  readonly keys: readonly {
    readonly key: string;
    readonly secret: string;
    readonly permissions?: Partial<KeyPermissions>;
  }[];
  readonly makerRate?: string;
  readonly takerRate?: string;
  readonly burnsBnb?: boolean;
}

/** How an emulator is set up; what is left out is as at the exchange. */
export interface EmulatorSetup {
  readonly symbols?: readonly SymbolRules[];
  readonly accounts?: readonly AccountSetup[];
  readonly limits?: Partial<LimitFigures>;
  readonly queries?: Partial<QuerySettings>;
  /** Puts the venue's clock under the driver's hand from the start. */
  readonly startMs?: number;
  /** What the server's own time goes by: the wall clock even while the market is driven, or the market. */
  readonly serverTime?: 'wall' | 'market';
  readonly barsAs?: BarsAs;
  readonly engine?: Partial<EngineOptions>;
}

/** An emulated Binance spot exchange on a loopback port. */
export interface BinanceEmulator {
  readonly port: number;
  readonly faults: FaultPlan;
  readonly log: WireLog;
  readonly clock: VenueClock;
  readonly limits: Limits;
  readonly queries: QuerySettings;
  readonly history: LiveOrderHistory;
  /** Lets the market do something. */
  advance(step: MarketStep): void;
  /** What an account has of an asset, as texts of eight digits behind the point. */
  balance(account: string, asset: string): { readonly free: string; readonly locked: string };
  /** Deposits, or with a minus takes out. */
  transfer(account: string, asset: string, amount: string): void;
  /** Makes an order by hand, past the wire, as somebody with the exchange's own app would. */
  placeByHand(account: string, parameters: Readonly<Record<string, string>>): { readonly orderId: number };
  /** Ends an open order as the exchange does by itself. */
  expireByVenue(clientOrderId: string): void;
  /** Takes an open order back as somebody with the exchange's own app would. */
  cancelByHand(clientOrderId: string): void;
  /** What a key may do from now on. */
  permit(key: string, permissions: Partial<KeyPermissions>): void;
  /** Replaces the secret of a key, or takes the key away where there is none. */
  rotate(key: string, secret: string | undefined): void;
  /** How many user data streams are subscribed. */
  userStreams(): number;
  /** Ends the user data streams with a message, while their connections stay. */
  terminateUserStreams(): void;
  /** Breaks every WebSocket connection, without refusing new ones. */
  dropSockets(): void;
  unplug(): Promise<void>;
  plug(): Promise<void>;
  stop(): Promise<void>;
}

/** The account and key of an emulator that is told nothing else. */
export const DEFAULT_ACCOUNT: AccountSetup = {
  id: 'main',
  balances: { BTC: '10', ETH: '100', BNB: '0', USDT: '1000000' },
  keys: [{ key: 'emulated-key', secret: 'emulated-secret' }],
};

const DAY_MS = 86_400_000;
const CLOCK_TICK_MS = 200;
const PERMITTED: KeyPermissions = { reading: true, spotTrading: true, withdrawals: false, ipRestricted: true };

/** Starts an emulator on a free port. */
export async function startBinance(setup: EmulatorSetup = {}): Promise<BinanceEmulator> {
  const clock = createVenueClock({
    ...(setup.startMs === undefined ? {} : { startMs: setup.startMs }),
    server: setup.serverTime ?? 'wall',
  });
  const limits = new Limits({ ...DEFAULT_LIMITS, ...setup.limits });
  const queries: QuerySettings = { lagMs: 0, archiveAfterMs: 90 * DAY_MS, archiveCode: -2026, ...setup.queries };
  const accounts = (setup.accounts ?? [DEFAULT_ACCOUNT]).map(openAccount);
  const keys = accounts.flatMap(({ keys: own }) => own);
  const users = createUserStreams();
  const streams = new MarketStreams(() => clock.now());
  const exchange = new Exchange({
    symbols: setup.symbols ?? DEFAULT_SYMBOLS,
    engine: { ...(setup.barsAs === 'bars' ? { takes: 'later' as const } : {}), ...setup.engine },
    clock,
    limits,
    isOnBars: setup.barsAs === 'bars',
    audience: {
      user: (account, event) => users.tell(account, event),
      trade: (market, trade) => streams.trade(market, trade),
      klines: (market, closed) => streams.klines(market, closed),
      book: (market) => streams.book(market),
    },
  });
  const operations = [...TRADE_OPERATIONS, ...listOperations([]), ...ACCOUNT_OPERATIONS, ...MARKET_OPERATIONS];
  const hall: Hall = { exchange, keys, settings: queries, operations, users };

  function closeKlines(): void {
    const nowMs = Math.trunc(clock.unshifted());
    for (const market of exchange.markets.values()) {
      streams.klines(
        market,
        market.klines.map((series) => [series, series.advance(nowMs)] as const).filter(([, ended]) => ended.length > 0),
      );
    }
  }

  const server = await startWireServer(({ timers }) => {
    timers.every(CLOCK_TICK_MS, closeKlines);
    return {
      handle: (request) => handleHttp(hall, request),
      connect(line) {
        const [path = ''] = line.url.split('?');
        if (path === '/ws-api/v3') return handleSocketRequests(hall, line);
        return /\/(ws|stream)(\/|$)/.test(path) ? streams.connect(line) : undefined;
      },
    };
  });
  const driver = {
    exchange,
    barsAs: setup.barsAs ?? 'ticks',
    closeKlines,
    tellBook: (market: Market) => streams.book(market),
    tellKlines: (market: Market, closed: ReturnType<Market['takeIn']>) => streams.klines(market, closed),
  };
  const accountOf = (id: string): Account =>
    found(
      accounts.find(({ account }) => account.id === id),
      id,
    ).account;
  const openOrder = (clientOrderId: string): BinanceOrder =>
    found(
      exchange.orders.open().find((order) => order.clientOrderId === clientOrderId),
      clientOrderId,
    );
  const keyAt = (name: string): number => {
    const at = keys.findIndex(({ key }) => key === name);
    found(keys[at], name);
    return at;
  };

  return {
    port: server.port,
    faults: server.faults,
    log: server.log,
    clock,
    limits,
    queries,
    history: exchange.history,
    advance: (step) => advance(driver, step),
    balance(account, asset) {
      const { free, locked } = balanceOf(accountOf(account), asset);
      return { free: fixed(free), locked: fixed(locked) };
    },
    transfer: (account, asset, amount) => exchange.transfer(accountOf(account), asset, decimal(amount)),
    placeByHand(account, parameters) {
      const request: OrderRequest = readOrderRequest(new Map(Object.entries(parameters)));
      return { orderId: exchange.place(accountOf(account), request).orderId };
    },
    expireByVenue: (clientOrderId) => exchange.expire(openOrder(clientOrderId)),
    cancelByHand(clientOrderId) {
      exchange.cancel(openOrder(clientOrderId), exchange.generateId());
    },
    permit(name, permissions) {
      const at = keyAt(name);
      const key = found(keys[at], name);
      keys[at] = { ...key, permissions: { ...key.permissions, ...permissions } };
    },
    rotate(name, secret) {
      const at = keyAt(name);
      if (secret === undefined) keys.splice(at, 1);
      else keys[at] = { ...found(keys[at], name), secret };
    },
    userStreams: () => users.count(),
    terminateUserStreams: () => users.terminate(clock.now()),
    dropSockets() {
      for (const line of server.lines()) line.terminate();
    },
    unplug: server.unplug,
    plug: server.plug,
    stop: server.stop,
  };
}

function found<Thing>(thing: Thing | undefined, name: string): Thing {
  if (thing === undefined) throw new RangeError(`the emulator knows no ${name}`);
  return thing;
}

function openAccount(setup: AccountSetup): { readonly account: Account; readonly keys: readonly ApiKey[] } {
  const account: Account = {
    id: setup.id,
    balances: new Map(),
    makerRate: decimal(setup.makerRate ?? '0.001'),
    takerRate: decimal(setup.takerRate ?? '0.001'),
    burnsBnb: setup.burnsBnb ?? false,
    updatedAtMs: 0,
  };
  for (const [asset, amount] of Object.entries(setup.balances)) credit(account, asset, decimal(amount));
  const keys = setup.keys.map(({ key, secret, permissions }) => ({
    key,
    secret,
    permissions: { ...PERMITTED, ...permissions },
    account,
  }));
  return { account, keys };
}
