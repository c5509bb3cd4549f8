/** A law, rule or standard that something in the product answers to. */
export interface Act {
  readonly id: string;
  readonly title: string;
  readonly jurisdiction: 'US' | 'EU' | 'UK' | 'standard';
}

/** A place in an act, and what it asks in our own words. */
export interface Citation {
  readonly act: Act;
  readonly place: string;
  readonly says: string;
}

/** Names a place in an act. Shape: `says` is one sentence of ours, never the legal text. */
export function cite(act: Act, place: string, says: string): Citation {
  return { act, place, says };
}

/** The market access rule for broker-dealers. */
export const SEC_15C3_5: Act = {
  id: '17-cfr-240.15c3-5',
  title: 'SEC Rule 15c3-5 (market access)',
  jurisdiction: 'US',
};

/** The records that broker-dealers must make. */
export const SEC_17A_3: Act = {
  id: '17-cfr-240.17a-3',
  title: 'SEC Rule 17a-3 (records to be made)',
  jurisdiction: 'US',
};

/** Organisation of investment firms that trade by algorithm. */
export const RTS_6: Act = {
  id: 'eu-2017-589',
  title: 'Delegated Regulation (EU) 2017/589 (RTS 6)',
  jurisdiction: 'EU',
};

/** How trading venues count and limit orders to trades. */
export const RTS_9: Act = {
  id: 'eu-2017-566',
  title: 'Delegated Regulation (EU) 2017/566 (RTS 9)',
  jurisdiction: 'EU',
};

/** How well the clocks of venues and their members must run. */
export const RTS_25: Act = {
  id: 'eu-2017-574',
  title: 'Delegated Regulation (EU) 2017/574 (RTS 25)',
  jurisdiction: 'EU',
};

/** Market abuse, wash trades among it. */
export const MAR: Act = {
  id: 'eu-596-2014',
  title: 'Regulation (EU) No 596/2014 (MAR)',
  jurisdiction: 'EU',
};

/** Marking, locating and closing out short sales. */
export const REG_SHO: Act = {
  id: '17-cfr-242.200-204',
  title: 'SEC Regulation SHO',
  jurisdiction: 'US',
};

/** Price bands and pauses for single US shares. */
export const LULD_PLAN: Act = {
  id: 'nms-luld-plan',
  title: 'National Market System Plan to Address Extraordinary Market Volatility (LULD)',
  jurisdiction: 'US',
};

/** What US broker-dealers may lend on securities. */
export const REG_T: Act = {
  id: '12-cfr-220',
  title: 'Federal Reserve Regulation T',
  jurisdiction: 'US',
};

/** What margin US broker-dealers must ask for. */
export const FINRA_4210: Act = {
  id: 'finra-4210',
  title: 'FINRA Rule 4210 (margin requirements)',
  jurisdiction: 'US',
};

/** The sanctions that the US Treasury's Office of Foreign Assets Control administers. */
export const OFAC_SANCTIONS: Act = {
  id: '31-cfr-ch-v',
  title: 'OFAC sanctions regulations (31 CFR Chapter V)',
  jurisdiction: 'US',
};

/** The US national market system; among it the smallest price steps of shares. */
export const REG_NMS: Act = {
  id: '17-cfr-242.600-614',
  title: 'SEC Regulation NMS',
  jurisdiction: 'US',
};

/** The price steps of shares, depositary receipts and exchange-traded funds. */
export const RTS_11: Act = {
  id: 'eu-2017-588',
  title: 'Delegated Regulation (EU) 2017/588 (RTS 11)',
  jurisdiction: 'EU',
};

/** The clocks of venues and their members in the EU, in the place of RTS 25. */
export const EU_CLOCKS: Act = {
  id: 'eu-2025-1155',
  title: 'Delegated Regulation (EU) 2025/1155 (clock synchronisation among its subjects)',
  jurisdiction: 'EU',
};

/** How well the clocks of US broker-dealers must run. */
export const FINRA_4590: Act = {
  id: 'finra-4590',
  title: 'FINRA Rule 4590 (synchronization of business clocks)',
  jurisdiction: 'US',
};

