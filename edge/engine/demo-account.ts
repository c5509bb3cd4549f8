import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { withLeiCheckDigits } from '@gatehouse/shared/values/identifiers.ts';
import type { TradingIdentity } from './order-builder.ts';

/** The made-up firm of demonstrations. Shape: right check digits, and `DEMO` in its text; no such entity is registered. */
const DEMO_LEGAL_ENTITY = withLeiCheckDigits('GATEHOUSEDEMO00000');

/** Who trades in a demonstration: on paper, for the made-up firm's own account. */
export const DEMO_IDENTITY: TradingIdentity = {
  environment: 'paper',
  legalEntity: DEMO_LEGAL_ENTITY,
  desk: 'demo-desk',
  trader: 'P-demo-trader',
  client: 'demo-house',
  account: 'demo-paper',
  decisionMaker: 'P-demo-trader',
  executingPerson: 'P-demo-trader',
  capacity: 'DEAL',
};

/** What the demonstration's account starts with. Units: US dollars. */
export const DEMO_DEPOSIT = decimal('1000000');

/** What the demonstration pays for a fill. Units: basis points of its value. */
export const DEMO_FEE_BPS = decimal('0.5');
