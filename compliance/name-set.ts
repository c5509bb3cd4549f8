import { Identifier } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';

const NAMES_MAX = 5_000;

/** A list of names on a sheet, ready to be asked whether it has one. Shape: at most 5,000 names; an empty list has none. */
export const NameSet = z
  .array(Identifier)
  .max(NAMES_MAX)
  .transform((names): ReadonlySet<string> => new Set(names));
