import { createDayValues, type DayValues } from './day-values.ts';

/** Names that are in use now, and names that were used on a trading day. */
export interface DayNames {
  hold(name: string): void;
  release(name: string): void;
  enter(name: string, day: string): void;
  /** What is held or was entered on the day; undefined for a day that is no longer remembered. */
  on(day: string): ReadonlySet<string> | undefined;
  /** What was entered, by day. */
  readonly entered: DayValues<Set<string>>;
  /** Forgets all days. */
  clear(): void;
}

/** Names in use, none of them yet, and those entered on the days of a snapshot. */
export function createDayNames(start: readonly (readonly [day: string, names: readonly string[]])[] = []): DayNames {
  const held = new Set<string>();
  const entered = createDayValues<Set<string>>(
    () => new Set(),
    start.map(([day, names]) => [day, new Set(names)]),
  );
  // The answer of the day that was asked last is kept up, because it is asked with each decision and changes seldom.
  let asked: { readonly day: string; readonly names: Set<string> } | undefined;

  function wasEntered(name: string, day: string): boolean {
    const names = entered.at(day);
    return typeof names === 'object' && names.has(name);
  }

  return {
    entered,
    hold: (name) => {
      held.add(name);
      asked?.names.add(name);
    },
    release: (name) => {
      held.delete(name);
      if (asked !== undefined && !wasEntered(name, asked.day)) asked.names.delete(name);
    },
    enter: (name, day) => {
      const names = entered.on(day);
      if (names === undefined || names.has(name)) return;
      names.add(name);
      // A new day can also end the memory of the one that was asked for.
      if (asked?.day === day) asked.names.add(name);
      else asked = undefined;
    },
    on: (day) => {
      if (asked?.day === day) return asked.names;
      const names = entered.at(day);
      if (names === 'not-known') return undefined;
      asked = { day, names: new Set(names === 'nothing' ? held : [...held, ...names]) };
      return asked.names;
    },
    clear: () => {
      entered.clear();
      asked = undefined;
    },
  };
}
