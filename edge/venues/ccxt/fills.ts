import { KitError } from '@gatehouse/shared/errors.ts';
import { asPrice, asQuantity } from '@gatehouse/shared/values/amounts.ts';
import { type Currency, isCurrency } from '@gatehouse/shared/values/currency.ts';
import { ZERO } from '@gatehouse/shared/values/decimal.ts';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';
import type { VenueFill } from '../venue.ts';
import type { ExecutionReport, TradeAnswer } from './wire-forms.ts';

/** What an asset of the exchange is booked as. Errors: `CONFIG_INVALID` for one that has no currency. */
export type CurrencyOf = (asset: string) => Currency;

/** What assets are booked as: by the settings, else under their own name. */
export function currencyBook(named: Readonly<Record<string, string>>): CurrencyOf {
  return (asset) => {
    const currency = named[asset] ?? asset;
    if (isCurrency(currency)) return currency;
    throw new KitError('CONFIG_INVALID', `the asset ${asset} is booked as no currency`, {
      hint: 'Name its currency under "currencies" in the connector’s settings.',
    });
  };
}

/**
 * The id of an execution.
 *
 * Shape: the exchange counts trades per symbol, and one trade can be both sides of one account.
 */
export function fillId(symbolId: string, trade: bigint, side: 'buy' | 'sell'): string {
  return `${symbolId}-${trade}-${side}`;
}

/** An execution out of the answer to a question, with the exchange's own exact texts. */
export function fillOfTrade(trade: TradeAnswer, currencyOf: CurrencyOf): VenueFill {
  return {
    id: fillId(trade.symbol, trade.id, trade.isBuyer ? 'buy' : 'sell'),
    at: fromMillis(trade.time),
    quantity: asQuantity(trade.qty),
    price: asPrice(trade.price),
    fee: trade.commission,
    feeCurrency: currencyOf(trade.commissionAsset),
    liquidity: trade.isMaker ? 'maker' : 'taker',
  };
}

/** The execution that a report of the stream carries; nothing where it carries none. */
export function fillOfReport(report: ExecutionReport, currencyOf: CurrencyOf): VenueFill | undefined {
  if (report.x !== 'TRADE') return undefined;
  const { N: asset } = report;
  return {
    id: fillId(report.s, report.t, report.S),
    at: fromMillis(report.T),
    quantity: asQuantity(report.l),
    price: asPrice(report.L),
    fee: report.n ?? ZERO,
    ...(asset === null || asset === undefined ? {} : { feeCurrency: currencyOf(asset) }),
    ...(report.m === undefined ? {} : { liquidity: report.m ? 'maker' : 'taker' }),
  };
}
