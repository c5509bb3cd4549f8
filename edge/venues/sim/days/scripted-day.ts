import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { DayEvent } from '../day-event.ts';

/** What a day is played on. Shape: equal requests give equal days. */
export interface DayRequest {
  readonly instrument: Pick<Instrument, 'tick' | 'lot'>;
  /** The price at which the day begins. */
  readonly price: Decimal;
  readonly from: Instant;
  readonly seed: number;
}

/** A day on which something happens, made up from a seed; it stands for no market. Shape: `story` says in a sentence what happens. */
export interface ScriptedDay {
  readonly id: string;
  readonly title: string;
  readonly story: string;
  events(request: DayRequest): readonly DayEvent[];
}

/** Declares a day; one file and one line in the list add one. */
export function defineScriptedDay(day: ScriptedDay): ScriptedDay {
  return day;
}
