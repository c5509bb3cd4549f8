import { KitError } from '@gatehouse/shared/errors.ts';
import { describeIssues } from '@gatehouse/shared/schema/decode.ts';
import { isCurrency } from '@gatehouse/shared/values/currency.ts';
import { z } from 'zod';

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
/** The exchange's networks on which no money moves. */
const TEST_HOSTS = /^(?:(?:[a-z0-9-]+\.)*testnet\.binance\.vision|demo-(?:api|stream|ws-api)\.binance\.com)$/;

/** An address whose traffic nobody on the way can read or change: encrypted, or inside this machine. */
function address(encrypted: 'https:' | 'wss:', plain: 'http:' | 'ws:'): z.ZodType<string> {
  return z.string().refine((text) => {
    if (!URL.canParse(text)) return false;
    const { protocol, hostname, search, username, password } = new URL(text);
    if (search !== '' || username !== '' || password !== '') return false;
    return protocol === encrypted || (protocol === plain && LOOPBACK.has(hostname));
  }, `not an address that begins with ${encrypted}//, or ${plain}// on this machine`);
}

const Urls = z.strictObject({
  /** The root of the REST service, without a path. */
  rest: address('https:', 'http:'),
  /** The market streams, with their path, such as `wss://host/ws`. */
  streams: address('wss:', 'ws:'),
  /** The socket of the user's own stream, with its path, such as `wss://host/ws-api/v3`. */
  userStream: address('wss:', 'ws:'),
});

/**
 * What a connection through ccxt is set up with.
 *
 * Shape: `environment` says whether real money moves; it must be `paper` on this machine and on the exchange's test networks and `live`
 *        everywhere else, since any other host may pass orders on. `urls` stands in for the exchange's own addresses. `currencies` names what an asset of the exchange is
 *        booked as where that differs from its name. `mayTradeUnasked` lets a test network without that question trade with a key whose rights nobody told.
 * Units: milliseconds where the name says so.
 */
const CcxtSettings = z
  .strictObject({
    exchange: z.literal('binance'),
    environment: z.enum(['paper', 'live']),
    symbol: z.string().regex(/^[A-Z0-9]{2,15}\/[A-Z0-9]{2,15}$/, 'not a pair such as BTC/USDT'),
    urls: Urls.optional(),
    currencies: z.record(z.string(), z.string().refine(isCurrency, 'not a currency')).default({}),
    mayTradeUnasked: z.boolean().default(false),
    requestTimeoutMs: z.int().min(100).max(60_000).default(10_000),
    recvWindowMs: z.int().min(100).max(60_000).default(5_000),
    staleMs: z.int().min(200).max(60_000).default(5_000),
    heartbeatMs: z.int().min(50).max(20_000).default(1_500),
    reconnectMs: z.strictObject({ first: z.int().min(10), most: z.int().max(600_000) }).default({
      first: 500,
      most: 30_000,
    }),
    sweepMs: z.int().min(200).max(600_000).default(5_000),
    clock: z
      .strictObject({
        samples: z.int().min(1).max(20).default(5),
        everyMs: z.int().min(100).default(60_000),
        /** Zero measures anew before each signed request, for a test exchange whose clock is moved by hand. */
        ageMsMax: z.int().min(0).default(300_000),
        roundTripMsMax: z.int().min(1).max(30_000).default(1_000),
      })
      .default({ samples: 5, everyMs: 60_000, ageMsMax: 300_000, roundTripMsMax: 1_000 }),
    queue: z
      .strictObject({
        max: z.int().min(1).max(10_000).default(256),
        waitMs: z.int().min(0).max(120_000).default(5_000),
      })
      .default({ max: 256, waitMs: 5_000 }),
  })
  .refine(({ environment, urls }) => environment === 'live' || urls !== undefined, {
    message: 'paper trading names the addresses of an emulator or of a test network',
    path: ['urls'],
  })
  .refine(({ environment, urls }) => urls === undefined || (environment === 'live') === reachesMoney(urls), {
    message: 'paper is this machine and the exchange’s test networks; every other host is live',
    path: ['environment'],
  })
  .refine(({ environment, mayTradeUnasked }) => environment === 'paper' || !mayTradeUnasked, {
    message: 'a key whose rights are not known never trades live',
    path: ['mayTradeUnasked'],
  })
  .refine(({ heartbeatMs, staleMs }) => heartbeatMs * 2 <= staleMs, {
    message: 'twice the heartbeat does not fit into the stale limit',
    path: ['heartbeatMs'],
  })
  .refine(({ reconnectMs }) => reconnectMs.first <= reconnectMs.most, {
    message: 'the first pause is longer than the longest',
    path: ['reconnectMs'],
  });

/** What a connection through ccxt is set up with, every figure in place. */
export type CcxtSettings = z.output<typeof CcxtSettings>;

/** Reads the settings of a connection. Errors: `CONFIG_INVALID`, listing every problem. */
export function readCcxtSettings(settings: unknown): CcxtSettings {
  const read = CcxtSettings.safeParse(settings);
  if (read.success) return read.data;
  throw new KitError(
    'CONFIG_INVALID',
    `the settings of the connector ccxt are not usable: ${describeIssues(read.error)}`,
    {
      hint: 'Correct these settings; nothing was sent to any exchange.',
      problems: read.error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'value'}: ${message}`),
    },
  );
}

/** Whether any of the addresses is one at which real money may move. Shape: a name that ends with a dot is the same host as without it. */
function reachesMoney(urls: z.output<typeof Urls>): boolean {
  return Object.values(urls).some((text) => {
    if (!URL.canParse(text)) return false;
    const { hostname } = new URL(text);
    return !LOOPBACK.has(hostname) && !TEST_HOSTS.test(hostname);
  });
}
