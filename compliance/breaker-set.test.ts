import { KitError } from '@gatehouse/shared/errors.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { expect, test } from 'vitest';
import { compileBreakers } from './breaker-set.ts';
import { breakers } from './breakers/index.ts';
import type { SheetFigures } from './examples/sheet.ts';

type Line = NonNullable<Sheet['breakers']>[number];

const steps: readonly Line[] = [500, 1_000, 2_000].map((lossBps, index) => ({
  breaker: 'loss-step',
  version: 1,
  scope: 'account:main',
  level: (['pause', 'cancel', 'flatten'] as const)[index] ?? 'flatten',
  figures: { ...(breakers[0]?.examples[0]?.limits as SheetFigures), lossBps },
}));

function problemsOf(...lines: readonly Line[]): readonly string[] {
  try {
    compileBreakers({ id: 's', breakers: [...lines] });
    return [];
  } catch (error) {
    return error instanceof KitError ? error.problems : [String(error)];
  }
}

test('the steps of a loss are armed in the order of the sheet, each with its level', () => {
  const armed = compileBreakers({ id: 's', breakers: [...steps] });
  expect(armed.map(({ breaker, scope, level, unknownMsMax }) => [breaker.id, scope, level, unknownMsMax])).toEqual([
    ['loss-step', 'account:main', 'pause', 60_000],
    ['loss-step', 'account:main', 'cancel', 60_000],
    ['loss-step', 'account:main', 'flatten', 60_000],
  ]);
});

test('a sheet without breakers arms none', () => {
  expect(compileBreakers({ id: 's' })).toEqual([]);
});

test('a breaker without a time that it may be blind for is blind for none', () => {
  const [armed] = compileBreakers({
    id: 's',
    breakers: [
      { breaker: 'crash-loop', version: 1, scope: 'firm', level: 'pause', figures: { crashes: 3, windowMs: 1 } },
    ],
  });
  expect(armed?.unknownMsMax).toBe(0);
});

test('everything that is wrong is said at once', () => {
  const [step] = steps;
  if (step === undefined) throw new Error('there is a step');
  const problems = problemsOf(
    step,
    step,
    { ...step, breaker: 'none' },
    { ...step, version: 7 },
    { ...step, scope: 'venue:paper', figures: { ...step.figures, lossBps: 0 } },
  );
  expect(problems).toEqual([
    'it gives loss-step for account:main to pause more than once',
    'this release has no breaker none',
    'it names version 7 of breaker loss-step, and this release has 1',
    'loss-step watches no venue, only account, algorithm, desk, trader, client, firm',
    expect.stringContaining('lossBps'),
  ]);
  expect(problemsOf({ ...step, scope: 'venue:paper' })).toHaveLength(1);
});
