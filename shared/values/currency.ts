import { KitError } from '../errors.ts';
import type { Brand } from './brand.ts';

/** An ISO 4217 alphabetic code. */
export type Currency = Brand<string, 'Currency'>;

/**
 * The active codes by their digits behind the point, from list one of ISO 4217 as published by its maintenance agency on
 * 2026-01-01. A code that is withdrawn later stays here, because records that name it have to stay readable.
 */
const CODES_BY_MINOR_UNITS: readonly (readonly [minorUnits: number, codes: string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [
    2,
    `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP
     COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR
     JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN
     NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
     THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG`,
  ],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

/** Metals, units of account, the test code and the code for no currency: the standard gives them no minor unit. */
const CODES_WITHOUT_MINOR_UNITS = 'XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX';

const MINOR_UNITS: ReadonlyMap<string, number | undefined> = new Map([
  ...CODES_BY_MINOR_UNITS.flatMap(([units, codes]) => codes.split(/\s+/).map((code) => [code, units] as const)),
  ...CODES_WITHOUT_MINOR_UNITS.split(' ').map((code) => [code, undefined] as const),
]);

/** Reads an active ISO 4217 code. Errors: `VALUE_MALFORMED` for any other text. */
export function currency(text: string): Currency {
  if (isCurrency(text)) return text;
  throw new KitError('VALUE_MALFORMED', `a currency written as ${JSON.stringify(text)}`, {
    hint: 'Use an active ISO 4217 code in capitals, like EUR.',
  });
}

/** Whether the text is an active ISO 4217 code. */
export function isCurrency(text: string): text is Currency {
  return MINOR_UNITS.has(text);
}

/**
 * The digits that amounts of the currency have behind the point.
 *
 * Errors: `VALUE_MALFORMED` for the codes to which the standard gives none, such as gold.
 */
export function minorUnits(of: Currency): number {
  const units = MINOR_UNITS.get(of);
  if (units !== undefined) return units;
  throw new KitError('VALUE_MALFORMED', `minor units of ${of}, which has none`, {
    hint: 'Name the scale where amounts of metals and units of account are rounded.',
  });
}
