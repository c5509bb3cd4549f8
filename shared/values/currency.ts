import { KitError } from '../errors.ts';
import type { Brand } from './brand.ts';

/** What amounts of money are in: an ISO 4217 alphabetic code, or the listed code of a digital token. */
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

/**
 * The codes of digital tokens as the large spot exchanges wrote them on 2026-01-01, by the digits that their ledgers keep.
 *
 * Shape:  no body keeps these codes, so this list is a convention: eight digits is what those exchanges state as the precision of
 *         balances and fees, however many the token's own protocol has. A token whose code is one of ISO 4217 is not here, since
 *         the standard's meaning wins: MNT is the tugrik. A token that is delisted later stays, because records name it.
 * Source: the exchanges' published lists of assets and their precision; a convention of trade, no standard.
 */
const TOKENS_BY_DIGITS: readonly (readonly [digits: number, codes: string])[] = [
  [
    8,
    `1INCH AAVE ADA AEUR ALGO APT ARB ATOM AVAX AXS BCH BNB BONK BTC CAKE CHZ COMP CRV DAI DASH DOGE DOT DYDX EGLD ENA ENJ
     ENS EOS ETC ETH EURC EURI FDUSD FET FIL FLOKI FLOW GALA GRT HBAR ICP IMX INJ IOTA JUP KAS KSM LDO LINK LTC LUNC MANA
     MATIC MKR NEAR NEO ONDO OP ORDI PAXG PENDLE PEPE POL PYTH PYUSD QNT RENDER ROSE RUNE SAND SEI SHIB SNX SOL STETH STRK
     STX SUI SUSHI TAO THETA TIA TON TRX TUSD UNI USDC USDP USDT VET WBTC WIF WLD XLM XMR XRP XTZ YFI ZEC ZIL ZRO`,
  ],
];

function codesWithDigits(table: typeof TOKENS_BY_DIGITS): readonly (readonly [code: string, digits: number])[] {
  return table.flatMap(([digits, codes]) => codes.split(/\s+/).map((code) => [code, digits] as const));
}

const TOKEN_DIGITS: ReadonlyMap<string, number> = new Map(codesWithDigits(TOKENS_BY_DIGITS));

const MINOR_UNITS: ReadonlyMap<string, number | undefined> = new Map([
  ...TOKEN_DIGITS,
  // The standard stands last, so that its meaning of a code is the one that counts.
  ...codesWithDigits(CODES_BY_MINOR_UNITS),
  ...CODES_WITHOUT_MINOR_UNITS.split(' ').map((code) => [code, undefined] as const),
]);

/** Reads an active ISO 4217 code or a listed token's. Errors: `VALUE_MALFORMED` for any other text. */
export function currency(text: string): Currency {
  if (isCurrency(text)) return text;
  throw new KitError('VALUE_MALFORMED', `a currency written as ${JSON.stringify(text)}`, {
    hint: 'Use an active ISO 4217 code in capitals, like EUR, or the listed code of a digital token, like BTC.',
  });
}

/** Whether the text is an active ISO 4217 code or the listed code of a digital token. */
export function isCurrency(text: string): text is Currency {
  return MINOR_UNITS.has(text);
}

/** Whether the text is the listed code of a digital token: nobody's legal tender, and no code of ISO 4217. */
export function isDigitalToken(text: string): text is Currency {
  return TOKEN_DIGITS.has(text);
}

/**
 * The digits that amounts of the currency have behind the point; those of a digital token are a convention of exchanges.
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
