import type { Control } from '../define-control.ts';
import { accountPermission } from './account-permission.ts';
import { algorithmApproval } from './algorithm-approval.ts';
import { algorithmSheet } from './algorithm-sheet.ts';
import { assetClassLimit } from './asset-class-limit.ts';
import { buyingPower } from './buying-power.ts';
import { clockError } from './clock-error.ts';
import { closeOut } from './close-out.ts';
import { concentration } from './concentration.ts';
import { contactAge } from './contact-age.ts';
import { creditLimit } from './credit-limit.ts';
import { dailyLoss } from './daily-loss.ts';
import { drawdown } from './drawdown.ts';
import { duplicateOrder } from './duplicate-order.ts';
import { environment } from './environment.ts';
import { executionThrottle } from './execution-throttle.ts';
import { expectedShortfall } from './expected-shortfall.ts';
import { fatFinger } from './fat-finger.ts';
import { grossExposure } from './gross-exposure.ts';
import { knownInstrument } from './known-instrument.ts';
import { leasedShare } from './leased-share.ts';
import { leverageCap } from './leverage-cap.ts';
import { liquidityLimit } from './liquidity-limit.ts';
import { locate } from './locate.ts';
import { marketDataAge } from './market-data-age.ts';
import { marketRegime } from './market-regime.ts';
import { marketWideBreaker } from './market-wide-breaker.ts';
import { maxOrderQuantity } from './max-order-quantity.ts';
import { maxOrderValue } from './max-order-value.ts';
import { messageRate } from './message-rate.ts';
import { netExposure } from './net-exposure.ts';
import { orderConsistency } from './order-consistency.ts';
import { orderToTradeNumber } from './order-to-trade-number.ts';
import { orderToTradeVolume } from './order-to-trade-volume.ts';
import { orderTypeAllowed } from './order-type-allowed.ts';
import { personRestriction } from './person-restriction.ts';
import { portfolioBeta } from './portfolio-beta.ts';
import { portfolioCorrelation } from './portfolio-correlation.ts';
import { portfolioVolatility } from './portfolio-volatility.ts';
import { positionLimit } from './position-limit.ts';
import { priceBand } from './price-band.ts';
import { priceCollar } from './price-collar.ts';
import { priceCollarPeriod } from './price-collar-period.ts';
import { priceIncrement } from './price-increment.ts';
import { quantityIncrement } from './quantity-increment.ts';
import { restrictedList } from './restricted-list.ts';
import { sanctions } from './sanctions.ts';
import { sectorLimit } from './sector-limit.ts';
import { selfMatch } from './self-match.ts';
import { shortSaleMarking } from './short-sale-marking.ts';
import { shortSalePriceTest } from './short-sale-price-test.ts';
import { sourceDivergence } from './source-divergence.ts';
import { duplicateOrder1 } from './superseded/duplicate-order@1.ts';
import { maxOrderValue1 } from './superseded/max-order-value@1.ts';
import { orderTypeAllowed1 } from './superseded/order-type-allowed@1.ts';
import { positionLimit1 } from './superseded/position-limit@1.ts';
import { traderPermission } from './trader-permission.ts';
import { tradingHalt } from './trading-halt.ts';
import { tradingSession } from './trading-session.ts';
import { tradingState } from './trading-state.ts';
import { valueAtRisk } from './value-at-risk.ts';
import { volatilityHalt } from './volatility-halt.ts';
import { worstPrice } from './worst-price.ts';

/** The newest version of every control, in the order of a decision's rows. */
export const currentControls: readonly Control[] = [
  // Is the order one that can be?
  knownInstrument,
  priceIncrement,
  quantityIncrement,
  orderTypeAllowed,
  orderConsistency,

  // Does it look like an error?
  maxOrderQuantity,
  maxOrderValue,
  priceCollar,
  priceCollarPeriod,
  worstPrice,
  fatFinger,
  duplicateOrder,

  // Are there too many?
  messageRate,
  executionThrottle,
  orderToTradeNumber,
  orderToTradeVolume,

  // Can the firm bear it?
  creditLimit,
  leasedShare,
  grossExposure,
  netExposure,
  positionLimit,
  concentration,
  buyingPower,
  leverageCap,
  sectorLimit,
  assetClassLimit,
  liquidityLimit,
  dailyLoss,
  drawdown,

  // Does the portfolio permit it?
  valueAtRisk,
  expectedShortfall,
  portfolioBeta,
  portfolioCorrelation,
  portfolioVolatility,
  marketRegime,

  // Does the law permit it?
  restrictedList,
  personRestriction,
  sanctions,
  shortSaleMarking,
  locate,
  shortSalePriceTest,
  closeOut,
  tradingHalt,
  priceBand,
  marketWideBreaker,
  tradingSession,

  // May this person, account and algorithm do it?
  traderPermission,
  accountPermission,
  algorithmApproval,
  algorithmSheet,
  environment,

  // Is trading open, and is everything well?
  tradingState,
  selfMatch,
  marketDataAge,
  sourceDivergence,
  clockError,
  contactAge,
  volatilityHalt,
];

/** Versions that sheets and records of the past still name. */
export const supersededControls: readonly Control[] = [
  duplicateOrder1,
  maxOrderValue1,
  orderTypeAllowed1,
  positionLimit1,
];

/** Every control that this release can run; what a decision recorded as its control set is a selection of these. */
export const controls: readonly Control[] = [...currentControls, ...supersededControls];
