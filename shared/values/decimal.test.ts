import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  absolute,
  add,
  compare,
  DECIMAL_PATTERN,
  type Decimal,
  decimal,
  divide,
  equal,
  fitsText,
  fromFloat,
  fromInteger,
  fromUnits,
  isDecimalText,
  isZero,
  lessThan,
  maximum,
  minimum,
  multiply,
  negate,
  rescale,
  signOf,
  subtract,
  sum,
  toNumber,
  toText,
  trim,
  withChange,
  ZERO,
} from './decimal.ts';

const UNITS_MAX = 10n ** 38n - 1n;
const anyDecimal = fc
  .tuple(fc.bigInt({ min: -UNITS_MAX, max: UNITS_MAX }), fc.integer({ min: 0, max: 18 }))
  .map(([units, scale]) => fromUnits(units, scale));
const smallDecimal = fc
  .tuple(fc.bigInt({ min: -9_999n, max: 9_999n }), fc.integer({ min: 0, max: 4 }))
  .map(([units, scale]) => fromUnits(units, scale));

/** A fraction of whole numbers: the oracle knows no scales and no fast paths. */
interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

function fraction(value: Decimal): Fraction {
  return { top: value.units, bottom: 10n ** BigInt(value.scale) };
}

function isSame(value: Decimal, expected: Fraction): boolean {
  const { top, bottom } = fraction(value);
  return top * expected.bottom === expected.top * bottom;
}

test.each(['0', '0.00', '7', '-7', '10.20', '-0.01', '0.000000000000000001', '9'.repeat(38), `-1.${'0'.repeat(18)}`])(
  'the text %s is read and written back unchanged',
  (text) => {
    expect(isDecimalText(text)).toBe(true);
    expect(toText(decimal(text))).toBe(text);
  },
);

test.each([
  ...['', '-', '+1', ' 1', '1 ', '1\n', '.5', '5.', '00', '01', '-01', '00.5', '-0', '-0.0', '-0.000', '1e3', '1E3'],
  ...['1,5', '1.2.3', '--1', '0x1', 'NaN', 'Infinity', '１', '1_000', '0.0000000000000000001', '1'.repeat(39)],
  `${'1'.repeat(21)}.${'1'.repeat(18)}`,
])('the text %j is refused', (text) => {
  expect(isDecimalText(text)).toBe(false);
  expect(() => decimal(text)).toThrowError(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
});

test('a value has at most 38 digits and at most 18 behind the point', () => {
  expect(isDecimalText(`${'1'.repeat(20)}.${'1'.repeat(18)}`)).toBe(true);
  expect(isDecimalText(`${'1'.repeat(21)}.${'1'.repeat(18)}`)).toBe(false);
  expect(isDecimalText(`0.${'1'.repeat(18)}`)).toBe(true);
  expect(isDecimalText(`0.${'1'.repeat(19)}`)).toBe(false);
});

test('every value that fits text survives the way to text and back, scale included', () => {
  fc.assert(
    fc.property(anyDecimal, (value) => {
      expect(fitsText(value)).toBe(true);
      expect(decimal(toText(value))).toEqual(value);
    }),
  );
});

test('a value fits text exactly where its text is readable', () => {
  expect(fitsText(fromUnits(UNITS_MAX, 18))).toBe(true);
  expect(fitsText(fromUnits(UNITS_MAX + 1n, 18))).toBe(false);
  expect(fitsText(fromUnits(-UNITS_MAX - 1n, 0))).toBe(false);
  expect(fitsText(fromUnits(1n, 19))).toBe(false);
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: 0, max: 20 }), (units, scale) => {
      const value = fromUnits(units, scale);
      expect(fitsText(value)).toBe(DECIMAL_PATTERN.test(toText(value)));
    }),
  );
});

test('sums, differences and products are those of fractions', () => {
  fc.assert(
    fc.property(anyDecimal, anyDecimal, (a, b) => {
      const [x, y] = [fraction(a), fraction(b)];
      const bottom = x.bottom * y.bottom;
      expect(isSame(add(a, b), { top: x.top * y.bottom + y.top * x.bottom, bottom })).toBe(true);
      expect(isSame(subtract(a, b), { top: x.top * y.bottom - y.top * x.bottom, bottom })).toBe(true);
      expect(isSame(multiply(a, b), { top: x.top * y.top, bottom })).toBe(true);
    }),
  );
});

test('the scale of a sum is the larger one and that of a product is their sum', () => {
  expect(toText(add(decimal('1.5'), decimal('2.25')))).toBe('3.75');
  expect(toText(add(decimal('2.25'), decimal('1.5')))).toBe('3.75');
  expect(toText(subtract(decimal('1.50'), decimal('1.5')))).toBe('0.00');
  expect(toText(subtract(decimal('1'), decimal('0.001')))).toBe('0.999');
  expect(toText(multiply(decimal('1.50'), decimal('-0.2')))).toBe('-0.300');
});

