import { type Decimal, toText } from '@gatehouse/shared/values/decimal.ts';

/** A figure as a control has it; it becomes text when the decision is written down. */
export type Figure = string | number | bigint | Decimal;

/** Named figures: what was compared, how old the data was. Units: stand last in each name. */
export type Figures = Readonly<Record<string, Figure>>;

/** What would let a refused order pass: own orders to take back first, and the quantity that then remains to be sent. */
export interface Remedy {
  readonly cancel: readonly string[];
  /** Absent where the refused order itself is not to be sent again. */
  readonly quantity?: Decimal;
}

/**
 * What a control says about an order.
 *
 * Shape: `reason` is a full sentence for a person, also when the order passes; figures are what the control observed,
 *        the limits are added by the gate. `isBeyondLimit` says that everything was known and a limit was exceeded, which is the
 *        one kind of refusal that a signed ticket may set aside.
 */
export interface Verdict {
  readonly kind: 'pass' | 'refuse' | 'not-applicable';
  readonly reason: string;
  readonly figures: Figures;
  readonly remedy?: Remedy;
  readonly isBeyondLimit?: true;
}

/**
 * What a control says where only an order may pass that brings its account's position nearer to zero.
 *
 * Shape: `why` says, without its full stop, what keeps new risk out; whether the order reduces is found out for each order.
 */
export interface ReducingOnly {
  readonly kind: 'reducing-only';
  readonly why: string;
  readonly figures: Figures;
}

/** Nothing that was observed. */
export const NO_FIGURES: Figures = Object.freeze({});

/** Figures with those that were observed on the way put before them. */
export function withFigures(first: Figures, second: Figures, figures: Figures): Figures {
  return first === NO_FIGURES && second === NO_FIGURES ? figures : { ...first, ...second, ...figures };
}

/** The order is inside the limit. */
export function pass(reason: string, figures: Figures = NO_FIGURES): Verdict {
  return { kind: 'pass', reason, figures };
}

/** The order is outside the limit, or the answer cannot be computed. */
export function refuse(reason: string, figures: Figures = NO_FIGURES): Verdict {
  return { kind: 'refuse', reason, figures };
}

/** The order is outside a limit that was judged with everything known; a ticket may set this aside where the control allows it. */
export function refuseBeyond(reason: string, figures: Figures = NO_FIGURES): Verdict {
  return { kind: 'refuse', reason, figures, isBeyondLimit: true };
}

/** Only an order that brings its account's position nearer to zero may pass. Shape: `why` without its full stop. */
export function reducingOnly(why: string, figures: Figures = NO_FIGURES): ReducingOnly {
  return { kind: 'reducing-only', why, figures };
}

/** The order is refused, and this would let it pass. */
export function refuseWith(remedy: Remedy, reason: string, figures: Figures = NO_FIGURES): Verdict {
  return { kind: 'refuse', reason, figures, remedy };
}

/** The control has nothing to say about an order of this kind. */
export function notApplicable(reason: string): Verdict {
  return { kind: 'not-applicable', reason, figures: NO_FIGURES };
}

/** Thrown by `known`, and turned into a refusal before it can reach anybody. */
export class NotKnown extends Error {
  constructor(what: string) {
    super(`The ${what} is not known.`);
    this.name = 'NotKnown';
  }
}

/** The value, where it is known; otherwise the control refuses with "The … is not known." */
export function known<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new NotKnown(what);
  return value;
}

/** A figure as it is recorded. */
export function figureText(figure: Figure): string {
  return typeof figure === 'object' ? toText(figure) : String(figure);
}

/** Figures as they are recorded; undefined where there are none. */
export function figureTexts(figures: Figures): Readonly<Record<string, string>> | undefined {
  const texts: Record<string, string> = {};
  let areThere = false;
  for (const name in figures) {
    const figure = figures[name];
    if (figure === undefined) continue;
    texts[name] = figureText(figure);
    areThere = true;
  }
  return areThere ? texts : undefined;
}
