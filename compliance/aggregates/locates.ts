import { add, type Decimal, signOf, trim, ZERO } from '@gatehouse/shared/values/decimal.ts';

/** How much of each locate is in use. Units: of the instrument. */
export interface Locates {
  /** More of a locate is in use, or less where the quantity is negative. */
  take(locate: string, quantity: Decimal): void;
  /** Undefined for a locate that may have been forgotten. */
  used(locate: string): Decimal | undefined;
  /** A new file of locates: those that it leaves out are forgotten once too many are remembered. */
  list(locates: ReadonlySet<string>): void;
  all(): readonly LocateUse[];
}

/** A locate and how much of it is in use. */
export interface LocateUse {
  readonly locate: string;
  readonly used: Decimal;
}

/** The most locates remembered; beyond it those that are not remembered have no answer. */
export const LOCATES_MAX = 20_000;

/** Locates in use, as a snapshot has them. Shape: `all` is sorted. */
export function createLocates(start: readonly LocateUse[] = []): Locates {
  const uses = new Map(start.map(({ locate, used }) => [locate, used]));

  return {
    take: (locate, quantity) => {
      const before = uses.get(locate);
      // What is given back to a locate that is forgotten would look like more to borrow than there is.
      if (before === undefined && (uses.size >= LOCATES_MAX || signOf(quantity) <= 0)) return;
      uses.set(locate, trim(add(before ?? ZERO, quantity)));
    },
    used: (locate) => uses.get(locate) ?? (uses.size >= LOCATES_MAX ? undefined : ZERO),
    list: (locates) => {
      if (uses.size < LOCATES_MAX) return;
      for (const locate of [...uses.keys()]) if (!locates.has(locate)) uses.delete(locate);
    },
    all: () => [...uses].sort(([a], [b]) => (a < b ? -1 : 1)).map(([locate, used]) => ({ locate, used })),
  };
}
