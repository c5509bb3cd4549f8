const LETTER_A = 'A'.charCodeAt(0);
const DIGIT_0 = '0'.charCodeAt(0);
const DIGIT_9 = '9'.charCodeAt(0);

/** The Luhn digit for digits and capitals, each capital taken as its two digits. Source: ISO 6166 (ISIN). */
export function luhnDigit(payload: string): number {
  const digits = Array.from(payload, (character) => `${characterValue(character)}`).join('');
  const weighted = Array.from(digits, Number).map((digit, index) => {
    const isDoubled = (digits.length - index) % 2 === 1;
    return digitSum(isDoubled ? digit * 2 : digit);
  });
  return complement(weighted);
}

/** The digit of a FIGI for its first eleven characters: each second value is doubled before its digits are added. */
export function figiDigit(payload: string): number {
  return complement(
    Array.from(payload, (character, index) => digitSum(characterValue(character) * (index % 2 === 0 ? 1 : 2))),
  );
}

/** The two digits that make the text leave 1 when divided by 97. Source: ISO/IEC 7064, MOD 97-10 (LEI). */
export function mod97Digits(payload: string): string {
  const values = Array.from(`${payload}00`, characterValue);
  const remainder = values.reduce((rest, value) => (rest * (value > 9 ? 100 : 10) + value) % 97, 0);
  return `${98 - remainder}`.padStart(2, '0');
}

function complement(weighted: readonly number[]): number {
  const total = weighted.reduce((sum, value) => sum + value, 0);
  return (10 - (total % 10)) % 10;
}

function digitSum(value: number): number {
  return Math.floor(value / 10) + (value % 10);
}

/** Digits stand for themselves, A for 10 and so on to Z for 35. */
function characterValue(character: string): number {
  const code = character.charCodeAt(0);
  return code >= DIGIT_0 && code <= DIGIT_9 ? code - DIGIT_0 : code - LETTER_A + 10;
}
