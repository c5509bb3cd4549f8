import type { FirmFigures } from './firm-figures.ts';
import { type Term, termId } from './terms.ts';

/** A minimum that still keeps a record when a maximum wants it gone. */
export interface Collision {
  readonly minimum: Term;
  readonly maximum: Term;
}

/** A collision that the firm has answered. */
export interface RuledCollision extends Collision {
  readonly decides: 'minimum' | 'maximum';
  readonly reason: string;
}

/** The terms that are left once the firm's rulings have settled what they can, and what they settled. */
export function settle(
  terms: readonly Term[],
  { rulings }: Pick<FirmFigures, 'rulings'>,
  now: string,
): { readonly terms: readonly Term[]; readonly ruled: readonly RuledCollision[] } {
  const ruled = collisionsOf(terms, now).flatMap((collision) => {
    const { minimum, maximum } = collision;
    const ruling = rulings.find((one) => one.minimum === termId(minimum) && one.maximum === termId(maximum));
    return ruling === undefined ? [] : [{ ...collision, decides: ruling.decides, reason: ruling.reason }];
  });
  const isOut = (term: Term) => ruled.some((one) => one.decides === 'maximum' && one.minimum === term);
  const isUnbounded = (term: Term) => ruled.some((one) => one.decides === 'minimum' && one.maximum === term);
  const left = terms.filter((term) => !isOut(term)).map((term) => (isUnbounded(term) ? withoutMaximum(term) : term));
  return { terms: left, ruled };
}

/** Every minimum that outlasts a maximum; one without an end yet does so once the maximum is over. */
export function collisionsOf(terms: readonly Term[], now: string): readonly Collision[] {
  return terms.flatMap((maximum) =>
    terms
      .filter((minimum) => minimum !== maximum && outlasts(minimum, maximum, now))
      .map((minimum) => ({ minimum, maximum })),
  );
}

function outlasts({ keepUntil }: Term, { mustGoBy }: Term, now: string): boolean {
  if (mustGoBy === undefined) return false;
  if (keepUntil === undefined) return now > mustGoBy;
  return keepUntil === 'life-of-firm' || keepUntil > mustGoBy;
}

function withoutMaximum(term: Term): Term {
  const { maximum: _, mustGoBy: __, ...rest } = term;
  return rest;
}
