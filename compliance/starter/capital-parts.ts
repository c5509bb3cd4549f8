import { toText, trim } from '@gatehouse/shared/values/decimal.ts';
import {
  because,
  capitalText,
  perCent,
  priceAge,
  rateAge,
  type StarterFigure,
  type StarterPart,
  type StarterTerms,
  shareOf,
  valuation,
} from './terms.ts';

/** Whether the firm can bear it. */
export function capitalParts(terms: StarterTerms): readonly StarterPart[] {
  const { exposureShareBps: share, positionMax, positionWhy } = terms;
  const most = shareOf(terms, share);
  const why = `${perCent(share)} of ${capitalText(terms)}.`;
  const position = toText(trim(positionMax));
  const values = valuation(terms);
  return [
    {
      control: 'credit-limit',
      per: 'account',
      figures: [because('creditMax', most, `${why} Nobody lends to the account.`), ...values],
    },
    {
      control: 'leased-share',
      off: 'One computer has the whole of every threshold; turn this on where several edges share what the firm may have.',
    },
    { control: 'gross-exposure', per: 'firm', figures: [because('grossMax', most, why), ...values] },
    {
      control: 'net-exposure',
      per: 'firm',
      figures: [
        because('netLongMax', most, `${why} There is no hedge that would let one side be larger.`),
        because('netShortMax', most, 'The same the other way; a short position can lose as fast.'),
        ...values,
      ],
    },
    {
      control: 'position-limit',
      per: 'account',
      figures: [
        because('longMax', position, positionWhy),
        because('shortMax', position, 'The same the other way, since the account may sell short on paper.'),
      ],
    },
    {
      control: 'concentration',
      per: 'account',
      figures: [
        because('basis', 'equity', 'What one instrument can lose is measured by what the account is worth.'),
        because('shareMaxBps', share, `${perCent(share)} may be in one instrument while there are few of them.`),
        because(
          'valueFreeMax',
          shareOf(terms, 100),
          'One per cent of the capital in one instrument is no concentration.',
        ),
        ...values,
      ],
    },
    buyingPower(terms),
    {
      control: 'leverage-cap',
      per: 'account',
      figures: [because('leverageMax', '1', 'A first account trades with its own money alone.'), ...values],
    },
    ...groupParts(terms, { most, why }),
    ...lossParts(terms),
  ];
}

function buyingPower(terms: StarterTerms): StarterPart {
  return {
    control: 'buying-power',
    per: 'account',
    figures: [
      because(
        'regime',
        'venue',
        'The account may sell short, and no broker lends to it; the file of margin rates says how far it may go.',
      ),
      because('reserveBps', 500, 'Five per cent of what is required stays free for fees and for prices that move.'),
      ...valuation(terms),
    ],
  };
}

function groupParts(
  terms: StarterTerms,
  { most, why }: { readonly most: string; readonly why: string },
): readonly StarterPart[] {
  const each = (names: readonly string[]): string[] => names.map((name) => `${name} ${most}`);
  const values = valuation(terms);
  return [
    {
      control: 'sector-limit',
      per: 'firm',
      figures: [because('grossMaxBySector', each(terms.sectors), why), ...values],
    },
    {
      control: 'asset-class-limit',
      per: 'firm',
      figures: [because('grossMaxByClass', each(terms.assetClasses), why), ...values],
    },
    {
      control: 'liquidity-limit',
      off: 'No file says what the instruments trade in a day; turn this on together with a file of liquidity.',
    },
  ];
}

function lossParts(terms: StarterTerms): readonly StarterPart[] {
  const { dayLossShareBps, drawdownShareBps } = terms;
  const ages = agesOf(terms);
  return [
    {
      control: 'daily-loss',
      per: 'firm',
      figures: [
        because(
          'lossMax',
          shareOf(terms, dayLossShareBps),
          `${perCent(dayLossShareBps)} of ${capitalText(terms)}: below the first step of the breakers, so that new risk ends before trading does.`,
        ),
        ...ages,
      ],
    },
    {
      control: 'drawdown',
      per: 'firm',
      figures: [
        because(
          'drawdownMax',
          shareOf(terms, drawdownShareBps),
          `${perCent(drawdownShareBps)} of ${capitalText(terms)}.`,
        ),
        because('capital', shareOf(terms, 10_000), 'What the account was given.'),
        because('shareMaxBps', drawdownShareBps, 'The same as a share, for a reader who knows the capital.'),
        ...ages,
      ],
    },
  ];
}

function agesOf(terms: StarterTerms): readonly StarterFigure[] {
  const { ms, why } = priceAge(terms);
  return [because('markAgeMsMax', ms, why), rateAge()];
}

/** Figures of a portfolio are computed by nobody at a first account. */
export function portfolioParts(): readonly StarterPart[] {
  const controls = [
    'value-at-risk',
    'expected-shortfall',
    'portfolio-beta',
    'portfolio-correlation',
    'portfolio-volatility',
    'market-regime',
  ];
  return controls.map((control) => ({
    control,
    off: 'Nobody computes figures of the portfolio yet; turn this on together with a file of portfolio figures.',
  }));
}
