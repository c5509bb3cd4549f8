import type { OpenOrder } from '../own-facts.ts';
import type { Lane } from './holding-state.ts';

/** An approved order where it lies. Shape: `replacedBy` is the order of ours that took its place. */
export interface Entered {
  readonly open: OpenOrder;
  readonly lane: Lane;
  readonly replacedBy: string | undefined;
}
