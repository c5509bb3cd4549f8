import type { Example } from '../define-control.ts';
import { exampleInstrument } from './files.ts';
import { exampleValuation, holding } from './holding.ts';

type LimitsText = typeof limits & { readonly regime: 'cash' | 'reg-t' | 'intraday' | 'venue' };

const limits = { reserveBps: 0, ...exampleValuation };
const cash = { regime: 'cash', ...limits } as const;
const regT = { regime: 'reg-t', ...limits } as const;
const intraday = { regime: 'intraday', ...limits } as const;
const venue = { regime: 'venue', ...limits } as const;
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const shortSale = { side: 'sell', shortSaleMark: 'short' } as const;
const lateDay = { day: '2026-06-04' } as const;

const usd = (amount: string) => ({ cash: [{ currency: 'USD', amount }] });
const margins = (...rows: readonly Row[]) => ({
  margins: { rows: rows.map((row) => ({ initialBps: 0, maintenanceBps: 0, ...row })) },
});
const others = (amount: string) => ({ elsewhere: { long: amount, short: amount, gross: amount, net: amount } });

interface Row {
  readonly instrument?: string;
  readonly assetClass?: 'etf' | 'equity' | 'crypto';
  readonly initialBps?: number;
  readonly maintenanceBps?: number;
  readonly leverageMax?: string;
}

const ofCash: readonly Example<LimitsText>[] = [
  { name: 'a purchase with cash to spare', limits: cash, expect: 'pass' },
  { name: 'a purchase with exactly the cash for it', own: usd('50000.00'), limits: cash, expect: 'pass' },
  { name: 'a purchase with one cent too little', own: usd('49999.99'), limits: cash, expect: 'refuse' },
  {
    name: 'open purchases need cash too: exactly enough',
    own: { ...holding({ openBuy: '20' }), ...usd('70000.00') },
    limits: cash,
    expect: 'pass',
  },
  {
    name: 'open purchases need cash too: one cent too little',
    own: { ...holding({ openBuy: '20' }), ...usd('69999.99') },
    limits: cash,
    expect: 'refuse',
  },
  {
    name: 'what is held is paid for already: exactly the cash for the order',
    own: { ...holding({ position: '500' }), ...usd('50000.00') },
    limits: cash,
    expect: 'pass',
  },
  {
    name: 'with a reserve of a tenth, exactly enough',
    own: usd('55000.00'),
    limits: { ...cash, reserveBps: 1_000 },
    expect: 'pass',
  },
  {
    name: 'with a reserve of a tenth, one cent too little',
    own: usd('54999.99'),
    limits: { ...cash, reserveBps: 1_000 },
    expect: 'refuse',
  },
  {
    name: 'cash in another currency does not pay for it',
    own: { cash: [{ currency: 'EUR', amount: '1000000' }] },
    limits: cash,
    expect: 'refuse',
  },
  {
    name: 'a sale of exactly what is held and not yet for sale',
    order: sale,
    own: { ...holding({ position: '60', openSell: '10' }), ...usd('0') },
    limits: cash,
    expect: 'pass',
  },
  {
    name: 'a sale of one unit more than that',
    order: sale,
    own: { ...holding({ position: '59', openSell: '10' }), ...usd('0') },
    limits: cash,
    expect: 'refuse',
  },
  { name: 'a short sale of an account that may not owe', order: shortSale, limits: cash, expect: 'refuse' },
  {
    name: 'without cash, a purchase of exactly all that is owed',
    own: { ...holding({ position: '-50' }), ...usd('0') },
    limits: cash,
    expect: 'pass',
  },
  {
    name: 'without cash, a purchase of one unit more than is owed',
    own: { ...holding({ position: '-49' }), ...usd('0') },
    limits: cash,
    expect: 'refuse',
  },
  { name: 'cash that is not known', own: { cash: null }, limits: cash, expect: 'refuse' },
  { name: 'what is held is not known', own: { totals: null }, limits: cash, expect: 'refuse' },
  {
    name: 'a price of something held exactly as old as permitted',
    own: holding({ position: '10' }),
    limits: { ...cash, markAgeMsMax: 1_000 },
    expect: 'pass',
  },
  {
    name: 'a price of something held one millisecond too old',
    own: holding({ position: '10' }),
    limits: { ...cash, markAgeMsMax: 999 },
    expect: 'refuse',
  },
];

