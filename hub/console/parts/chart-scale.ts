/** Where a value lies on an axis and which values are named on it. */
export interface ChartScale {
  readonly ticks: readonly number[];
  place(value: number): number;
}

const STEPS = [1, 2, 2.5, 5, 10];

/** An axis from the lowest to the highest value, widened to round steps. Units: `from` and `to` in pixels. */
export function roundScale(
  values: { readonly low: number; readonly high: number },
  pixels: { readonly from: number; readonly to: number },
  ticksMax: number,
): ChartScale {
  const span = values.high - values.low || Math.abs(values.high) || 1;
  const rough = span / ticksMax;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((factor) => factor * power >= rough) ?? 10) * power;
  const low = Math.floor(values.low / step) * step;
  const high = Math.max(low + step, Math.ceil(values.high / step) * step);
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, index) => low + index * step);
  return { ticks, place: (value) => pixels.from + ((value - low) / (high - low)) * (pixels.to - pixels.from) };
}

/** The indexes at which a new year begins, thinned to at most so many; where all is one year, the months. */
export function dayTicks(
  days: readonly string[],
  ticksMax: number,
): readonly { readonly index: number; readonly label: string }[] {
  const isOneYear = days[0]?.slice(0, 4) === days.at(-1)?.slice(0, 4);
  const length = isOneYear ? 7 : 4;
  const starts = days.flatMap((day, index) => {
    const label = day.slice(0, length);
    return index > 0 && days[index - 1]?.slice(0, length) === label ? [] : [{ index, label }];
  });
  const every = Math.max(1, Math.ceil(starts.length / ticksMax));
  return starts.filter((_, index) => index % every === 0);
}
