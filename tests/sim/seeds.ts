/** Seeds that once failed, with what they found; they are run for ever. */
export const KEPT_SEEDS: readonly { readonly seed: number; readonly found: string }[] = [];
