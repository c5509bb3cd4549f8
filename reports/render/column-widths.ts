/** What a column asks for. Units: points. */
export interface WidthWish {
  /** Narrower than this, something that must stay whole would break. */
  readonly need: number;
  /** Wide enough for everything on one line. */
  readonly ideal: number;
  /** How much of the free room the column takes beside the others. */
  readonly share: number;
}

/** The most that a column grows beyond its ideal: a table of two columns does not run across the page. */
const GROWTH_MAX = 1.5;

/**
 * The widths of a table's columns, or undefined where the page has no room for what they need.
 *
 * Units: points.
 */
export function columnWidths(wishes: readonly WidthWish[], room: number): readonly number[] | undefined {
  const needed = total(wishes.map(({ need }) => need));
  if (needed > room) return undefined;

  const ideal = total(wishes.map((wish) => wish.ideal));
  if (ideal <= room) {
    const growth = Math.min(GROWTH_MAX, room / ideal);
    return wishes.map((wish) => wish.ideal * growth);
  }
  return shared(wishes, room - needed);
}

/** The widths where nothing fits: every column gives up the same part of its need. */
export function squeezedWidths(wishes: readonly WidthWish[], room: number): readonly number[] {
  const needed = total(wishes.map(({ need }) => need));
  return wishes.map(({ need }) => (need * room) / needed);
}

/** Spends the free room by share, never on a column beyond its ideal; what one leaves goes to the others. */
function shared(wishes: readonly WidthWish[], free: number): readonly number[] {
  const widths = wishes.map(({ need }) => need);
  let left = free;
  for (let round = 0; round < wishes.length && left > 0.01; round += 1) {
    const claims = wishes.map(({ ideal, share }, index) => (ideal > (widths[index] ?? 0) + 0.01 ? share : 0));
    const claimed = total(claims);
    if (claimed === 0) break;
    const offer = left;
    claims.forEach((claim, index) => {
      const wanted = (wishes[index]?.ideal ?? 0) - (widths[index] ?? 0);
      const taken = Math.min(wanted, (offer * claim) / claimed);
      widths[index] = (widths[index] ?? 0) + (claim === 0 ? 0 : taken);
      left -= claim === 0 ? 0 : taken;
    });
  }
  return widths;
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
