import type { ConnectorCaseId } from '@gatehouse/edge/venues/connector-cases.ts';
import type { VenueStage } from '../venue-stage.ts';
import type { CaseBody } from './case-body.ts';
import { LIFE_CASES } from './life-cases.ts';
import { LINE_CASES } from './line-cases.ts';
import { MARKET_CASES } from './market-cases.ts';
import { ORDER_CASES } from './order-cases.ts';

/** What each case does; one without a body does not compile. */
export const CASE_BODIES: Readonly<Record<ConnectorCaseId, CaseBody>> = {
  ...ORDER_CASES,
  ...LIFE_CASES,
  ...LINE_CASES,
  ...MARKET_CASES,
};

/** Whether a case is met on a stage. */
export function isMet(id: ConnectorCaseId, stage: VenueStage): Promise<boolean> {
  return CASE_BODIES[id](stage).then(
    () => true,
    () => false,
  );
}
