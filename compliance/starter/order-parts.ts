import { toText, trim } from '@gatehouse/shared/values/decimal.ts';
import {
  because,
  capitalText,
  closingShareBps,
  isQuoted,
  MS,
  marketOrder,
  orClosing,
  perCent,
  priceAge,
  rateAge,
  type StarterPart,
  type StarterTerms,
  shareOf,
} from './terms.ts';

/** Whether the order is one that can be: nothing of the firm's own to set but what it permits. */
export function sanityParts({ assetClasses, isDemo }: StarterTerms): readonly StarterPart[] {
  const byFile = (control: string, why: string): StarterPart => ({ control, per: 'firm', figures: [], why });
  return [
    {
      control: 'known-instrument',
      per: 'firm',
      figures: [
        because('assetClasses', [...assetClasses], 'These limits were sized for these classes; others need their own.'),
      ],
    },
    byFile('price-increment', 'The steps of prices stand in the file of instruments.'),
    byFile('quantity-increment', 'Lots and quantities stand in the file of instruments.'),
    {
      control: 'order-type-allowed',
      per: 'firm',
      figures: [
        because(
          'types',
          ['market', 'limit'],
          'The strategies use these two types; stops, trailing stops and take-profits are named here one by one once somebody uses them.',
        ),
        because(
          'timesInForce',
          isDemo ? ['day'] : ['day', 'ioc', 'fok'],
          'No order outlives its session, so that none is forgotten.',
        ),
        because(
          'instructions',
          isDemo ? [] : ['post-only', 'reduce-only'],
          isDemo
            ? 'Nothing here trades in auctions, hides a part of itself or works in groups.'
            : 'To rest only and to reduce only make an order do less; auctions, hidden parts and groups are for those who know them.',
        ),
      ],
    },
    byFile('order-consistency', 'An order that names another one either fits it or does not.'),
  ];
}

/** Whether the order looks like an error. */
export function errorParts(terms: StarterTerms): readonly StarterPart[] {
  const age = priceAge(terms);
  const reference = because('referenceAgeMsMax', age.ms, age.why);
  const { collarBps, collarWhy, orderShareBps, quantityWhy } = terms;
  const quantity = toText(trim(terms.quantityMax));
  const position = toText(trim(terms.positionMax));
  return [
    {
      control: 'max-order-quantity',
      per: 'algorithm',
      figures: [orClosing(because('quantityMax', quantity, quantityWhy), position)],
    },
    {
      control: 'max-order-value',
      per: 'algorithm',
      figures: [
        orClosing(
          because('valueMax', shareOf(terms, orderShareBps), `${perCent(orderShareBps)} of ${capitalText(terms)}.`),
          shareOf(terms, closingShareBps(terms)),
        ),
        marketOrder(terms),
        reference,
        rateAge(),
      ],
    },
    { control: 'price-collar', per: 'firm', figures: [because('collarBps', collarBps, collarWhy), reference] },
    periodCollar(terms),
    worstPrice(terms),
    {
      control: 'fat-finger',
      per: 'algorithm',
      figures: [
        orClosing(
          because('multipleMax', '5', 'An order of five times the usual size is more likely an error than an idea.'),
          '1000',
        ),
        because('ordersMin', 20, 'An average of fewer than twenty orders says little.'),
        orClosing(
          because('startQuantityMax', quantity, 'Until there is an average, the size of one order alone counts.'),
          position,
        ),
      ],
    },
    {
      control: 'duplicate-order',
      per: 'firm',
      figures: [
        because(
          'windowMs',
          30 * MS.second,
          'The same order again within half a minute is more likely a repetition than an idea.',
        ),
      ],
    },
  ];
}

function periodCollar(terms: StarterTerms): StarterPart {
  const age = priceAge(terms);
  const periods = {
    daily: {
      ms: 5 * MS.day,
      bps: 1_000,
      why: 'Five days hold the prices of about a week, and a sudden wrong price is compared with them.',
    },
    minute: {
      ms: 30 * MS.minute,
      bps: 500,
      why: 'Half an hour holds enough bars that a sudden wrong price stands out.',
    },
    live: {
      ms: 5 * MS.minute,
      bps: 500,
      why: 'Five minutes hold enough prices that a sudden wrong one stands out.',
    },
  };
  const { ms, bps, why } = periods[terms.pace];
  return {
    control: 'price-collar-period',
    per: 'firm',
    figures: [
      because('collarBps', bps, `A price ${perCent(bps)} outside all prices of the period is likely an error.`),
      because('rangeMsMin', ms, why),
      marketOrder(terms),
      because('referenceAgeMsMax', age.ms, age.why),
    ],
  };
}

function worstPrice(terms: StarterTerms): StarterPart {
  const age = priceAge(terms);
  const hasQuotes = isQuoted(terms);
  return {
    control: 'worst-price',
    per: 'firm',
    figures: [
      because(
        'basis',
        hasQuotes ? 'quote' : 'reference',
        hasQuotes
          ? 'A market order trades at the quote.'
          : 'Bars carry no quotes, so the last price stands in for them.',
      ),
      because('quoteAgeMsMax', 5 * MS.second, 'A quote of more than five seconds ago may be gone.'),
      because('referenceAgeMsMax', age.ms, age.why),
      marketOrder(terms),
      because('slippageBps', 300, 'A market order that may cost three per cent should be a limit order.'),
    ],
  };
}

/** Whether there are too many. */
export function rateParts({ isDemo }: StarterTerms): readonly StarterPart[] {
  const ratio = [
    because(
      'ratioMax',
      '100',
      'A hundred messages for each trade is far below the ratios of venues and far above these strategies.',
    ),
    because('messagesFreeMax', 10, 'Ten messages are too few to speak of a ratio.'),
    because('divisorWithoutTrades', 1, 'Without a trade, all messages count against one.'),
  ];
  return [
    {
      control: 'message-rate',
      per: 'firm',
      figures: [
        because('messagesMax', 10, 'These strategies send one order at a time; ten in a second are a loop.'),
        because('windowMs', MS.second, 'A loop shows within a second.'),
      ],
    },
    {
      control: 'execution-throttle',
      per: 'algorithm',
      figures: [
        because(
          'executionsMax',
          isDemo ? 1_440 : 200,
          isDemo
            ? 'One order a minute around the clock is the most that bars of a minute can cause.'
            : 'Two hundred orders in a day are more than a first strategy has reason for; a person then looks.',
        ),
        because('windowMs', MS.day, 'A day of trading at a time.'),
      ],
    },
    { control: 'order-to-trade-number', per: 'firm', figures: ratio },
    { control: 'order-to-trade-volume', per: 'firm', figures: ratio },
  ];
}
