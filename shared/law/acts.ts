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
