/**
 * A value per trading day, of the last two days on which something was written.
 *
 * Shape: two days, because two venues can have different days at one moment. A day that is older than both of them is not known.
 */
export interface DayValues<Value> {
  /** The value of a day, made where there is none; undefined for a day that is no longer remembered. */
  on(day: string): Value | undefined;
  /** The value of a day, or whether there is nothing or nothing is known any more. */
  at(day: string): Value | 'nothing' | 'not-known';
  /** The days that are remembered, the older first. */
  all(): readonly (readonly [day: string, value: Value])[];
  clear(): void;
}

interface Dated<Value> {
  readonly day: string;
  readonly value: Value;
}

/** Values per day, from those of a snapshot in the order of `all`. */
export function createDayValues<Value>(
  make: () => Value,
  start: readonly (readonly [day: string, value: Value])[] = [],
): DayValues<Value> {
  let before: Dated<Value> | undefined;
  let newest: Dated<Value> | undefined;
  for (const [day, value] of start) {
    before = newest;
    newest = { day, value };
  }

  function on(day: string): Value | undefined {
    if (newest?.day === day) return newest.value;
    if (newest === undefined || day > newest.day) {
      before = newest;
      newest = { day, value: make() };
      return newest.value;
    }
    if (before === undefined || day > before.day) before = { day, value: make() };
    return before.day === day ? before.value : undefined;
  }

  return {
    on,
    at: (day) => {
      if (newest === undefined || day > newest.day) return 'nothing';
      if (newest.day === day) return newest.value;
      if (before === undefined || day > before.day) return 'nothing';
      return before.day === day ? before.value : 'not-known';
    },
    all: () => [before, newest].flatMap((dated) => (dated === undefined ? [] : [[dated.day, dated.value] as const])),
    clear: () => {
      before = undefined;
      newest = undefined;
    },
  };
}
