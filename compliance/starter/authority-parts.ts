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
  type StarterFigure,
  type StarterPart,
  type StarterTerms,
  shareOf,
} from './terms.ts';

/** Whether this person, account and algorithm may do it. */
export function authorityParts(terms: StarterTerms): readonly StarterPart[] {
  const byFile = (control: string): StarterPart => ({
    control,
    per: 'firm',
    figures: [],
    why: 'Who and what may trade stands in the file of entitlements.',
  });
  return [
    byFile('trader-permission'),
    byFile('account-permission'),
    byFile('algorithm-approval'),
    { control: 'algorithm-sheet', per: 'algorithm', figures: algorithmFigures(terms) },
    {
      control: 'environment',
      per: 'firm',
      figures: [
        because('environment', 'paper', 'The account is one on paper.'),
        because('venues', [...terms.venues], 'These venues deal on paper.'),
      ],
    },
  ];
}

function algorithmFigures(terms: StarterTerms): readonly StarterFigure[] {
  const { instruments, venues, orderShareBps, positionMax, isDemo } = terms;
  const age = priceAge(terms);
  return [
    because('instruments', [...instruments], 'The algorithm was tried on these.'),
    because('venues', [...venues], 'The algorithm was tried there.'),
    because('instrumentsMax', instruments.length, 'As many as it may trade.'),
    because('venuesMax', venues.length, 'As many as it may use.'),
    because('priceMin', '0.01', 'A price below a cent is an error of the data.'),
    because(
      'priceMax',
      '1000000',
      'A price above a million is an error of the data; the collar judges what lies between.',
    ),
    orClosing(
      because(
        'valueMax',
        shareOf(terms, orderShareBps),
        `${perCent(orderShareBps)} of ${capitalText(terms)}, as for any order.`,
      ),
      shareOf(terms, closingShareBps(terms)),
    ),
    because(
      'ordersMax',
      isDemo ? 1_440 : 200,
      isDemo ? 'One order a minute around the clock.' : 'As many as the throttle lets through in a day.',
    ),
    because('openOrdersMax', 10, 'It works one order at a time; ten open ones are a loop.'),
    because('positionMax', toText(trim(positionMax)), 'As much as its account may hold.'),
    marketOrder(terms),
    because('referenceAgeMsMax', age.ms, age.why),
    rateAge(),
  ];
}

/** Whether trading is open and everything is well. */
export function healthParts(terms: StarterTerms): readonly StarterPart[] {
  const age = priceAge(terms);
  return [
    { control: 'trading-state', per: 'firm', figures: [], why: 'A kill holds until two people release it.' },
    {
      control: 'self-match',
      per: 'firm',
      figures: [because('policy', 'cancel-newest', 'The order that came first stays where it is in its queue.')],
    },
    {
      control: 'market-data-age',
      per: 'firm',
      figures: [
        because('referenceAgeMsMax', age.ms, age.why),
        because(
          'quote',
          isQuoted(terms) ? 'required' : 'not-required',
          isQuoted(terms) ? 'Without a quote nobody knows what an order costs.' : 'Bars carry no quotes.',
        ),
        because('quoteAgeMsMax', 5 * MS.second, 'A quote of more than five seconds ago may be gone.'),
      ],
    },
    {
      control: 'source-divergence',
      off: 'There is one source of prices; turn this on together with a second one.',
    },
    {
      control: 'clock-error',
      per: 'firm',
      figures: [
        because(
          'errorUsMax',
          1_000_000,
          'The computer’s own clock counts as off by up to a second while nobody measures it.',
        ),
        because('activity', 'no-duty', 'No rule on clocks binds an account on paper.'),
      ],
    },
    contact(terms),
    volatility(terms),
  ];
}

function contact({ isDemo }: StarterTerms): StarterPart {
  if (isDemo) {
    return {
      control: 'contact-age',
      off: 'A replay of the past on paper must come to the same orders whether or not a hub answers in time.',
    };
  }
  return {
    control: 'contact-age',
    per: 'firm',
    figures: [
      because('contactAgeMsMax', MS.hour, 'After an hour without a hub somebody has to look.'),
      because('standAlone', 'yes', 'An account on paper may trade on a computer without any hub.'),
    ],
  };
}

function volatility({ pace }: StarterTerms): StarterPart {
  const periods = {
    daily: { ms: 7 * MS.day, max: '0.15', why: 'A week of daily closes; fifteen per cent within a week is a crash.' },
    minute: {
      ms: 30 * MS.minute,
      max: '0.05',
      why: 'Half an hour of bars; five per cent within it is a disorderly market.',
    },
    live: {
      ms: 5 * MS.minute,
      max: '0.05',
      why: 'Five minutes, the period of the bands of US shares; five per cent is the width of most.',
    },
  };
  const { ms, max, why } = periods[pace];
  const age = pace === 'live' ? 5 * MS.second : MS.minute;
  return {
    control: 'volatility-halt',
    per: 'firm',
    figures: [
      because('volatilityMax', max, why),
      because('windowMs', ms, 'The period that the figure beside it is about.'),
      because('volatilityAgeMsMax', age, 'It is worked out anew with every price.'),
    ],
  };
}
