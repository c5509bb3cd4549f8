import { dutiesByFlag, type RegimeFlag } from '@gatehouse/shared/law/duties.ts';
import { Sentence } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';
import { recordClasses } from './classes.ts';
import { isMonthDay } from './clock.ts';
import { FLOOR } from './floor.ts';

const FLAGS = Object.keys(dutiesByFlag) as [RegimeFlag, ...RegimeFlag[]];
const FLOOR_YEARS_MAX = 100;
const RULINGS_MAX = 100;

const ClassId = z
  .string()
  .max(64)
  .refine((id) => recordClasses.some((one) => one.id === id), 'not a retention class of this release');

const ExceptedClass = z.strictObject({ class: ClassId, reason: Sentence });

/**
 * What a firm itself sets about the keeping of its records.
 *
 * Shape:  `flags` say what the firm is before the law, and with that the jurisdictions and classes that bind it; `exempt` names
 *         classes that do not bind it all the same, each with the reason. `floor` is the firm's own minimum; it counts from the event
 *         of each class, but for the classes in `except`. A ruling answers a collision: which of two classes goes before the other.
 * Units:  `yearEnd` is the last day of the fiscal year as `MM-DD`.
 * Errors: decoding rejects a class that this release does not know, a class or flag that is named twice, an exemption from a class that
 *         binds every firm, and a floor below one year.
 * Source: 17 CFR 240.17a-4; AMLD Art. 40 (a maximum that no floor of a firm sets aside by itself).
 */
export const FirmFigures = z.strictObject({
  v: z.literal(1),
  legalEntity: z.string().min(1).max(200),
  flags: z.array(z.enum(FLAGS)).min(1).max(FLAGS.length).refine(isDistinct, 'a flag is named twice'),
  floor: z.strictObject({
    years: z.int().min(1).max(FLOOR_YEARS_MAX),
    except: z.array(ExceptedClass).max(recordClasses.length).refine(isOncePerClass, 'a class is named twice'),
  }),
  yearEnd: z.string().refine(isMonthDay, 'not a month and a day as MM-DD'),
  exempt: z
    .array(ExceptedClass.refine((one) => !bindsEveryFirm(one.class), { message: 'binds every firm', path: ['class'] }))
    .max(recordClasses.length)
    .refine(isOncePerClass, 'a class is named twice'),
  rulings: z
    .array(
      z.strictObject({
        minimum: z.union([ClassId, z.literal(FLOOR)]),
        maximum: ClassId,
        decides: z.enum(['minimum', 'maximum']),
        reason: Sentence,
      }),
    )
    .max(RULINGS_MAX)
    .refine(
      (rulings) => isDistinct(rulings.map(({ minimum, maximum }) => `${minimum}/${maximum}`)),
      'a collision is ruled twice',
    ),
});

export type FirmFigures = z.output<typeof FirmFigures>;

/**
 * Careful figures for a firm that has set none.
 *
 * Shape: every class binds, the floor is seven years and has no exception, and no collision is ruled, so that customer data with a
 *        maximum waits for an officer.
 */
export function carefulFigures(legalEntity: string): FirmFigures {
  return {
    v: 1,
    legalEntity,
    flags: ['us-broker-dealer', 'us-private-fund-adviser', 'eu-algorithmic', 'eu-high-frequency'],
    floor: { years: 7, except: [] },
    yearEnd: '12-31',
    exempt: [],
    rulings: [],
  };
}

function bindsEveryFirm(id: string): boolean {
  return recordClasses.some((one) => one.id === id && one.flags.length === 0);
}

function isDistinct(texts: readonly string[]): boolean {
  return new Set(texts).size === texts.length;
}

function isOncePerClass(excepted: readonly { readonly class: string }[]): boolean {
  return isDistinct(excepted.map((one) => one.class));
}
