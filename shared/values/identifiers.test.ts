import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  accountId,
  cfi,
  edgeId,
  figi,
  ID_PATTERN,
  instrumentId,
  isCfi,
  isFigi,
  isIsin,
  isin,
  isLei,
  isMic,
  lei,
  mic,
  ORDER_ID_PATTERN,
  orderId,
  personId,
  venueId,
  withLeiCheckDigits,
} from './identifiers.ts';

const malformed = expect.objectContaining({ code: 'VALUE_MALFORMED' });
const isins = ['US0378331005', 'DE0007164600', 'GB0002634946', 'US5949181045', 'XS0971721450', 'AU0000XVGZA3'];
const leis = ['5493001KJTIIGC8Y1R12', '7LTWFZYICNSX8D621K86', '529900T8BM49AURSDO55', 'HWUPKR0MPOU8FGXBT394'];
const figis = ['BBG000BLNNH6', 'BBG000B9XRY4', 'BBG000BPH459'];

/** The text with one of its digits replaced by another digit. */
function corrupted(text: string, at: number, step: number): string {
  const places = Array.from(text, (character, index) => ({ character, index })).filter(({ character }) =>
    /\d/.test(character),
  );
  const place = places[at % places.length];
  if (place === undefined) return text;
  const digit = (Number(place.character) + step) % 10;
  return `${text.slice(0, place.index)}${digit}${text.slice(place.index + 1)}`;
}

test.each(isins)('the ISIN %s is read', (text) => {
  expect(isIsin(text)).toBe(true);
  expect(isin(text)).toBe(text);
});

test.each(leis)('the LEI %s is read', (text) => {
  expect(isLei(text)).toBe(true);
  expect(lei(text)).toBe(text);
  expect(withLeiCheckDigits(text.slice(0, 18))).toBe(text);
});

test.each(figis)('the FIGI %s is read', (text) => {
  expect(isFigi(text)).toBe(true);
  expect(figi(text)).toBe(text);
});

test('one wrong digit is found in every ISIN, LEI and FIGI', () => {
  const cases = fc.constantFrom(
    ...isins.map((text) => ({ text, accepts: isIsin, read: isin as (text: string) => string })),
    ...leis.map((text) => ({ text, accepts: isLei, read: lei as (text: string) => string })),
    ...figis.map((text) => ({ text, accepts: isFigi, read: figi as (text: string) => string })),
  );
  fc.assert(
    fc.property(cases, fc.nat(19), fc.integer({ min: 1, max: 9 }), ({ text, accepts, read }, at, step) => {
      const wrong = corrupted(text, at, step);
      expect(wrong).not.toBe(text);
      expect(accepts(wrong)).toBe(false);
      expect(() => read(wrong)).toThrowError(malformed);
    }),
    { numRuns: 1_000 },
  );
});

test('a refusal names the check digits that were expected', () => {
  expect(() => isin('US0378331006')).toThrow('US0378331006 with check digits 6, not 5');
  expect(() => lei('5493001KJTIIGC8Y1R13')).toThrow('5493001KJTIIGC8Y1R13 with check digits 13, not 12');
  expect(() => figi('BBG000BLNNH7')).toThrow('BBG000BLNNH7 with check digits 7, not 6');
});

test('every eighteen characters become an LEI', () => {
  const first18 = fc.stringMatching(/^[A-Z0-9]{18}$/);
  fc.assert(
    fc.property(first18, (text) => {
      const made = withLeiCheckDigits(text);
      expect(isLei(made)).toBe(true);
      expect(Number(made.slice(18))).toBeGreaterThanOrEqual(2);
      expect(Number(made.slice(18))).toBeLessThanOrEqual(98);
    }),
  );
  expect(() => withLeiCheckDigits('SHORT')).toThrowError(malformed);
  expect(() => withLeiCheckDigits('lowercase000000000')).toThrowError(malformed);
});

test('check digits below ten keep their zero', () => {
  const made = Array.from({ length: 200 }, (_, index) => withLeiCheckDigits(`DEMO${index}`.padEnd(18, '0')));
  expect(made.every((text) => text.length === 20 && isLei(text))).toBe(true);
  expect(made.some((text) => text.at(18) === '0')).toBe(true);
});

test.each(['', 'US037833100', 'US03783310055', 'us0378331005', 'U10378331005', 'US037833100A', 'US0378331005\n'])(
  '%j has not the form of an ISIN',
  (text) => {
    expect(isIsin(text)).toBe(false);
    expect(() => isin(text)).toThrow(/an ISIN is/);
  },
);

test.each(['', '5493001KJTIIGC8Y1R1', '5493001kjtiigc8y1r12', '5493001KJTIIGC8Y1RAB', '5493001KJTIIGC8Y1R-2'])(
  '%j has not the form of an LEI',
  (text) => {
    expect(isLei(text)).toBe(false);
    expect(() => lei(text)).toThrow(/an LEI is/);
  },
);

test.each(['', 'BBG000BLNNH', 'ABG000BLNNH6', 'BBA000BLNNH6', 'BBG000BLNAH6', 'GBG000BLNNH6', 'bbg000blnnh6'])(
  '%j has not the form of a FIGI',
  (text) => {
    expect(isFigi(text)).toBe(false);
    expect(() => figi(text)).toThrow(/a FIGI is/);
  },
);

test('a MIC is four capitals or digits', () => {
  for (const text of ['XNYS', 'XETR', 'XOFF', '360T']) {
    expect(isMic(text)).toBe(true);
    expect(mic(text)).toBe(text);
  }
  for (const text of ['', 'XNY', 'XNYSE', 'xnys', 'XN-S']) {
    expect(isMic(text)).toBe(false);
    expect(() => mic(text)).toThrowError(malformed);
  }
});

test('a CFI starts with one of fourteen categories', () => {
  for (const category of 'ECDROFSHIJKLTM') expect(isCfi(`${category}SVUFR`)).toBe(true);
  for (const category of 'ABGNPQUVWXYZ') expect(isCfi(`${category}SVUFR`)).toBe(false);
  expect(cfi('ESVUFR')).toBe('ESVUFR');
  for (const text of ['', 'ESVUF', 'ESVUFRX', 'esvufr', 'ESVU1R']) expect(() => cfi(text)).toThrowError(malformed);
});

test('our own names are 1 to 64 letters, digits and -._ and start with a letter or digit', () => {
  for (const read of [instrumentId, venueId, edgeId, accountId, personId]) {
    expect(read('a')).toBe('a');
    expect(read('0-A._z')).toBe('0-A._z');
    expect(read('x'.repeat(64))).toHaveLength(64);
    for (const text of ['', 'x'.repeat(65), '-a', '.a', '..', '_a', 'a b', 'a/b', 'a+b', 'a#b', 'é', 'a\n']) {
      expect(() => read(text)).toThrowError(malformed);
    }
  }
  expect(ID_PATTERN.test('spy.paper')).toBe(true);
});

test('an order id has at most 36 characters', () => {
  expect(orderId('x'.repeat(36))).toHaveLength(36);
  expect(() => orderId('x'.repeat(37))).toThrow(/1 to 36/);
  expect(orderId('01890a5d-ac96-774b-bcce-b302099a8057')).toHaveLength(36);
  expect(ORDER_ID_PATTERN.test('')).toBe(false);
});
