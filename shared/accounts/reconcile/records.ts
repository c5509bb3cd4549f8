import type { BreakBody } from '../../schema/bodies.ts';
import type { Decimal } from '../../values/decimal.ts';
import type { Instant } from '../../values/instant.ts';

/** Whose record it is. */
export type RecordSource = BreakBody['between'][number];

/** An order that stands. Shape: `key` is our own id where it is ours, else the venue's; `isCertain` is false while an answer is missing. */
export interface OrderRecord {
  readonly key: string;
  readonly isOurs: boolean;
  readonly isCertain: boolean;
  readonly instrument: string | undefined;
  readonly side: 'buy' | 'sell';
  readonly quantity: Decimal;
  readonly filled: Decimal;
}

/** An execution. Shape: what a record does not say is undefined and is not compared; a busted one stands no more. */
export interface FillRecord {
  readonly fill: string;
  /** Our own order, undefined where it is of none. */
  readonly order: string | undefined;
  readonly instrument: string | undefined;
  readonly side: 'buy' | 'sell';
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly fee: Decimal | undefined;
  readonly feeCurrency: string | undefined;
  readonly currency: string | undefined;
  /** What is delivered, where it is held as a balance and not as a position. */
  readonly asset: string | undefined;
  readonly at: Instant;
  readonly isBusted: boolean;
}

/** What is held of one thing. Units: signed, of the instrument or the currency. */
export interface HeldRecord {
  readonly key: string;
  readonly quantity: Decimal;
}

/**
 * Everything that one party says about an account at one moment.
 *
 * Shape: a list that is absent is one that this party says nothing about; in a list that is there, what is missing is nothing.
 *        `fills` is complete from `since` to `at`.
 */
export interface AccountRecords {
  readonly source: RecordSource;
  readonly at: Instant;
  readonly orders?: readonly OrderRecord[];
  readonly fills?: { readonly since: Instant; readonly list: readonly FillRecord[] };
  readonly positions?: readonly HeldRecord[];
  readonly balances?: readonly HeldRecord[];
}

/** The two records that are compared; `ours` is named first in every difference. */
export interface RecordPair {
  readonly ours: AccountRecords;
  readonly theirs: AccountRecords;
}

/** An execution that one record lacks, or of which two records say different things. */
export type FillPair = { readonly ours: FillRecord | undefined; readonly theirs: FillRecord | undefined };

/** Executions by whether both records say the same of them. */
export interface ComparedFills {
  readonly apart: readonly FillPair[];
  readonly agreed: ReadonlySet<string>;
}

/** Which account at which venue is compared. */
export interface ReconciledPlace {
  readonly venue: string;
  readonly account: string;
}

/** A thing of which two records say different things. Shape: what is not there is `nothing` or 0; `gap` changes exactly when what differs does. */
export interface Difference extends ReconciledPlace {
  readonly id: string;
  readonly subject: BreakBody['subject'];
  readonly between: BreakBody['between'];
  readonly key: string;
  readonly ours: string;
  readonly theirs: string;
  readonly gap: string;
  readonly cause: NonNullable<BreakBody['cause']>;
}

/** What came of comparing two records. Shape: `agreedFills` are those that both have alike, or of which both say that they do not stand. */
export interface Comparison {
  readonly place: ReconciledPlace;
  readonly between: BreakBody['between'];
  readonly subjects: ReadonlySet<BreakBody['subject']>;
  readonly differences: readonly Difference[];
  readonly agreedFills: ReadonlySet<string>;
}
