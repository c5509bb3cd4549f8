import { z } from 'zod';
import { ScopeText, Sentence } from './fields.ts';

/** What a control can say, and what the gate makes of it. Shape: `overridden` is a refusal that a signed ticket set aside. */
export const RowVerdict = z.enum(['pass', 'refuse', 'not-applicable', 'off', 'overridden']);

export type RowVerdict = z.output<typeof RowVerdict>;

const RowFigures = z.record(z.string(), z.string());

const rowWire = z.tuple([
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}@\d{1,4}$/, 'not a control with its version'),
  ScopeText,
  RowVerdict,
  RowFigures.optional(),
  Sentence.optional(),
]);

/** One row as it is used. */
export interface DecisionRow {
  readonly control: string;
  readonly version: number;
  readonly scope: ScopeText;
  readonly verdict: RowVerdict;
  readonly figures?: Readonly<Record<string, string>> | undefined;
  readonly reason?: string | undefined;
}

/**
 * What one control said for one scope, as a list: `["price-collar@1","firm","pass",{"distance":"3.00"}]`.
 *
 * Shape: figures that the control observed; a refusal also has its limits and its reason. Those of a pass stand on the sheet,
 *        and its reason follows from making the decision again.
 */
export const DecisionRow = z.codec(rowWire, z.custom<DecisionRow>(), {
  decode: ([name, scope, verdict, figures, reason]) => {
    const at = name.lastIndexOf('@');
    return {
      control: name.slice(0, at),
      version: Number(name.slice(at + 1)),
      scope,
      verdict,
      ...(figures === undefined ? {} : { figures }),
      ...(reason === undefined ? {} : { reason }),
    };
  },
  encode: ({ control, version, scope, verdict, figures, reason }): z.output<typeof rowWire> => {
    const name = `${control}@${version}`;
    if (reason !== undefined) return [name, scope, verdict, { ...figures }, reason];
    return figures === undefined ? [name, scope, verdict] : [name, scope, verdict, { ...figures }];
  },
});
