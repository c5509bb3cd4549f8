import type { ConnectorCaseId } from '@gatehouse/edge/venues/connector-cases.ts';
import type { CaseBody } from './case-body.ts';
import { LIFE_CASES } from './life-cases.ts';
import { LINE_CASES } from './line-cases.ts';
import { ORDER_CASES } from './order-cases.ts';

/** What each case does; one without a body does not compile. */
export const CASE_BODIES: Readonly<Record<ConnectorCaseId, CaseBody>> = {
  ...ORDER_CASES,
  ...LIFE_CASES,
  ...LINE_CASES,
};
