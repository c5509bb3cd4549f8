import { scopesOf } from '@gatehouse/compliance/scopes.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Book } from './book.ts';

/** Where the facts of a decision come from. Shape: nothing here waits for anything. */
export interface FactSources {
  readonly book: Pick<Book, 'haltEpoch' | 'position' | 'open' | 'recent' | 'state'>;
  readonly instrument: Instrument;
  /** The name of the source of reference prices. */
  readonly source: string;
}

/** What is known when an order is judged: its bar's close is the reference, the book is the rest. */
export function collectFacts(
  sources: FactSources,
  order: Order,
  at: { readonly bar: Bar; readonly seq: number },
): DecisionFacts {
  const { book, instrument } = sources;
  const { account } = order;
  return {
    now: order.decidedAt,
    haltEpoch: book.haltEpoch,
    reference: { price: at.bar.close, at: at.bar.closeAt, source: sources.source },
    position: { quantity: book.position(account, order.instrument).quantity, asOfSeq: at.seq },
    open: book.open(account, order.instrument),
    recent: book.recent(order),
    states: scopesOf(order).map((scope) => ({ scope, state: book.state(scope) })),
    multiplier: instrument.multiplier,
  };
}
