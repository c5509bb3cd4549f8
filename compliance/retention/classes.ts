import {
  ADVISERS_BOOKS,
  AMLD,
  AMLR,
  BANK_SECRECY_ACT,
  cite,
  FINRA_4511,
  MAR_DETECTION,
  MIFID_2,
  MIFIR,
  OFAC_SANCTIONS,
  RTS_6,
  SEC_15C3_5,
  SEC_17A_4,
} from '@gatehouse/shared/law/acts.ts';
import type { RecordClass } from './record-class.ts';

const YEAR = 12;
const FROM_MEMORY = 'The period is stated from general knowledge of the act and was not read in its text again.';

/** Entries that say what was bought, sold, paid and held. */
const LEDGER_KINDS = [
  'fill',
  'fill-change',
  'corporate-action',
  'break',
  'adjustment',
  'cash',
  'valuation',
  'marks',
  'snapshot',
];

const us: readonly RecordClass[] = [
  {
    id: 'us-ledgers',
    title: 'Blotters, ledgers and position records',
    records: [{ keyClass: 'trading', kinds: LEDGER_KINDS }],
    clock: 'made',
    periods: [{ from: '2003-05-02', minimum: 6 * YEAR }],
    jurisdiction: 'US',
    flags: ['us-broker-dealer'],
    sources: [cite(SEC_17A_4, '(a)', 'Blotters, ledgers and position records are kept for six years.')],
    unsure: FROM_MEMORY,
  },
  {
    id: 'us-order-tickets',
    title: 'Order tickets, confirmations, communications and most other records',
    records: [{ keyClass: 'trading' }],
    clock: 'made',
    periods: [{ from: '2003-05-02', minimum: 3 * YEAR }],
    jurisdiction: 'US',
    flags: ['us-broker-dealer'],
    sources: [cite(SEC_17A_4, '(b)', 'Order tickets and most other records are kept for three years.')],
    unsure: FROM_MEMORY,
  },
  {
    id: 'us-account-records',
    title: 'Customer account documents and account records',
    records: [{ keyClass: 'customer' }],
    clock: 'account-closed',
    periods: [{ from: '2003-05-02', minimum: 6 * YEAR }],
    jurisdiction: 'US',
    flags: ['us-broker-dealer'],
    sources: [cite(SEC_17A_4, '(c), (e)(5)', 'Account records are kept for six years after the account is closed.')],
    unsure: FROM_MEMORY,
  },
  {
    id: 'us-risk-controls',
    title: 'Written procedures and descriptions of risk controls',
    records: [{ keyClass: 'market-access' }],
    clock: 'end-of-use',
    periods: [{ from: '2003-05-02', minimum: 3 * YEAR }],
    jurisdiction: 'US',
    flags: ['us-broker-dealer'],
    sources: [
      cite(SEC_17A_4, '(e)(7)', 'Procedures are kept until three years after they are no longer used.'),
      cite(SEC_15C3_5, '(b)', 'The description of the risk controls is one of the books and records.'),
    ],
    unsure: FROM_MEMORY,
  },
  {
    id: 'us-control-reviews',
    title: 'Reviews of the market access controls and yearly certificates',
    records: [{ keyClass: 'reviews' }],
    clock: 'made',
    periods: [{ from: '2010-11-15', minimum: 3 * YEAR }],
    jurisdiction: 'US',
    flags: ['us-broker-dealer'],
    sources: [cite(SEC_15C3_5, '(e)', 'Each review and certificate is kept as 17a-4(b) says, for three years.')],
    unsure: FROM_MEMORY,
  },
  {
    id: 'us-exception-reports',
    title: 'Exception reports on unusual activity in accounts',
    records: [{ keyClass: 'surveillance' }],
    clock: 'made',
    periods: [{ from: '2003-05-02', minimum: 18 }],
    jurisdiction: 'US',
    flags: ['us-broker-dealer'],
    sources: [cite(SEC_17A_4, '(e)(8)', 'Reports of unusual activity are kept for eighteen months.')],
    unsure: FROM_MEMORY,
  },
  {
    id: 'us-finra-other',
    title: 'FINRA records without a period of their own',
    records: [{ keyClass: 'hub-acts' }, { keyClass: 'reviews' }, { keyClass: 'surveillance' }],
    clock: 'made',
    periods: [{ from: '2011-12-05', minimum: 6 * YEAR }],
    jurisdiction: 'US',
    flags: ['us-broker-dealer'],
    sources: [cite(FINRA_4511, '(b)', 'Records without a stated period are kept for six years.')],
    unsure: FROM_MEMORY,
  },
  {
    id: 'us-adviser-books',
    title: 'Books of an adviser and work papers of Form PF',
    records: [{ keyClass: 'trading' }, { keyClass: 'filings' }],
    clock: 'fiscal-year-end',
    periods: [{ from: '2012-03-31', minimum: 5 * YEAR }],
    jurisdiction: 'US',
    flags: ['us-private-fund-adviser'],
    sources: [cite(ADVISERS_BOOKS, '(e)', 'Books are kept for five years from the end of the fiscal year.')],
    unsure: FROM_MEMORY,
  },
  {
    id: 'us-bsa-filings',
    title: 'Suspicious activity and currency reports with their support',
    records: [{ keyClass: 'filings' }],
    clock: 'filed',
    periods: [{ from: '2011-03-01', minimum: 5 * YEAR }],
    jurisdiction: 'US',
    flags: ['us-broker-dealer'],
    sources: [
      cite(BANK_SECRECY_ACT, '1010.430(d)', 'Records that the rules ask for are kept for five years.'),
      cite(BANK_SECRECY_ACT, '1023.320(d)', 'A report and its support are kept for five years from the filing.'),
    ],
    unsure: FROM_MEMORY,
  },
  {
    id: 'us-transfers-and-searches',
    title: 'Transfers under the travel rule and searches that the authority asked for',
    records: [{ keyClass: 'surveillance' }],
    clock: 'made',
    periods: [{ from: '2011-03-01', minimum: 5 * YEAR }],
    jurisdiction: 'US',
    flags: ['us-broker-dealer'],
    sources: [cite(BANK_SECRECY_ACT, '1010.410(f), 1010.430(d)', 'Records of transfers are kept for five years.')],
    unsure: FROM_MEMORY,
  },
  {
    id: 'us-customer-identity',
    title: 'Identity of customers and of those who own them',
    records: [{ keyClass: 'customer' }],
    clock: 'account-closed',
    periods: [{ from: '2011-03-01', minimum: 5 * YEAR }],
    jurisdiction: 'US',
    flags: ['us-broker-dealer'],
    sources: [
      cite(BANK_SECRECY_ACT, '1023.220(a)(3)', 'Identifying data is kept for five years after the account is closed.'),
      cite(BANK_SECRECY_ACT, '1010.230(i)', 'Data on owners is kept for five years after the account is closed.'),
    ],
    unsure: FROM_MEMORY,
  },
  {
    id: 'us-ofac-transactions',
    title: 'Transactions under the sanctions regulations, and the screening of each',
    records: [{ keyClass: 'trading' }, { keyClass: 'screening' }],
    clock: 'made',
    periods: [
      { from: '1997-08-25', minimum: 5 * YEAR },
      { from: '2025-03-12', minimum: 10 * YEAR },
    ],
    jurisdiction: 'US',
    flags: ['us-broker-dealer', 'us-private-fund-adviser'],
    sources: [
      cite(OFAC_SANCTIONS, '501.601', 'A record of each transaction is kept for ten years, before 2025-03-12 five.'),
    ],
    unsure:
      'Every order is screened, so every trading record is taken for one of these. Counsel may read the rule more narrowly.',
  },
  {
    id: 'us-ofac-blocked',
    title: 'Blocked property',
    records: [{ keyClass: 'blocked-property' }],
    clock: 'unblocked',
    periods: [
      { from: '1997-08-25', minimum: 5 * YEAR },
      { from: '2025-03-12', minimum: 10 * YEAR },
    ],
    jurisdiction: 'US',
    flags: ['us-broker-dealer', 'us-private-fund-adviser'],
    sources: [
      cite(OFAC_SANCTIONS, '501.601', 'Records of blocked property are kept for ten years after it is unblocked.'),
    ],
  },
];