test('the order of values is that of fractions', () => {
  fc.assert(
    fc.property(smallDecimal, smallDecimal, (a, b) => {
      const [x, y] = [fraction(a), fraction(b)];
      const difference = x.top * y.bottom - y.top * x.bottom;
      const expected = difference === 0n ? 0 : difference < 0n ? -1 : 1;
      expect(compare(a, b)).toBe(expected);
      expect(equal(a, b)).toBe(expected === 0);
      expect(lessThan(a, b)).toBe(expected < 0);
      expect(signOf(subtract(a, b))).toBe(expected);
    }),
  );
});

test('values are compared whatever their scales', () => {
  expect(compare(decimal('10.2'), decimal('10.20'))).toBe(0);
  expect(compare(decimal('10.19'), decimal('10.2'))).toBe(-1);
  expect(compare(decimal('10.201'), decimal('10.2'))).toBe(1);
  expect(compare(decimal('-1'), decimal('-0.999'))).toBe(-1);
  expect(lessThan(decimal('10.20'), decimal('10.2'))).toBe(false);
});

test('the sign of a value can be read, removed and turned', () => {
  expect([signOf(decimal('-0.1')), signOf(decimal('0.00')), signOf(decimal('3'))]).toEqual([-1, 0, 1]);
  expect(toText(absolute(decimal('-0.10')))).toBe('0.10');
  expect(toText(absolute(decimal('0.10')))).toBe('0.10');
  expect(toText(negate(decimal('0.10')))).toBe('-0.10');
  expect(toText(negate(ZERO))).toBe('0');
  expect([isZero(decimal('0.00')), isZero(decimal('0.01'))]).toEqual([true, false]);
});

test('of several equal values the first is the smallest and the largest', () => {
  const [short, long] = [decimal('1.5'), decimal('1.50')];
  expect(minimum(short, long)).toBe(short);
  expect(maximum(long, short)).toBe(long);
  expect(toText(minimum(decimal('2'), decimal('-1.01'), decimal('-1')))).toBe('-1.01');
  expect(toText(maximum(decimal('2'), decimal('2.01'), decimal('-3')))).toBe('2.01');
});

test('a total with a changed part is the total, less what the part was, and what it is now, at the largest scale', () => {
  expect(toText(withChange(decimal('10.00'), decimal('2.50'), decimal('3.75')))).toBe('11.25');
  expect(toText(withChange(decimal('10'), decimal('2.500'), decimal('3')))).toBe('10.500');
  expect(toText(withChange(decimal('-1'), decimal('0'), decimal('-0.1')))).toBe('-1.1');
  fc.assert(
    fc.property(anyDecimal, anyDecimal, anyDecimal, (total, before, now) => {
      expect(withChange(total, before, now)).toEqual(add(total, subtract(now, before)));
    }),
  );
});

test('a list is summed at its largest scale', () => {
  expect(sum([])).toEqual(ZERO);
  expect(toText(sum([decimal('1'), decimal('0.25'), decimal('-0.5')]))).toBe('0.75');
  expect(toText(sum(new Set([decimal('1.10'), decimal('1.1')])))).toBe('2.20');
});

test('trimming drops the zeros at the end and nothing else', () => {
  expect(toText(trim(decimal('10.200')))).toBe('10.2');
  expect(toText(trim(decimal('100')))).toBe('100');
  expect(toText(trim(decimal('0.000')))).toBe('0');
  fc.assert(
    fc.property(anyDecimal, (value) => {
      const short = trim(value);
      expect(equal(short, value)).toBe(true);
      expect(short.scale === 0 || short.units % 10n !== 0n).toBe(true);
    }),
  );
});

test('the floor and the ceiling of a quotient enclose it within one unit of the last digit', () => {
  fc.assert(
    fc.property(smallDecimal, smallDecimal, fc.integer({ min: 0, max: 12 }), (a, b, scale) => {
      fc.pre(!isZero(b));
      const floor = divide(a, b, { scale, rounding: 'floor' });
      const ceiling = divide(a, b, { scale, rounding: 'ceiling' });
      const isExact = equal(multiply(floor, b), a);
      expect([floor.scale, ceiling.scale]).toEqual([scale, scale]);
      expect(equal(subtract(ceiling, floor), isExact ? ZERO : fromUnits(1n, scale))).toBe(true);
      const [one, other] = [multiply(floor, b), multiply(ceiling, b)];
      expect(lessThan(a, minimum(one, other)) || lessThan(maximum(one, other), a)).toBe(false);
    }),
  );
});

