import type { Lots } from '@gatehouse/shared/accounts/lots.ts';
import type { Position } from '@gatehouse/shared/accounts/position.ts';
import type { Currency } from '@gatehouse/shared/values/currency.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import type { LastPrice } from './last-prices.ts';

/** What an account holds of one instrument, by both methods. */
export interface HeldPosition {
  readonly instrument: string;
  readonly currency: Currency;
  readonly multiplier: Decimal;
  readonly position: Position;
  readonly lots: Lots;
  readonly lastPrice: LastPrice | undefined;
}

/** Money of one currency. */
export interface Balance {
  readonly currency: Currency;
  readonly amount: Decimal;
}
