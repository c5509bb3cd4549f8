import {
  ADVISERS_BOOKS,
  AMLD,
  BANK_SECRECY_ACT,
  CAT_RULE,
  type Citation,
  cite,
  EU_CLOCKS,
  FINRA_4210,
  FINRA_4590,
  FINRA_5210,
  FORM_PF,
  MAR,
  MIFIR,
  OFAC_SANCTIONS,
  REG_SHO,
  RTS_6,
  RTS_7,
  RTS_9,
  RTS_22,
  RTS_24,
  SEC_15C3_5,
  SEC_17A_3,
  SEC_17A_4,
  UK_ONSHORED,
} from './acts.ts';

/**
 * A duty of a firm, with the place that imposes it.
 *
 * Shape: `from` is the first day on which it binds, where that lies in the time that the product judges; without one it always did.
 */
export interface DutyEntry {
  readonly source: Citation;
  readonly from?: string;
}

const duties = {
  '15c3-5': { source: cite(SEC_15C3_5, '(b), (c)', 'Risk controls stand before every order that reaches a market.') },
  '15c3-5-annual': { source: cite(SEC_15C3_5, '(e)', 'The controls are reviewed and certified every year.') },
  '17a-3': { source: cite(SEC_17A_3, '(a)', 'Blotters, ledgers, order tickets and positions are on record.') },
  '17a-4': {
    source: cite(SEC_17A_4, '(a) to (f)', 'Records are kept for their years, in a form that shows each change.'),
  },
  'reg-sho': { source: cite(REG_SHO, '200 to 204', 'Sales are marked, located, priced and closed out.') },
  'finra-margin': { source: cite(FINRA_4210, '(c)', 'Accounts hold the margin that the rule asks for.') },
  'finra-clocks': {
    source: cite(FINRA_4590, '(a)', 'Clocks that stamp orders are kept close to the national standard.'),
  },
  'finra-self-trades': {
    source: cite(FINRA_5210, 'Supplementary Material .02', 'Trades with oneself are looked for.'),
  },
  cat: { source: cite(CAT_RULE, '(c)', 'Each event of an order is reported to the audit trail.') },
  cip: { source: cite(BANK_SECRECY_ACT, '1023.220', 'Customers are identified before they have an account.') },
  cdd: { source: cite(BANK_SECRECY_ACT, '1010.230', 'The people who own a customer are known.') },
  ctr: { source: cite(BANK_SECRECY_ACT, '1010.311', 'Large amounts of currency are reported.') },
  sar: { source: cite(BANK_SECRECY_ACT, '1023.320', 'Suspicious activity is reported, and nobody is told.') },
  'travel-rule': { source: cite(BANK_SECRECY_ACT, '1010.410(f)', 'A transfer of funds carries who sent it to whom.') },
  ofac: {
    source: cite(OFAC_SANCTIONS, 'Part 501', 'No dealings with sanctioned parties; blocked property is reported.'),
  },
  'form-pf': { source: cite(FORM_PF, '(a)', 'Private funds are reported by their adviser.') },
  'adviser-books': { source: cite(ADVISERS_BOOKS, '(a)', 'Advisers keep their books for five years.') },
  'adviser-aml': {
    source: cite(
      BANK_SECRECY_ACT,
      'Part 1032',
      'Advisers keep a programme against money laundering and report suspicion.',
    ),
    from: '2028-01-01',
  },
  'rts-6': {
    source: cite(RTS_6, 'Art. 1 to 18', 'Algorithms are tested, approved, limited, watched and can be stopped.'),
  },
  'rts-6-hft': {
    source: cite(RTS_6, 'Art. 28 and Annex II', 'Each order is on record at once, with all of its fields.'),
  },
  'rts-6-dea': {
    source: cite(RTS_6, 'Art. 19 to 23', 'Clients with direct access are examined, limited and watched.'),
  },
  'rts-6-clearing': { source: cite(RTS_6, 'Art. 24 to 27', 'Clients who clear are examined, limited and watched.') },
  'transaction-reports': {
    source: cite(RTS_22, 'Art. 1 and Annex I', 'Transactions are reported by the next working day.'),
  },
  'order-records': { source: cite(MIFIR, 'Art. 25(1)', 'Orders and transactions are on record for five years.') },
  'eu-clocks': { source: cite(EU_CLOCKS, 'Art. 11 to 16', 'Clocks are kept close to UTC, by kind of trading.') },
  'market-abuse': { source: cite(MAR, 'Art. 16(2)', 'Suspicious orders and transactions are found and reported.') },
  'eu-aml': { source: cite(AMLD, 'Chapters II to V', 'Customers are known, and suspicion is reported.') },
  'rts-7': { source: cite(RTS_7, 'Art. 18 to 20', 'A venue limits, throttles and can stop what its members send.') },
  'rts-9': { source: cite(RTS_9, 'Art. 1 to 3', 'A venue counts and limits the orders of a member to its trades.') },
  'rts-24': { source: cite(RTS_24, 'Art. 1 to 13', 'A venue keeps all orders with all of their fields.') },
  'uk-rts-6': {
    source: cite(UK_ONSHORED, 'RTS 6', 'As in the EU: algorithms are limited, watched and can be stopped.'),
  },
  'uk-transaction-reports': { source: cite(UK_ONSHORED, 'RTS 22', 'As in the EU, in the form that the UK asks for.') },
  'uk-clocks': { source: cite(UK_ONSHORED, 'RTS 25', 'Clocks are kept close to UTC, by kind of trading.') },
  'uk-market-abuse': {
    source: cite(UK_ONSHORED, 'MAR Art. 16(2)', 'Suspicious orders and transactions are reported.'),
  },
} as const satisfies Record<string, DutyEntry>;

/** A duty that a firm may have. */
export type Duty = keyof typeof duties;

/** What is known of a duty. */
export function dutyOf(duty: Duty): DutyEntry {
  return duties[duty];
}

/** All duties that any firm may have. */
export const DUTIES = Object.keys(duties) as readonly Duty[];

/** What a firm is, as far as its duties depend on it, with the duties that this brings. */
export const dutiesByFlag = {
  'us-broker-dealer': [
    '15c3-5',
    '15c3-5-annual',
    '17a-3',
    '17a-4',
    'reg-sho',
    'finra-margin',
    'finra-clocks',
    'finra-self-trades',
    'cat',
    'cip',
    'cdd',
    'ctr',
    'sar',
    'travel-rule',
    'ofac',
  ],
  'us-private-fund-adviser': ['form-pf', 'adviser-books', 'adviser-aml', 'ofac'],
  'through-a-broker': [],
  'eu-algorithmic': ['rts-6', 'transaction-reports', 'order-records', 'eu-clocks', 'market-abuse', 'eu-aml'],
  'eu-high-frequency': ['rts-6-hft'],
  'eu-direct-access-provider': ['rts-6-dea'],
  'eu-clearing-member': ['rts-6-clearing'],
  'eu-venue-operator': ['rts-7', 'rts-9', 'rts-24'],
  'uk-firm': ['uk-rts-6', 'uk-transaction-reports', 'uk-clocks', 'uk-market-abuse'],
} as const satisfies Record<string, readonly Duty[]>;

/** What a firm can be. */
export type RegimeFlag = keyof typeof dutiesByFlag;
