/**
 * The algorithm that closes positions under a kill of level flatten; no strategy may take its name.
 *
 * Source: RTS 6 Art. 12 (kill functionality).
 */
export const KILL_FLATTEN = 'kill-flatten';
