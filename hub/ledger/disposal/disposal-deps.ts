import type { DisposalTarget } from '@gatehouse/compliance/retention/target.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { Database, Transaction } from '../../store/database.ts';
import type { HubStream } from '../hub-stream.ts';
import type { RecordKeys } from '../keys/record-keys.ts';

/** What a disposal needs. Shape: `reports` is the folder of the files of reports. */
export interface DisposalDeps {
  readonly database: Database;
  readonly keys: RecordKeys;
  readonly appendAct: HubStream['appendAct'];
  readonly clock: Clock;
  readonly reports: string;
  /** Judges a target once more, in the transaction that begins. Errors: `STATE_CONFLICT` where something keeps it. */
  readonly mayGo: (tx: Transaction, target: DisposalTarget) => Promise<void>;
  readonly log: (line: string) => void;
}

/** The act that certifies a disposal. */
export const DISPOSED = 'records.disposed';

/** The act that certifies a disposal which a database from a backup had forgotten. */
export const DISPOSED_AGAIN = 'records.disposed-again';

/** Copies of the keys expire within this time, by the rule of backups; only then is a certificate final. Units: days. */
export const FINAL_AFTER_DAYS = 30;
