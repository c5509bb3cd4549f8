import { KitError } from '@gatehouse/shared/errors.ts';
import type { KillLevel } from '@gatehouse/shared/schema/bodies.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { breakers as everyBreaker } from './breakers/index.ts';
import type { Breaker, BreakerJudge } from './define-breaker.ts';
import { parseScope } from './scopes.ts';

/** A line of the sheet that watches: a breaker with figures, the scope that it watches, and the level of the kill that it makes. */
export interface ArmedBreaker {
  readonly breaker: Breaker;
  readonly scope: ScopeText;
  readonly level: KillLevel;
  readonly judge: BreakerJudge;
  /** Units: milliseconds of market time. */
  readonly unknownMsMax: number;
}

type BreakerLine = NonNullable<Sheet['breakers']>[number];

interface Compiled {
  readonly armed: readonly ArmedBreaker[];
  readonly problems: readonly string[];
}

/**
 * Makes the breakers of a sheet ready to watch, or refuses the sheet as a whole.
 *
 * Shape:  in the order of the sheet. A sheet without breakers has none, and nothing trips by itself.
 * Errors: `SHEET_REFUSED`, listing every problem: an unknown breaker or version, a kind of scope that the breaker does not watch, a
 *         figure that is unknown, missing or malformed, the same step given twice.
 */
export function compileBreakers(
  sheet: Pick<Sheet, 'id' | 'breakers'>,
  registry: readonly Breaker[] = everyBreaker,
): readonly ArmedBreaker[] {
  const lines = sheet.breakers ?? [];
  const compiled = lines.map((line) => compileLine(line, registry));
  const names = lines.map(({ breaker, scope, level }) => `${breaker} for ${scope} to ${level}`);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  const problems = [
    ...[...twice].map((name) => `it gives ${name} more than once`),
    ...compiled.flatMap((line) => line.problems),
  ];
  if (problems.length === 0) return compiled.flatMap(({ armed }) => armed);
  throw new KitError('SHEET_REFUSED', `the breakers of sheet ${sheet.id}: ${problems.join('; ')}`, {
    hint: 'Correct the sheet, sign it again and load it; the sheet in force stays in force.',
    problems,
  });
}

function compileLine(
  { breaker: id, version, scope, level, figures }: BreakerLine,
  registry: readonly Breaker[],
): Compiled {
  const versions = registry.filter((one) => one.id === id);
  if (versions.length === 0) return { armed: [], problems: [`this release has no breaker ${id}`] };
  const breaker = versions.find((one) => one.version === version);
  if (breaker === undefined) {
    const known = versions.map((one) => one.version).join(', ');
    return { armed: [], problems: [`it names version ${version} of breaker ${id}, and this release has ${known}`] };
  }
  const { kind } = parseScope(scope);
  const problems = breaker.scopes.includes(kind) ? [] : [`${id} watches no ${kind}, only ${breaker.scopes.join(', ')}`];
  const bound = breaker.bind(figures);
  if (bound.kind === 'refused') {
    return { armed: [], problems: [...problems, `figures of breaker ${id} for ${scope}: ${bound.problems}`] };
  }
  const { judge, unknownMsMax } = bound;
  return { armed: [{ breaker, scope, level, judge, unknownMsMax }], problems };
}
