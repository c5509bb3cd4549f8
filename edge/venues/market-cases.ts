import type { CaseEntry } from './case-entry.ts';
import { lacksData } from './case-needs.ts';

/** The cases about what a venue tells of its market; they go on with the numbers of the others. */
export const MARKET_CASES = [
  {
    number: 51,
    id: 'keeps-the-book-of-the-venue',
    capability: 'market data',
    says: 'After any changes the book is the venue’s own, and the quote is its best prices with an age.',
    lacks: lacksData('books'),
  },
  {
    number: 52,
    id: 'builds-its-book-anew-after-a-gap',
    capability: 'market data',
    says: 'A change of the book that was lost is noticed and said, and nothing is quoted until the book is right again.',
    lacks: lacksData('books'),
  },
  {
    number: 53,
    id: 'refuses-a-crossed-book',
    capability: 'market data',
    says: 'A book whose best bid is not below its best ask is never quoted.',
    lacks: lacksData('books'),
  },
  {
    number: 54,
    id: 'finds-silent-market-data',
    capability: 'market data',
    says: 'Market data that stands and brings nothing is noticed within five seconds, and nothing is quoted meanwhile.',
    lacks: lacksData('quotes'),
  },
  {
    number: 55,
    id: 'quotes-a-quiet-market',
    capability: 'market data',
    says: 'A market in which nothing happens stays quoted, because the venue says that nothing has changed.',
    lacks: lacksData('quotes'),
  },
  {
    number: 56,
    id: 'tells-every-trade-once',
    capability: 'market data',
    says: 'Trades that were lost, doubled, turned round or made while the line was broken are told once and in order.',
    lacks: lacksData('trades'),
  },
] as const satisfies readonly CaseEntry[];
