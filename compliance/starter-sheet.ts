import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import type { Lei } from '@gatehouse/shared/values/identifiers.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { controls } from './controls/index.ts';

/** What a demonstration sheet is made out to. Shape: `maker` is a person's opaque id. */
export interface DemoSheetRequest {
  readonly id: string;
  readonly legalEntity: Lei;
  readonly accounts: readonly string[];
  readonly from: Instant;
  readonly maker: string;
}

/** A figure of the demonstration sheet with the reason for its size. */
export interface DemoFigure {
  readonly control: string;
  readonly per: 'firm' | 'account';
  readonly name: string;
  readonly figure: string | number;
  readonly why: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The demonstration's figures; to tune the demonstration, change them here. */
export const demoFigures: readonly DemoFigure[] = [
  {
    control: 'max-order-quantity',
    per: 'firm',
    name: 'quantityMax',
    figure: '200',
    why: 'Orders are for 25 to 100 units; turning a position from one side to the other takes twice that.',
  },
  {
    control: 'max-order-value',
    per: 'firm',
    name: 'valueMax',
    figure: '150000',
    why: 'Fifteen per cent of the account’s 1,000,000 USD; 100 units fit while the index is below about 1,500.',
  },
  {
    control: 'max-order-value',
    per: 'firm',
    name: 'currency',
    figure: 'USD',
    why: 'The account and the demonstration’s instruments are in US dollars.',
  },
  {
    control: 'max-order-value',
    per: 'firm',
    name: 'marketOrderBps',
    figure: 200,
    why: 'A market order decided on a daily close fills at a later price; two per cent covers most days.',
  },
  {
    control: 'max-order-value',
    per: 'firm',
    name: 'referenceAgeMsMax',
    figure: 4 * DAY_MS,
    why: 'Bars are daily; a weekend with a holiday takes four days, and a longer gap is a reason to look.',
  },
  {
    control: 'price-collar',
    per: 'firm',
    name: 'collarBps',
    figure: 200,
    why: 'The index moves by less than two per cent on most days; a limit farther away is likely an error.',
  },
  {
    control: 'price-collar',
    per: 'firm',
    name: 'referenceAgeMsMax',
    figure: 4 * DAY_MS,
    why: 'Bars are daily; a weekend with a holiday takes four days, and a longer gap is a reason to look.',
  },
  {
    control: 'position-limit',
    per: 'account',
    name: 'longMax',
    figure: '150',
    why: 'At 3,400 USD that is 510,000 USD, about half of the account.',
  },
  {
    control: 'position-limit',
    per: 'account',
    name: 'shortMax',
    figure: '150',
    why: 'The same in the other direction, since the account may sell short on paper.',
  },
  {
    control: 'duplicate-order',
    per: 'firm',
    name: 'windowMs',
    figure: 30_000,
    why: 'The same order again within half a minute is more likely a repetition than an idea, on any length of bars.',
  },
];

/**
 * A careful sheet to begin with, for demonstrations on paper and for nothing else; it names every control as on.
 *
 * Units: sized for an index between 700 and 3,400 USD and an account of 1,000,000 USD.
 */
export function demoSheet({ id, legalEntity, accounts, from, maker }: DemoSheetRequest): Sheet {
  return {
    v: 1,
    id,
    mark: 'DEMO',
    environment: 'paper',
    accounts: [...accounts],
    legalEntity,
    from,
    maker,
    reason:
      'Limits for a demonstration on paper, sized for an index of 700 to 3,400 USD and an account of 1,000,000 USD.',
    controls: controls.map(({ id: control, version }) => ({ control, version, on: entriesFor(control, accounts) })),
  };
}

function entriesFor(
  control: string,
  accounts: readonly string[],
): { scope: string; figures: Record<string, string | number> }[] {
  const chosen = demoFigures.filter((entry) => entry.control === control);
  const figures = Object.fromEntries(chosen.map(({ name, figure }) => [name, figure]));
  const isPerAccount = chosen.some(({ per }) => per === 'account');
  const scopes = isPerAccount ? accounts.map((account) => `account:${account}`) : ['firm'];
  return scopes.map((scope) => ({ scope, figures }));
}
