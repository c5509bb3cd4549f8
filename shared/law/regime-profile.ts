import { z } from 'zod';
import { KitError } from '../errors.ts';
import { DayText, Identifier, LeiText, Sentence } from '../schema/fields.ts';
import { DUTIES, type Duty, dutiesByFlag, dutyOf, type RegimeFlag } from './duties.ts';
import { inForce } from './in-force.ts';

const FLAGS = Object.keys(dutiesByFlag) as [RegimeFlag, ...RegimeFlag[]];

/** Flags that only add to another, with the one that they add to. */
const ADDS_TO: Partial<Readonly<Record<RegimeFlag, RegimeFlag>>> = {
  'eu-high-frequency': 'eu-algorithmic',
  'eu-direct-access-provider': 'eu-algorithmic',
  'eu-clearing-member': 'eu-algorithmic',
};

/**
 * What a legal entity is before the law, from a day on.
 *
 * Shape:  versions of an entity grow by one; a new one is in force from its `from` on and ends the one before it. Two different people
 *         approve it. A firm that reaches markets through somebody else's broker has the flag for that and no duty of its own.
 * Source: 17 CFR 240.15c3-5(a)(1); MiFID II Art. 17.
 */
export const RegimeProfile = z
  .strictObject({
    v: z.literal(1),
    version: z.int().min(1),
    legalEntity: LeiText,
    from: DayText,
    flags: z.array(z.enum(FLAGS)).min(1).max(FLAGS.length),
    approvedBy: z.array(Identifier).min(2).max(5),
    reason: Sentence,
  })
  .refine(({ flags }) => new Set(flags).size === flags.length, { message: 'a flag is given twice', path: ['flags'] })
  .refine(({ approvedBy }) => new Set(approvedBy).size === approvedBy.length, {
    message: 'a person approved it twice',
    path: ['approvedBy'],
  })
  .refine(({ flags }) => flags.every((flag) => isRooted(flag, flags)), {
    message: 'a flag adds to eu-algorithmic, which is not there',
    path: ['flags'],
  });

export type RegimeProfile = z.output<typeof RegimeProfile>;

/**
 * The version of an entity's profile that is in force on a day.
 *
 * Errors: `NOT_FOUND` for a day before the first; `VALUE_MALFORMED` for profiles of several entities or versions that do not grow by
 *         one; `INVARIANT_BROKEN` where they are not in the order of their days.
 */
export function profileOn(profiles: readonly RegimeProfile[], day: string): RegimeProfile {
  const [first] = profiles;
  const isOne = profiles.every(
    ({ legalEntity, version }, index) => legalEntity === first?.legalEntity && version === first.version + index,
  );
  if (!isOne) {
    throw new KitError(
      'VALUE_MALFORMED',
      `profiles of several entities, or versions with gaps, for ${first?.legalEntity}`,
      {
        hint: 'Give the profiles of one legal entity, oldest first, with every version.',
      },
    );
  }
  return inForce(profiles, day);
}

/**
 * Whether an entity has a duty on a day.
 *
 * Shape:  asked of the version that is in force on that day, see `profileOn`.
 * Errors: `NOT_FOUND` for a day before the profile, since then nobody said what the entity was.
 */
export function hasDuty(profile: RegimeProfile, duty: Duty, day: string): boolean {
  const { flags } = inForce([profile], day);
  const { from } = dutyOf(duty);
  if (from !== undefined && day < from) return false;
  return flags.some((flag) => (dutiesByFlag[flag] as readonly Duty[]).includes(duty));
}

/** All duties of an entity on a day, in the order of the table. Errors: as `hasDuty`. */
export function dutiesOn(profile: RegimeProfile, day: string): readonly Duty[] {
  return DUTIES.filter((duty) => hasDuty(profile, duty, day));
}

function isRooted(flag: RegimeFlag, flags: readonly RegimeFlag[]): boolean {
  const root = ADDS_TO[flag];
  return root === undefined || flags.includes(root);
}
