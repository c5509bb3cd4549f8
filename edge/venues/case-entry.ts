import type { Capabilities } from './capabilities.ts';

/** What a case of the connectors' suite is about. */
export type CaseCapability =
  | 'orders'
  | 'market'
  | 'limit'
  | 'stop'
  | 'amend'
  | 'cancel'
  | 'bracket'
  | 'partial fills'
  | 'rejects'
  | 'disconnects'
  | 'reconcile'
  | 'duplicate and late reports'
  | 'clock offset'
  | 'rate limits'
  | 'market data';

/** A case as it is declared. */
export interface CaseEntry {
  readonly number: number;
  readonly id: string;
  readonly capability: CaseCapability;
  readonly says: string;
  /** Why a connector has nothing to show in this case; absent where every connector has. */
  readonly lacks?: (able: Capabilities) => string | undefined;
}