const ofRegT: readonly Example<LimitsText>[] = [
  { name: 'half of a purchase is covered exactly', own: usd('25000.00'), limits: regT, expect: 'pass' },
  { name: 'half of a purchase is covered but for a cent', own: usd('24999.99'), limits: regT, expect: 'refuse' },
  {
    name: 'half of a short sale is covered exactly',
    order: shortSale,
    own: usd('25000.00'),
    limits: regT,
    expect: 'pass',
  },
  {
    name: 'half of a short sale is covered but for a cent',
    order: shortSale,
    own: usd('24999.99'),
    limits: regT,
    expect: 'refuse',
  },
  {
    name: 'what is held counts on both sides: exactly half of everything',
    own: { ...holding({ position: '50' }), ...usd('0.00') },
    limits: regT,
    expect: 'pass',
  },
  {
    name: 'what is held on borrowed money: a cent less than half of everything',
    own: { ...holding({ position: '50' }), ...usd('-0.01') },
    limits: regT,
    expect: 'refuse',
  },
  {
    name: 'the house asks sixty per cent of the class: covered exactly',
    files: margins({ assetClass: 'etf', initialBps: 6_000 }),
    own: usd('30000.00'),
    limits: regT,
    expect: 'pass',
  },
  {
    name: 'the house asks sixty per cent of the class: a cent too little',
    files: margins({ assetClass: 'etf', initialBps: 6_000 }),
    own: usd('29999.99'),
    limits: regT,
    expect: 'refuse',
  },
  {
    name: 'the house keeps seventy per cent up: covered exactly',
    files: margins({ assetClass: 'etf', maintenanceBps: 7_000 }),
    own: usd('35000.00'),
    limits: regT,
    expect: 'pass',
  },
  {
    name: 'the house asks less than the law, which counts: a cent too little',
    files: margins({ assetClass: 'etf', initialBps: 1_000 }),
    own: usd('24999.99'),
    limits: regT,
    expect: 'refuse',
  },
  {
    name: 'a rate of the instrument’s own comes before that of its class: covered exactly',
    files: margins({ assetClass: 'etf' }, { instrument: 'demo-index', initialBps: 8_000 }),
    own: usd('40000.00'),
    limits: regT,
    expect: 'pass',
  },
  {
    name: 'a rate of the instrument’s own: a cent too little',
    files: margins({ assetClass: 'etf' }, { instrument: 'demo-index', initialBps: 8_000 }),
    own: usd('39999.99'),
    limits: regT,
    expect: 'refuse',
  },
  {
    name: 'a class that the law does not lend on is paid in full: covered exactly',
    files: {
      ...margins({ assetClass: 'crypto' }),
      instruments: { rows: [{ ...exampleInstrument, assetClass: 'crypto' }] },
    },
    own: usd('50000.00'),
    limits: regT,
    expect: 'pass',
  },
  {
    name: 'a class that the law does not lend on: a cent too little',
    files: {
      ...margins({ assetClass: 'crypto' }),
      instruments: { rows: [{ ...exampleInstrument, assetClass: 'crypto' }] },
    },
    own: usd('49999.99'),
    limits: regT,
    expect: 'refuse',
  },
  {
    name: 'a small account is worth exactly two thousand dollars',
    order: { quantity: '3' },
    own: usd('2000.00'),
    limits: regT,
    expect: 'pass',
  },
  {
    name: 'a small account is worth one cent less',
    order: { quantity: '3' },
    own: usd('1999.99'),
    limits: regT,
    expect: 'refuse',
  },
  {
    name: 'a small account pays in full: exactly the price',
    order: { quantity: '1' },
    own: usd('1000.00'),
    limits: regT,
    expect: 'pass',
  },
  {
    name: 'a small account that lacks one cent of the price',
    order: { quantity: '1' },
    own: usd('999.99'),
    limits: regT,
    expect: 'refuse',
  },
  {
    name: 'too little margin, and a sale of exactly all that is held',
    order: sale,
    own: { ...holding({ position: '50' }), ...usd('-40000') },
    limits: regT,
    expect: 'pass',
  },
  {
    name: 'too little margin, and a sale of one unit more than is held',
    order: sale,
    own: { ...holding({ position: '49' }), ...usd('-40000') },
    limits: regT,
    expect: 'refuse',
  },
  { name: 'a class without a margin rate', files: margins({ assetClass: 'equity' }), limits: regT, expect: 'refuse' },
  { name: 'no file of margin rates', files: { margins: null }, limits: regT, expect: 'refuse' },
  { name: 'no file of instruments', files: { instruments: null }, limits: regT, expect: 'refuse' },
  { name: 'an instrument that is not on file', files: { instruments: { rows: [] } }, limits: regT, expect: 'refuse' },
  {
    name: 'a list of instruments that is not known, where rates name instruments',
    files: margins({ assetClass: 'etf' }, { instrument: 'demo-index', initialBps: 8_000 }),
    own: { instruments: null },
    limits: regT,
    expect: 'refuse',
  },
  { name: 'a day before the first rule', facts: { day: '1974-01-02' }, limits: regT, expect: 'refuse' },
];

