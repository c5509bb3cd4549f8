/** Seeds that once failed, with what they found; they are run for ever. */
export const KEPT_SEEDS: readonly { readonly seed: number; readonly found: string }[] = [
  {
    seed: 371,
    found:
      'A restored hub that other edges had brought beyond what this edge had seen was asked for a proof that it could not give, for ever.',
  },
];
