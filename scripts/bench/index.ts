import type { Measurement } from './figure.ts';
import { gate } from './gate.ts';
import { journal } from './journal.ts';

/** All that can be measured, in the order in which it is printed. */
export const measurements: readonly Measurement[] = [gate, journal];