/** Trades without a change of owner, among others of the same firm. */
export const FINRA_5210: Act = {
  id: 'finra-5210',
  title: 'FINRA Rule 5210 (publication of transactions and quotations)',
  jurisdiction: 'US',
};

/** The halt of all US shares after a fall of the index. */
export const MARKET_WIDE_BREAKER_RULE: Act = {
  id: 'nyse-7.12',
  title: 'NYSE Rule 7.12 (market-wide circuit breakers)',
  jurisdiction: 'US',
};

/** How long broker-dealers keep their records, and in what form. */
export const SEC_17A_4: Act = {
  id: '17-cfr-240.17a-4',
  title: 'SEC Rule 17a-4 (records to be preserved)',
  jurisdiction: 'US',
};

/** Customer identification, currency reports, suspicious activity and the travel rule. */
export const BANK_SECRECY_ACT: Act = {
  id: '31-cfr-ch-x',
  title: 'Bank Secrecy Act regulations (31 CFR Chapter X)',
  jurisdiction: 'US',
};

/** The report of advisers to private funds. */
export const FORM_PF: Act = {
  id: '17-cfr-275.204-b-1',
  title: 'SEC Rule 204(b)-1 (Form PF)',
  jurisdiction: 'US',
};

/** The books of investment advisers. */
export const ADVISERS_BOOKS: Act = {
  id: '17-cfr-275.204-2',
  title: 'SEC Rule 204-2 (books and records of investment advisers)',
  jurisdiction: 'US',
};

/** The consolidated audit trail of US orders. */
export const CAT_RULE: Act = {
  id: '17-cfr-242.613',
  title: 'SEC Rule 613 (consolidated audit trail)',
  jurisdiction: 'US',
};

/** Transparency, transaction reports and order records in the EU. */
export const MIFIR: Act = {
  id: 'eu-600-2014',
  title: 'Regulation (EU) No 600/2014 (MiFIR)',
  jurisdiction: 'EU',
};

/** The content of transaction reports. */
export const RTS_22: Act = {
  id: 'eu-2017-590',
  title: 'Delegated Regulation (EU) 2017/590 (RTS 22)',
  jurisdiction: 'EU',
};

/** Organisation of trading venues that let algorithms trade. */
export const RTS_7: Act = {
  id: 'eu-2017-584',
  title: 'Delegated Regulation (EU) 2017/584 (RTS 7)',
  jurisdiction: 'EU',
};

/** The order records of trading venues. */
export const RTS_24: Act = {
  id: 'eu-2017-580',
  title: 'Delegated Regulation (EU) 2017/580 (RTS 24)',
  jurisdiction: 'EU',
};

/** Money laundering in the EU. */
export const AMLD: Act = {
  id: 'eu-2015-849',
  title: 'Directive (EU) 2015/849 (anti-money-laundering directive)',
  jurisdiction: 'EU',
};

/** The UK's copies of the EU acts on algorithms, reports, clocks and abuse. */
export const UK_ONSHORED: Act = {
  id: 'uk-eu-exit-2018-1403',
  title: 'EU acts retained in UK law (MiFID organisational regulation, RTS 6, 22 and 25, MAR)',
  jurisdiction: 'UK',
};

/** FINRA's own rule for the books and records of its members. */
export const FINRA_4511: Act = {
  id: 'finra-4511',
  title: 'FINRA Rule 4511 (books and records, general requirements)',
  jurisdiction: 'US',
};

/** Markets in financial instruments; among it the records of investment firms. */
export const MIFID_2: Act = {
  id: 'eu-2014-65',
  title: 'Directive 2014/65/EU (MiFID II)',
  jurisdiction: 'EU',
};

/** How suspicious orders and transactions are looked for and reported. */
export const MAR_DETECTION: Act = {
  id: 'eu-2016-957',
  title: 'Delegated Regulation (EU) 2016/957 (detecting and reporting market abuse)',
  jurisdiction: 'EU',
};

/** Money laundering in the EU, in the place of the directive from 2027-07-10. */
export const AMLR: Act = {
  id: 'eu-2024-1624',
  title: 'Regulation (EU) 2024/1624 (anti-money-laundering regulation)',
  jurisdiction: 'EU',
};
