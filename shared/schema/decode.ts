import { z } from 'zod';
import { KitError } from '../errors.ts';

/**
 * Turns wire text into a trusted value, at the door and once.
 *
 * Errors: `MESSAGE_MALFORMED`, listing every problem with its path.
 */
export function decode<S extends z.ZodType>(schema: S, wire: unknown, what: string): z.output<S> {
  const result = z.safeDecode(schema, wire as z.input<S>);
  if (result.success) return result.data;
  throw new KitError('MESSAGE_MALFORMED', `${what} is malformed: ${describeIssues(result.error)}`, {
    hint: 'Compare it with the schema of this version; nothing of it was used.',
    problems: issueTexts(result.error),
    cause: result.error,
  });
}

/** Turns a trusted value into its wire form; the inverse of `decode`. */
export function encode<S extends z.ZodType>(schema: S, value: z.output<S>): z.input<S> {
  return z.encode(schema, value);
}

/** Every problem that a schema found, as one line for a person. */
export function describeIssues(error: z.ZodError): string {
  return issueTexts(error).join('; ');
}

function issueTexts(error: z.ZodError): readonly string[] {
  return error.issues.map((issue) => `${issue.path.map(String).join('.') || 'value'}: ${issue.message}`);
}