const ofIntraday: readonly Example<LimitsText>[] = [
  {
    name: 'on exactly the first day of the rule, a quarter is covered exactly',
    facts: lateDay,
    own: usd('12500.00'),
    limits: intraday,
    expect: 'pass',
  },
  {
    name: 'on the first day of the rule, a quarter but for a cent',
    facts: lateDay,
    own: usd('12499.99'),
    limits: intraday,
    expect: 'refuse',
  },
  { name: 'on the day before the rule', facts: { day: '2026-06-03' }, limits: intraday, expect: 'refuse' },
  {
    name: 'thirty per cent of a short sale is covered exactly',
    order: shortSale,
    facts: lateDay,
    own: usd('15000.00'),
    limits: intraday,
    expect: 'pass',
  },
  {
    name: 'thirty per cent of a short sale but for a cent',
    order: shortSale,
    facts: lateDay,
    own: usd('14999.99'),
    limits: intraday,
    expect: 'refuse',
  },
  {
    name: 'the house asks forty per cent: covered exactly',
    facts: lateDay,
    files: margins({ assetClass: 'etf', maintenanceBps: 4_000 }),
    own: usd('20000.00'),
    limits: intraday,
    expect: 'pass',
  },
  {
    name: 'the house asks forty per cent: a cent too little',
    facts: lateDay,
    files: margins({ assetClass: 'etf', maintenanceBps: 4_000 }),
    own: usd('19999.99'),
    limits: intraday,
    expect: 'refuse',
  },
];

const ofVenue: readonly Example<LimitsText>[] = [
  {
    name: 'a leverage of four is used exactly',
    files: margins({ assetClass: 'etf', leverageMax: '4' }),
    own: usd('12500.00'),
    limits: venue,
    expect: 'pass',
  },
  {
    name: 'a leverage of four and a cent too little',
    files: margins({ assetClass: 'etf', leverageMax: '4' }),
    own: usd('12499.99'),
    limits: venue,
    expect: 'refuse',
  },
  {
    name: 'the venue asks more than the leverage leaves: covered exactly',
    files: margins({ assetClass: 'etf', leverageMax: '4', initialBps: 5_000 }),
    own: usd('25000.00'),
    limits: venue,
    expect: 'pass',
  },
  {
    name: 'the venue asks more than the leverage leaves: a cent too little',
    files: margins({ assetClass: 'etf', leverageMax: '4', initialBps: 5_000 }),
    own: usd('24999.99'),
    limits: venue,
    expect: 'refuse',
  },
  { name: 'a venue that names no leverage', files: margins({ assetClass: 'etf' }), limits: venue, expect: 'refuse' },
  {
    name: 'a leverage of zero',
    files: margins({ assetClass: 'etf', leverageMax: '0' }),
    limits: venue,
    expect: 'refuse',
  },
  {
    name: 'an instrument of its own without a leverage',
    files: margins({ assetClass: 'etf', leverageMax: '4' }, { instrument: 'demo-index' }),
    limits: venue,
    expect: 'refuse',
  },
  {
    name: 'what else is held counts too: exactly the leverage of four',
    files: margins({ assetClass: 'etf', leverageMax: '4' }),
    own: { ...holding(others('150000')), ...usd('-100000.00') },
    limits: venue,
    expect: 'pass',
  },
];

/** The worked examples of the control of buying power, regime by regime. */
export const buyingPowerExamples: readonly Example<LimitsText>[] = [...ofCash, ...ofRegT, ...ofIntraday, ...ofVenue];
