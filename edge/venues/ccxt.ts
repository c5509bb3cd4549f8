import { KitError } from '@gatehouse/shared/errors.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { ccxtBars } from '../feeds/ccxt-bars.ts';
import { ccxtMarket } from '../feeds/ccxt-market.ts';
import type { LeftOut } from './capabilities.ts';
import { CcxtVenue } from './ccxt/ccxt-venue.ts';
import { readCcxtSettings } from './ccxt/settings.ts';
import { type ConnectorDeps, defineConnector } from './define-connector.ts';
import type { Venue } from './venue.ts';

/** The exchange names an hour an hour. */
const INTERVALS: Readonly<Record<number, string>> = { 60: '1h' };

/** What the exchange could do and is not asked for. */
const LEFT_OUT: readonly LeftOut[] = [
  {
    of: 'trailing-stop',
    reason:
      'The exchange trails in basis points of its last price alone and does not say where its stop stands, so that no gate and no record could; the edge keeps the stop itself, on record and judged anew when it is triggered.',
  },
  {
    of: 'bracket',
    reason:
      'The exchange takes a bracket as one request for three orders, of which the gate judges each; where its answer is lost nobody knows which of them stand. The edge sends the entry, and the exits as it executes.',
  },
  {
    of: 'oco',
    reason:
      'The exchange ends both orders of a pair when one is cancelled or expires, and ends the other as soon as one executes in part, which leaves the rest unprotected. The edge keeps the pair and counts what each of them has executed.',
  },
  {
    of: 'canAmend',
    reason:
      'The exchange can cancel the old order and then refuse the new one, and can execute both where the old one fills meanwhile. The edge cancels it and sends a new one, each judged by the gate.',
  },
];

/** Binance's spot exchange, through ccxt. Shape: ccxt itself is loaded with the first connection, since it is large. */
export const ccxt = defineConnector({
  id: 'ccxt',
  title: 'Binance spot through ccxt',
  venues: ['BINANCE'],
  environment: 'live',
  environmentOf: (settings) => readCcxtSettings(settings).environment,
  capabilities: {
    orderTypes: ['market', 'limit', 'stop', 'stop-limit', 'take-profit', 'take-profit-limit'],
    timesInForce: ['gtc', 'ioc', 'fok'],
    auctions: [],
    groups: [],
    canAmend: false,
    canPostOnly: true,
    canReduceOnly: false,
    canShowPart: true,
    marketData: ['bars', 'quotes', 'books', 'trades'],
    leftOut: LEFT_OUT,
    // The exchange takes a request until its receive window is over, which is a minute at most.
    notFoundIsFinalAfterMs: 70_000,
  },
  exemptions: {},
  fillRules: ({ feeBps }) => [
    'The exchange fills by price and time; every price, quantity and fee is the one that it reports.',
    `Its own fees are booked, not the ${toText(feeBps)} bps of the run’s settings.`,
  ],
  assetOf: (settings) => baseOf(readCcxtSettings(settings)),
  feed: ({ spanMinutes, ...request }) =>
    ccxtBars({ ...request, interval: INTERVALS[spanMinutes] ?? `${spanMinutes}m` }),
  market: ccxtMarket,
  connect,
});

/** What the pair delivers, by the name under which it is booked. */
function baseOf({ symbol, currencies }: ReturnType<typeof readCcxtSettings>): string {
  const [base = ''] = symbol.split('/');
  return currencies[base] ?? base;
}

function connect(deps: ConnectorDeps): Venue {
  const settings = readCcxtSettings(deps.settings);
  const { services, secret } = deps;
  if (services === undefined || secret === undefined) {
    throw new KitError('CONFIG_INVALID', 'the connector ccxt has no clock to go by or no key to sign with', {
      hint: 'Seal a credential for this venue account and name it in the session.',
    });
  }
  return new CcxtVenue({ deps, settings, services, secret });
}
