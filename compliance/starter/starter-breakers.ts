import {
  because,
  MS,
  perCent,
  priceAge,
  rateAge,
  type StarterBreaker,
  type StarterFigure,
  type StarterTerms,
  shareOf,
} from './terms.ts';

const STEPS = [
  {
    bps: 500,
    level: 'pause',
    why: 'A loss of five per cent in a day is reason to take no new risk until people have looked.',
  },
  { bps: 1_000, level: 'cancel', why: 'At ten per cent every order is taken back.' },
  { bps: 2_000, level: 'flatten', why: 'At twenty per cent the positions are closed as well.' },
] as const;

/** What stops trading by itself. Shape: two people release what tripped. */
export function starterBreakers(terms: StarterTerms): readonly StarterBreaker[] {
  const steps = STEPS.map(
    ({ bps, level, why }): StarterBreaker => ({
      breaker: 'loss-step',
      scope: 'firm',
      level,
      figures: [because('lossBps', bps, why), ...profitFigures(terms)],
    }),
  );
  const throttles = terms.algorithms.map(
    (algorithm): StarterBreaker => ({
      breaker: 'execution-throttle',
      scope: `algorithm:${algorithm}`,
      level: 'cancel',
      figures: [],
      why: 'An algorithm that its throttle refused stays stopped until a person has looked.',
    }),
  );
  return [...steps, fall(terms), ...throttles, ...storms(terms)];
}

function profitFigures(terms: StarterTerms): readonly StarterFigure[] {
  const { ms, why } = priceAge(terms);
  return [
    because('capital', shareOf(terms, 10_000), 'What the account was given.'),
    because('markAgeMsMax', ms, why),
    rateAge(),
    because('unknownMsMax', 3 * ms, 'Three times the age of a price that counts; by then the feed is gone.'),
  ];
}

function fall(terms: StarterTerms): StarterBreaker {
  const bps = 2_500;
  return {
    breaker: 'drawdown',
    scope: 'firm',
    level: 'cancel',
    figures: [
      because(
        'drawdownBps',
        bps,
        `${perCent(bps)} of the capital below the best is more than these strategies were tried with.`,
      ),
      ...profitFigures(terms),
    ],
  };
}

function storms({ isDemo }: StarterTerms): readonly StarterBreaker[] {
  return [
    {
      breaker: 'reject-storm',
      scope: 'firm',
      level: 'cancel',
      figures: [
        because('rejections', 20, 'Twenty refusals in a row are a fault of a strategy and not of the market.'),
        because('windowMs', MS.hour, 'Within an hour a person would not have noticed yet.'),
        because('unknownMsMax', MS.hour, 'The records always know it.'),
      ],
    },
    {
      breaker: 'crash-loop',
      scope: 'firm',
      level: 'pause',
      figures: isDemo
        ? [
            because('crashes', 100, 'A demonstration is there to be killed and started again.'),
            because('windowMs', MS.hour, 'A hundred deaths in an hour are a loop all the same.'),
          ]
        : [
            because('crashes', 3, 'Three starts without a clean end between them are no accident.'),
            because('windowMs', 10 * MS.minute, 'A loop starts again within minutes.'),
          ],
    },
  ];
}