const eu: readonly RecordClass[] = [
  {
    id: 'eu-orders-and-transactions',
    title: 'Orders and transactions in financial instruments',
    records: [{ keyClass: 'trading' }],
    clock: 'made',
    periods: [{ from: '2018-01-03', minimum: 5 * YEAR }],
    jurisdiction: 'EU',
    flags: ['eu-algorithmic'],
    sources: [cite(MIFIR, 'Art. 25(1)', 'Orders and transactions are kept for five years.')],
    unsure: FROM_MEMORY,
  },
  {
    id: 'eu-firm-records',
    title: 'Records of the services and activities of an investment firm',
    records: [{ keyClass: 'market-access' }, { keyClass: 'reviews' }, { keyClass: 'hub-acts' }],
    clock: 'made',
    periods: [{ from: '2018-01-03', minimum: 5 * YEAR }],
    jurisdiction: 'EU',
    flags: ['eu-algorithmic'],
    sources: [
      cite(
        MIFID_2,
        'Art. 16(6), (7)',
        'Records are kept for five years, and for seven where the authority asks for it.',
      ),
    ],
    unsure: 'Seven years bind only where the authority asks for them; the firm’s floor may say seven for all.',
  },
  {
    id: 'eu-hft-orders',
    title: 'Order records of a firm with a high-frequency technique',
    records: [{ keyClass: 'trading' }],
    clock: 'made',
    periods: [{ from: '2018-01-03', minimum: 5 * YEAR }],
    jurisdiction: 'EU',
    flags: ['eu-high-frequency'],
    sources: [cite(RTS_6, 'Art. 28(3)', 'Order records are kept for five years from the submission.')],
  },
  {
    id: 'eu-abuse-analyses',
    title: 'Analyses of suspicious orders and transactions, reported or not',
    records: [{ keyClass: 'surveillance' }],
    clock: 'made',
    periods: [{ from: '2016-07-03', minimum: 5 * YEAR }],
    jurisdiction: 'EU',
    flags: ['eu-algorithmic'],
    sources: [cite(MAR_DETECTION, 'Art. 3(8)', 'Analyses are kept for five years, with the reason to report or not.')],
    unsure: FROM_MEMORY,
  },
  {
    id: 'eu-aml-customer',
    title: 'Customer data against money laundering',
    records: [{ keyClass: 'customer' }],
    clock: 'relationship-ended',
    periods: [{ from: '2017-06-26', minimum: 5 * YEAR, maximum: 5 * YEAR }],
    jurisdiction: 'EU',
    flags: ['eu-algorithmic'],
    sources: [
      cite(AMLD, 'Art. 40', 'Customer data is kept for five years after the relationship, and then deleted.'),
      cite(AMLR, 'Art. 77', 'From 2027-07-10 the same five years stand in the regulation.'),
    ],
    unsure: 'A member state may have set a longer period by law. Counsel names the national law that binds the firm.',
  },
];

