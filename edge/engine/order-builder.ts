import { KILL_FLATTEN } from '@gatehouse/compliance/reserved-algorithms.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Quantity } from '@gatehouse/shared/values/amounts.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { compare, subtract } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { Proposal, Strategy } from '../strategies/define-strategy.ts';
import type { Book } from './book.ts';
import { createOrderIds } from './order-ids.ts';
import { type OrderTerms, termsOf, withExits } from './order-terms.ts';

/** Who trades, for whom and in what capacity; the same for every order of a run. Shape: people are opaque ids. */
export type TradingIdentity = Pick<
  Order,
  | 'environment'
  | 'legalEntity'
  | 'desk'
  | 'trader'
  | 'client'
  | 'account'
  | 'decisionMaker'
  | 'executingPerson'
  | 'capacity'
>;

/** A proposal and where it comes from. */
interface ProposalSource {
  readonly strategy: Strategy;
  readonly barIndex: number;
  readonly ordinal: number;
  readonly decidedAt: Instant;
}

/** Makes whole orders of proposals. */
export interface OrderBuilder {
  /** The order's id, which is the same whenever the same run sees the same bars. */
  idOf(source: ProposalSource): string;
  /**
   * The order and, behind it, its two exits where it has them; nothing where the proposal is for less than one lot or is no
   * number.
   */
  build(proposal: Proposal, source: ProposalSource): readonly Order[];
  /** The order of the reserved algorithm that closes a position under a kill. */
  closing(request: ClosingOrder, decidedAt: Instant): Order;
}

/** What a kill wants closed. Units: of the instrument. */
interface ClosingOrder {
  readonly id: string;
  readonly account: string;
  readonly side: Order['side'];
  readonly quantity: Quantity;
}

/** The one algorithm that a flatten halt lets through, and only as far as it closes. */
export const CLOSING_ALGORITHM = { id: KILL_FLATTEN, version: '1.0.0' } as const;

/** What orders of a run have in common. */
export interface OrderBuilderDeps {
  readonly run: string;
  readonly identity: TradingIdentity;
  readonly instrument: Instrument;
  readonly book: Pick<Book, 'open' | 'position'>;
  /** The clock that orders are decided by; without it the times of the bars are. */
  readonly wall?: Pick<Clock, 'reading'> | undefined;
}

/** In a replay the market's own times are the clock, so there is nothing to be off by. */
const BAR_CLOCK: Order['clock'] = { source: 'bars', offsetNs: '0', uncertaintyNs: '0' };

/** A builder for one run on one instrument. */
export function createOrderBuilder(deps: OrderBuilderDeps): OrderBuilder {
  const { identity, instrument, wall } = deps;
  const clockNow = (): Order['clock'] => (wall === undefined ? BAR_CLOCK : readingText(wall));
  const idOf = createOrderIds(deps.run);
  return {
    idOf: ({ strategy, barIndex, ordinal }) => idOf({ algorithm: strategy.id, barIndex, ordinal }),
    build: (proposal, source) => {
      const terms = termsOf(proposal, instrument);
      if (terms === undefined) return [];
      const { id, version } = source.strategy;
      const entry: Order = {
        id: idOf({ algorithm: id, barIndex: source.barIndex, ordinal: source.ordinal }),
        ...identity,
        algorithm: { id, version },
        instrument: instrument.id,
        venue: instrument.venue,
        shortSaleMark: shortSaleMark(terms, deps),
        ...terms,
        currency: instrument.currency,
        decidedAt: source.decidedAt,
        clock: clockNow(),
      };
      return proposal.exits === undefined ? [entry] : withExits(entry, proposal.exits, instrument);
    },
    closing: ({ id, account, side, quantity }, decidedAt) => ({
      id,
      ...identity,
      account,
      algorithm: CLOSING_ALGORITHM,
      instrument: instrument.id,
      venue: instrument.venue,
      side,
      shortSaleMark: side === 'buy' ? 'not-a-sale' : 'long',
      type: 'market',
      timeInForce: 'day',
      quantity,
      currency: instrument.currency,
      decidedAt,
      clock: clockNow(),
    }),
  };
}

function readingText(clock: Pick<Clock, 'reading'>): Order['clock'] {
  const { source, offsetNs, uncertaintyNs } = clock.reading();
  return { source, offsetNs: `${offsetNs}`, uncertaintyNs: `${uncertaintyNs}` };
}

/**
 * A sale is long only where the position, less what is being sold already, covers all of it.
 *
 * Source: 17 CFR 242.200(g) (marking of sales).
 */
function shortSaleMark({ side, quantity }: OrderTerms, deps: OrderBuilderDeps): Order['shortSaleMark'] {
  if (side === 'buy') return 'not-a-sale';
  const { account } = deps.identity;
  const position = deps.book.position(account, deps.instrument.id);
  const open = deps.book.open(account, deps.instrument.id);
  return compare(subtract(position.quantity, open.sell), quantity) >= 0 ? 'long' : 'short';
}
