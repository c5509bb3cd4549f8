import { because, MS, type StarterPart, type StarterTerms } from './terms.ts';

const NO_STATUS = 'No source says what the market’s own status is; turn this on together with a file of market states.';
const NO_SHARES =
  'No file of short-sale states is loaded, and what is traded is no US share; turn this on before one is sold short.';

/** Whether the law permits it. */
export function lawParts(terms: StarterTerms): readonly StarterPart[] {
  const { isDemo } = terms;
  const list = isDemo
    ? because('listAgeMsMax', 366 * MS.day, 'The lists of a demonstration are empty and never change.')
    : because('listAgeMsMax', MS.day, 'Lists change daily, and one of yesterday may miss a name of today.');
  return [
    { control: 'restricted-list', per: 'firm', figures: [list] },
    { control: 'person-restriction', per: 'firm', figures: [list] },
    { control: 'sanctions', per: 'firm', figures: [list] },
    {
      control: 'short-sale-marking',
      per: 'firm',
      figures: [
        because('unit', 'account', 'The account is a trading unit of its own.'),
        because('exemptReasons', [], 'Nothing here is exempt from the price test.'),
      ],
    },
    {
      control: 'locate',
      per: 'firm',
      figures: [],
      why: 'What is easy to borrow and what is located stands in its file.',
    },
    { control: 'short-sale-price-test', off: NO_SHARES },
    { control: 'close-out', off: NO_SHARES },
    { control: 'trading-halt', off: NO_STATUS },
    { control: 'price-band', off: NO_STATUS },
    { control: 'market-wide-breaker', off: NO_STATUS },
    session(terms),
  ];
}

function session({ pace }: StarterTerms): StarterPart {
  const queued =
    pace === 'daily'
      ? because('queuedTimesInForce', ['day'], 'Orders are decided on the close and wait for the next session.')
      : because('queuedTimesInForce', [], 'An order is for the session in which it was decided.');
  return {
    control: 'trading-session',
    per: 'firm',
    figures: [
      because('phases', ['continuous'], 'Auctions and the hours after the close are for those who know them.'),
      queued,
    ],
  };
}
