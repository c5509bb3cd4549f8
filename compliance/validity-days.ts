/** The days on which a row of a list counts. Shape: both days are inside; without one the row counts without that end. */
export interface ValidityDays {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Whether a row of a list counts on a day. */
export function countsOn({ from, to }: ValidityDays, day: string): boolean {
  return (from === undefined || from <= day) && (to === undefined || day <= to);
}
