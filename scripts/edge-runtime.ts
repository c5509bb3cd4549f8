/**
 * How the runtime of an edge is started.
 *
 * Shape: what ticks leave behind is garbage at once, and the runtime would let its nursery grow to 128 MB before it sweeps it; a small one
 *        keeps an edge's memory flat.
 */
export const EDGE_RUNTIME_FLAGS: readonly string[] = ['--max-semi-space-size=4'];
