/** Named figures as text: what was compared, how old the data was. Units: stand last in each name. */
export type Figures = Readonly<Record<string, string>>;

/**
 * What a control says about an order.
 *
 * Shape: `reason` is a full sentence for a person, also when the order passes; figures are what the control observed,
 *        the limits are added by the gate.
 */
export interface Verdict {
  readonly kind: 'pass' | 'refuse' | 'not-applicable';
  readonly reason: string;
  readonly figures: Figures;
}

const NO_FIGURES: Figures = Object.freeze({});

/** The order is inside the limit. */
export function pass(reason: string, figures: Figures = NO_FIGURES): Verdict {
  return { kind: 'pass', reason, figures };
}

/** The order is outside the limit, or the answer cannot be computed. */
export function refuse(reason: string, figures: Figures = NO_FIGURES): Verdict {
  return { kind: 'refuse', reason, figures };
}

/** The control has nothing to say about an order of this kind. */
export function notApplicable(reason: string): Verdict {
  return { kind: 'not-applicable', reason, figures: NO_FIGURES };
}
