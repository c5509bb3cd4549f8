/** The addresses of an emulator, as a connector's settings would name them. */
export interface EmulatorUrls {
  readonly rest: string;
  readonly wallet: string;
  readonly streams: string;
  readonly socketApi: string;
}

/** The addresses of the emulator at a port. Shape: ccxt knows spot streams by `/stream` in their address. */
export function urlsOf({ port }: { readonly port: number }): EmulatorUrls {
  const host = `127.0.0.1:${port}`;
  return {
    rest: `http://${host}/api/v3`,
    wallet: `http://${host}/sapi/v1`,
    streams: `ws://${host}/stream.binance.com/ws`,
    socketApi: `ws://${host}/ws-api/v3`,
  };
}

/** The part of a ccxt exchange that pointing it at an emulator changes. */
export interface Pointable {
  urls: unknown;
  options: Record<string, unknown>;
  loadHttpProxyAgent(): Promise<unknown>;
}

/** Makes a ccxt exchange of either kind talk to the emulator, for everything: no other address is left in it. */
export async function pointAt<Exchange extends Pointable>(
  exchange: Exchange,
  emulator: { readonly port: number },
): Promise<Exchange> {
  const { rest, wallet, streams, socketApi } = urlsOf(emulator);
  const nowhere = `http://127.0.0.1:${emulator.port}/not-emulated`;
  const urls = exchange.urls as { readonly api: Readonly<Record<string, unknown>> };
  const api: Record<string, unknown> = {};
  for (const name of Object.keys(urls.api)) api[name] = nowhere;
  exchange.urls = {
    ...urls,
    api: { ...api, public: rest, private: rest, sapi: wallet, ws: { spot: streams, 'ws-api': { spot: socketApi } } },
  };
  // Spot alone is emulated, so nothing else is asked for when markets are loaded.
  exchange.options['fetchMarkets'] = { types: ['spot'] };
  exchange.options['fetchMargins'] = false;
  // Without this ccxt refuses to open a WebSocket that is not encrypted.
  await exchange.loadHttpProxyAgent();
  return exchange;
}

/** The same addresses in the words of our own connector's settings. */
export function connectorUrls(emulator: { readonly port: number }) {
  const { streams, socketApi } = urlsOf(emulator);
  return { rest: `http://127.0.0.1:${emulator.port}`, streams, userStream: socketApi };
}
