/** One measured figure beside a baseline from the same run. */
export interface Measured {
  readonly value: number;
  readonly baseline: number;
  readonly baselineName: string;
  /** How many things were measured. */
  readonly n: number;
}

/** Something that can be measured by name. Units: `unit` says what `value` and `baseline` are in. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly digits: number;
  /** What we hold ourselves to, in words; printed beside the value. */
  readonly bar: string;
}

/** What whoever measures may ask for. Shape: `entries` is how many records are measured, where a measurement has a choice. */
export interface MeasureOptions {
  readonly entries?: number;
}

/** Several figures that one measurement yields together. Shape: `measure` answers with one result a figure. */
export interface Measurement {
  readonly figures: readonly Figure[];
  measure(folder: string, options: MeasureOptions): Promise<Readonly<Record<string, Measured>>>;
}

/** The value below which the given share of sorted numbers lies. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Sorts in rising order, which `quantile` needs. */
export function inOrder(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}
