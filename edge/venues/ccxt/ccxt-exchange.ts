import type { pro } from 'ccxt';
import type { VenueSecret } from '../define-connector.ts';
import { scrub } from './scrub.ts';
import type { CcxtSettings } from './settings.ts';
import type { Transport } from './transport.ts';

/** ccxt's own class for Binance, with its sockets. */
export type CcxtBinance = InstanceType<typeof pro.binance>;

/** A socket of ccxt, as much of it as is looked at. */
export interface CcxtSocket {
  readonly url: string;
  send(message: unknown): Promise<unknown>;
}

/** What a session with ccxt is made of. */
export interface ExchangeRequest {
  readonly settings: Pick<CcxtSettings, 'urls' | 'requestTimeoutMs' | 'recvWindowMs' | 'symbol'>;
  /** Absent for public data alone. */
  readonly secret?: VenueSecret | undefined;
  readonly transport: Pick<Transport, 'fetch'>;
  readonly serverMs: () => number;
  readonly log: (line: string) => void;
  /** Takes each message of a socket before ccxt does. Shape: `true` keeps it from ccxt. */
  readonly onMessage: (socket: CcxtSocket, message: unknown) => boolean;
  /** A socket ended or failed. */
  readonly onEnd: (socket: CcxtSocket, reason: string) => void;
}

/**
 * An exchange of ccxt that sends nothing twice and says nothing secret.
 *
 * Shape: ccxt is loaded with the first call, since it is large. Its own retries, its queue of requests and its wait before a socket are
 *        off: those decisions are made here, by the exchange's own limits.
 */
export async function createCcxtBinance(request: ExchangeRequest): Promise<CcxtBinance> {
  const { settings, secret, transport, log } = request;
  const { default: ccxt } = await import('ccxt');
  const exchange = new ccxt.pro.binance({
    ...(secret === undefined ? {} : { apiKey: secret.key, secret: secret.secret }),
    enableRateLimit: false,
    timeout: settings.requestTimeoutMs,
    verbose: false,
    fetchImplementation: transport.fetch,
    options: {
      defaultType: 'spot',
      recvWindow: settings.recvWindowMs,
      adjustForTimeDifference: false,
      maxRetriesOnFailure: 0,
      fetchCurrencies: false,
      crossMarginPairsData: [],
      isolatedMarginPairsData: [],
      tradesLimit: 1_000,
      ordersLimit: 1_000,
      // One socket for all public streams, so that one heartbeat is about all of them.
      streamLimits: { spot: 1 },
      ws: { backoff: { base: 0, max: 0 } },
    },
  });
  exchange.nonce = request.serverMs;
  exchange.log = (...words: unknown[]) => log(scrub(`ccxt: ${words.map(String).join(' ')}`, secret));
  // Without it ccxt opens no unencrypted socket, not even within this machine.
  await exchange.loadHttpProxyAgent();
  useUrls(exchange, settings.urls);
  tapSockets(exchange, request);
  return exchange;
}

/** The name of the class that ccxt threw. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.constructor.name : 'unknown';
}

function useUrls(exchange: CcxtBinance, urls: CcxtSettings['urls']): void {
  if (urls === undefined) return;
  const root = urls.rest.replace(/\/+$/, '');
  const api = exchange.urls['api'] as Record<string, unknown>;
  const sockets = api['ws'] as Record<string, unknown>;
  // Nothing but spot has an address left, so that no call can reach another host.
  exchange.urls['api'] = {
    public: `${root}/api/v3`,
    private: `${root}/api/v3`,
    v1: `${root}/api/v1`,
    sapi: `${root}/sapi/v1`,
    ws: { ...sockets, spot: urls.streams, 'ws-api': { spot: urls.userStream } },
  } as never;
}

function tapSockets(exchange: CcxtBinance, { onMessage, onEnd, secret }: ExchangeRequest): void {
  const handle = exchange.handleMessage.bind(exchange);
  const fail = exchange.onError.bind(exchange);
  const close = exchange.onClose.bind(exchange);
  exchange.handleMessage = (client: CcxtSocket, message: unknown) => {
    if (!onMessage(client, message)) handle(client as never, message);
  };
  exchange.onError = (client: CcxtSocket, error: unknown) => {
    fail(client as never, error);
    onEnd(client, scrub(error instanceof Error ? error.message : 'the socket failed', secret));
  };
  exchange.onClose = (client: CcxtSocket, error: unknown) => {
    close(client as never, error);
    onEnd(client, 'the socket was closed');
  };
}
