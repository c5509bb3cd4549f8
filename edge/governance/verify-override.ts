import type { Control } from '@gatehouse/compliance/define-control.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { readClaimed } from '@gatehouse/shared/governance/claimed-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import { allVerifiers, roleProblem } from '@gatehouse/shared/governance/trust.ts';
import { type DocumentPlace, termProblems } from '@gatehouse/shared/governance/verify-release.ts';
import { openDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { OVERRIDE_TYPE, Override, type SigningRole } from '@gatehouse/shared/schema/governance.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';

/** What a ticket is judged by. Shape: `tickets` are the ids of those that were accepted before. */
export interface OverridePlace extends DocumentPlace {
  readonly controls: readonly Control[];
  readonly tickets: readonly string[];
}

/** The longest term of a ticket, which is an exception for the moment. Units: milliseconds. */
export const OVERRIDE_TERM_MS_MAX = 24 * 3_600_000;

/**
 * Opens a signed ticket that sets refusals of one order aside.
 *
 * Shape:  a person with the role `override-authoriser` signs who is not the order's trader; for a live order another person
 *         with the role `risk-verifier` signs as well, who is not the trader either.
 * Errors: `OVERRIDE_REFUSED`, listing every problem: no ticket, another edge, environment or legal entity, out of term or for longer than
 *         `OVERRIDE_TERM_MS_MAX`, an id that was used before, a control that this release has not or that nobody may set aside,
 *         and signatures that are missing.
 * Source: RTS 6 Art. 15(6).
 */
export function verifyOverride(document: string, place: OverridePlace): Override {
  const problems: string[] = [];
  const override = readOverride(document, problems);
  const signed =
    attempt(problems, () => openDocument(document, OVERRIDE_TYPE, allVerifiers(place.trust)))?.signedBy ?? [];
  if (override !== undefined) {
    problems.push(
      ...termProblems(override, place),
      ...placeProblems(override, place),
      ...controlProblems(override, place),
      ...signerProblems(override, signed, place),
    );
  }
  if (override !== undefined && problems.length === 0) return override;
  throw new KitError('OVERRIDE_REFUSED', `the override ticket is refused: ${problems.join('; ')}`, {
    hint: 'The control goes on refusing the order; correct the ticket and have it signed again.',
    problems,
  });
}

function readOverride(document: string, problems: string[]): Override | undefined {
  const claimed = attempt(problems, () => readClaimed(document));
  return claimed === undefined ? undefined : attempt(problems, () => decode(Override, claimed.value, 'the ticket'));
}

function placeProblems(override: Override, { trust, tickets }: OverridePlace): readonly string[] {
  const problems: string[] = [];
  const { id, environment, legalEntity, from, to, type, limitPrice } = override;
  if (environment !== trust.environment) problems.push(`it is for ${environment}, not for ${trust.environment}`);
  if (legalEntity !== trust.legalEntity) problems.push(`it is of ${legalEntity}, not of ${trust.legalEntity}`);
  if (to > addMs(from, OVERRIDE_TERM_MS_MAX)) problems.push('its term is longer than 24 hours');
  if (tickets.includes(id)) problems.push(`a ticket ${id} was accepted before`);
  if ((type === 'limit') !== (limitPrice !== undefined)) {
    problems.push('a limit order carries a limit price and a market order carries none');
  }
  return problems;
}

function controlProblems(override: Override, { controls }: OverridePlace): readonly string[] {
  return override.controls.flatMap(({ control }) => {
    const versions = controls.filter(({ id }) => id === control);
    if (versions.length === 0) return [`this release has no control ${control}`];
    return versions.some(({ isOverridable }) => isOverridable) ? [] : [`nobody may set ${control} aside`];
  });
}

function signerProblems(
  override: Override,
  signed: readonly string[],
  { trust, at }: OverridePlace,
): readonly string[] {
  const counts = (role: SigningRole) =>
    signed.filter((person) => person !== override.trader && roleProblem(trust, { person, role, at }) === undefined);
  const authorisers = counts('override-authoriser');
  const problems: string[] = [];
  if (authorisers.length === 0) problems.push('no override authoriser who is not the trader has signed it');
  if (override.environment !== 'live') return problems;
  const verifiers = counts('risk-verifier');
  const isByTwo = authorisers.some((authoriser) => verifiers.some((verifier) => verifier !== authoriser));
  if (verifiers.length === 0) problems.push('no risk verifier who is not the trader has signed it');
  else if (authorisers.length > 0 && !isByTwo) problems.push('one person cannot both authorise and verify it');
  return problems;
}
