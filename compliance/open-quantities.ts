import { type Decimal, isZero, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { OpenQuantities, Room, SideQuantities } from './own-facts.ts';

const NOTHING: SideQuantities = Object.freeze({ buy: ZERO, sell: ZERO });

/** What is left open once the room was made. */
export function withoutRoom(
  open: OpenQuantities,
  { order: { side }, open: freed, held: freedHeld }: Room,
): OpenQuantities {
  const left = { ...open, [side]: subtract(open[side], freed) };
  if (isZero(freedHeld)) return left;
  const held = open.held ?? NOTHING;
  return { ...left, held: { ...held, [side]: subtract(held[side], freedHeld) } };
}

/**
 * What is open at the venue or on its way there, on one side.
 *
 * Shape: what waits at the edge can execute only after the gate judged it once more, and is left out. Units: of the instrument.
 */
export function liveOpen(open: OpenQuantities, side: 'buy' | 'sell'): Decimal {
  return open.held === undefined ? open[side] : subtract(open[side], open.held[side]);
}