test('a division names its scale and rounding', () => {
  expect(toText(divide(decimal('1'), decimal('3'), { scale: 4, rounding: 'half-even' }))).toBe('0.3333');
  expect(toText(divide(decimal('2'), decimal('-3'), { scale: 2, rounding: 'half-even' }))).toBe('-0.67');
  expect(toText(divide(decimal('1.00'), decimal('0.008'), { scale: 0, rounding: 'exact' }))).toBe('125');
  expect(() => divide(decimal('1'), decimal('3'), { scale: 4, rounding: 'exact' })).toThrow(/more digits/);
  expect(() => divide(decimal('1'), decimal('0.00'), { scale: 4, rounding: 'down' })).toThrow(/division by zero/);
});

test('rescaling to more digits keeps the value and to fewer rounds it', () => {
  expect(toText(rescale(decimal('10.2'), { scale: 4, rounding: 'exact' }))).toBe('10.2000');
  expect(toText(rescale(decimal('10.200'), { scale: 1, rounding: 'exact' }))).toBe('10.2');
  expect(toText(rescale(decimal('10.25'), { scale: 1, rounding: 'half-even' }))).toBe('10.2');
  expect(toText(rescale(decimal('10.35'), { scale: 1, rounding: 'half-even' }))).toBe('10.4');
  expect(toText(rescale(decimal('-0.04'), { scale: 1, rounding: 'half-up' }))).toBe('0.0');
  expect(() => rescale(decimal('10.25'), { scale: 1, rounding: 'exact' })).toThrow(/more digits/);
});

test('a scale is a whole number from 0 to 72', () => {
  expect(fromUnits(1n, 72).scale).toBe(72);
  for (const scale of [-1, 73, 1.5, Number.NaN]) {
    expect(() => fromUnits(1n, scale)).toThrowError(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
    expect(() => divide(ZERO, fromInteger(1), { scale, rounding: 'down' })).toThrow(/a scale from 0 to 72/);
    expect(() => rescale(decimal('1.5'), { scale, rounding: 'down' })).toThrow(/a scale from 0 to 72/);
    expect(() => fromFloat(1.5, { scale, rounding: 'down' })).toThrow(/a scale from 0 to 72/);
  }
  const wide = fromUnits(1n, 36);
  expect(multiply(wide, wide).scale).toBe(72);
  expect(() => multiply(multiply(wide, wide), fromUnits(1n, 1))).toThrow(/73 where a scale/);
});

test('whole numbers become decimals while they are safe integers', () => {
  expect(toText(fromInteger(-5))).toBe('-5');
  expect(toText(fromInteger(Number.MAX_SAFE_INTEGER))).toBe('9007199254740991');
  expect(toText(fromInteger(10n ** 30n))).toBe(`1${'0'.repeat(30)}`);
  for (const value of [Number.MAX_SAFE_INTEGER + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => fromInteger(value)).toThrowError(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
  }
});

test('a float proposes the decimal that it prints', () => {
  expect(toText(fromFloat(10.2, { scale: 2, rounding: 'floor' }))).toBe('10.20');
  expect(toText(fromFloat(1.005, { scale: 2, rounding: 'half-up' }))).toBe('1.01');
  expect(toText(fromFloat(0.1 + 0.2, { scale: 2, rounding: 'ceiling' }))).toBe('0.31');
  expect(toText(fromFloat(1e-7, { scale: 8, rounding: 'exact' }))).toBe('0.00000010');
  expect(toText(fromFloat(-2.5e-9, { scale: 9, rounding: 'half-even' }))).toBe('-0.000000002');
  expect(toText(fromFloat(1.5e21, { scale: 1, rounding: 'exact' }))).toBe(`15${'0'.repeat(20)}.0`);
  expect(toText(fromFloat(Number.MIN_VALUE, { scale: 2, rounding: 'up' }))).toBe('0.01');
  expect(toText(fromFloat(-0, { scale: 0, rounding: 'exact' }))).toBe('0');
  expect(() => fromFloat(0.1 + 0.2, { scale: 2, rounding: 'exact' })).toThrow(/more digits/);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  'the float %s proposes nothing',
  (value) => {
    expect(() => fromFloat(value, { scale: 2, rounding: 'down' })).toThrow(/where a finite number belongs/);
  },
);

test('a float survives the way to a wide decimal and back', () => {
  const floats = fc.double({ min: -1e15, max: 1e15, noNaN: true }).filter((value) => Math.abs(value) > 1e-40);
  fc.assert(
    fc.property(floats, (value) => {
      expect(toNumber(fromFloat(value, { scale: 72, rounding: 'exact' }))).toBe(value);
    }),
  );
  expect(toNumber(decimal('-10.20'))).toBe(-10.2);
});