const firm: readonly RecordClass[] = [
  {
    id: 'firm-documents',
    title: 'Formation documents and minutes',
    records: [{ keyClass: 'firm' }],
    clock: 'made',
    periods: [{ from: '2003-05-02', minimum: 'life-of-firm' }],
    jurisdiction: 'firm',
    flags: [],
    sources: [cite(SEC_17A_4, '(d)', 'Formation documents and minutes are kept as long as the firm lives.')],
    unsure: FROM_MEMORY,
  },
  {
    id: 'firm-audit-trail',
    title: 'Acts at the hub: who did what, and when',
    records: [{ keyClass: 'hub-acts' }],
    clock: 'made',
    periods: [{ from: '2023-01-03', minimum: 10 * YEAR }],
    jurisdiction: 'firm',
    flags: [],
    sources: [
      cite(SEC_17A_4, '(f)(2)(i)(A), (f)(3)', 'The audit trail of records is kept as long as the records themselves.'),
    ],
    unsure: 'Ten years are the longest period that another class here counts from the making of a record.',
  },
  {
    id: 'firm-disposals',
    title: 'Figures, holds, decisions and certificates of retention',
    records: [{ keyClass: 'retention' }],
    clock: 'made',
    periods: [{ from: '2023-01-03', minimum: 'life-of-firm' }],
    jurisdiction: 'firm',
    flags: [],
    sources: [
      cite(
        SEC_17A_4,
        '(f)(2)(i)(A)',
        'The deletion of a record is part of its audit trail; the proof outlives the record.',
      ),
    ],
  },
];

/**
 * The retention classes that this release knows.
 *
 * Shape:  a change of law adds a period to its class and edits none. A record may be in several classes.
 * Source: 17 CFR 240.17a-4; FINRA 4511; 17 CFR 275.204-2; 31 CFR 501.601, 1010.430; MiFIR Art. 25; RTS 6 Art. 28; AMLD Art. 40.
 */
export const recordClasses: readonly RecordClass[] = [...us, ...eu, ...firm];
