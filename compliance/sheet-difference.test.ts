import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { expect, test } from 'vitest';
import type { Overrides } from './examples/base.ts';
import { exampleLine, exampleLines, exampleSheet, type SheetText } from './examples/sheet.ts';
import type { Effect } from './figure-difference.ts';
import { isLoosening } from './sheet-difference.ts';

const before = exampleSheet({
  accounts: ['main', 'second'],
  from: '2020-01-01T00:00:00.000000000Z',
  to: '2021-01-01T00:00:00.000000000Z',
});

function after(overrides: Overrides<SheetText>): Sheet {
  return exampleSheet({
    accounts: ['main', 'second'],
    to: '2021-01-01T00:00:00.000000000Z',
    sequence: 2,
    ...overrides,
  });
}

function changesOf(from: Sheet, to: Sheet): readonly [Effect, string][] {
  return isLoosening(from, to).changes.map(({ effect, says }) => [effect, says]);
}

const off = { control: 'max-order-quantity', off: { reason: 'A demonstration.' } };
const figures = (quantityMax: string) => ({ quantityMax });
const on = (...scopes: readonly [string, string][]) => ({
  control: 'max-order-quantity',
  version: 1,
  on: scopes.map(([scope, quantityMax]) => ({ scope, figures: figures(quantityMax) })),
});

test('a sheet and itself differ in nothing', () => {
  expect(isLoosening(before, before)).toEqual({ isLoosening: false, changes: [] });
});

test('who signs, what it is called and why loosens nothing', () => {
  const other: Overrides<SheetText> = {
    id: 'other',
    sequence: 9,
    maker: 'p-02',
    checkers: ['p-03'],
    reason: 'Others.',
    mark: 'FIRM',
  };
  expect(isLoosening(before, after(other))).toEqual({ isLoosening: false, changes: [] });
});

test.each<[string, Overrides<SheetText>, Effect, string]>([
  ['another account', { accounts: ['main', 'second', 'third'] }, 'loosening', 'Accounts are added: third.'],
  ['an account less', { accounts: ['main'] }, 'tightening', 'Accounts are taken off: second.'],
  ['another environment', { environment: 'live' }, 'loosening', 'The environment goes from paper to live.'],
  ['another currency', { currency: 'EUR' }, 'loosening', 'The currency of the firm goes from USD to EUR.'],
  [
    'another entity',
    { legalEntity: '529900T8BM49AURSDO55' },
    'loosening',
    'The legal entity goes from GATEHOUSEDEMOFIRM008 to 529900T8BM49AURSDO55.',
  ],
  [
    'an earlier begin',
    { from: '2019-01-01T00:00:00.000000000Z' },
    'loosening',
    'It begins at 2019-01-01T00:00:00.000000000Z instead of 2020-01-01T00:00:00.000000000Z.',
  ],
  [
    'a later begin',
    { from: '2020-02-01T00:00:00.000000000Z' },
    'tightening',
    'It begins at 2020-02-01T00:00:00.000000000Z instead of 2020-01-01T00:00:00.000000000Z.',
  ],
  [
    'a later end',
    { to: '2021-01-01T00:00:00.000000001Z' },
    'loosening',
    'It ends at 2021-01-01T00:00:00.000000001Z instead of at 2021-01-01T00:00:00.000000000Z.',
  ],
  [
    'an earlier end',
    { to: '2020-12-31T00:00:00.000000000Z' },
    'tightening',
    'It ends at 2020-12-31T00:00:00.000000000Z instead of at 2021-01-01T00:00:00.000000000Z.',
  ],
  ['no end', { to: null }, 'loosening', 'It ends never instead of at 2021-01-01T00:00:00.000000000Z.'],
])('%s', (_, overrides, effect, says) => {
  expect(changesOf(before, after(overrides))).toEqual([[effect, says]]);
});

test('an end where there was none tightens', () => {
  const endless = exampleSheet();
  const ending = exampleSheet({ to: '2021-01-01T00:00:00.000000000Z' });
  expect(changesOf(endless, ending)).toEqual([
    ['tightening', 'It ends at 2021-01-01T00:00:00.000000000Z instead of never.'],
  ]);
});

const lines = (line: SheetText['controls'][number] | undefined) => ({
  controls:
    line === undefined ? exampleLines().filter(({ control }) => control !== 'max-order-quantity') : exampleLines(line),
});

test.each<
  [string, SheetText['controls'][number] | undefined, SheetText['controls'][number] | undefined, readonly Effect[]]
>([
  ['on, then off', on(['firm', '100']), off, ['loosening']],
  ['off, then on', off, on(['firm', '100']), ['tightening']],
  ['off, then off for another reason', off, { ...off, off: { reason: 'Another reason.' } }, ['neither']],
  ['off, then off', off, { ...off }, []],
  ['not named, then off', undefined, off, ['loosening']],
  ['not named, then on', undefined, on(['firm', '1']), ['loosening']],
  ['on, then not named', on(['firm', '100']), undefined, ['tightening']],
  ['off, then not named', off, undefined, ['tightening']],
  ['a lower figure', on(['firm', '100']), on(['firm', '99']), ['tightening']],
  ['a higher figure', on(['firm', '100']), on(['firm', '101']), ['loosening']],
  ['the same figure in another spelling', on(['firm', '100']), on(['firm', '100.0']), []],
  ['a scope more beside the firm', on(['firm', '100']), on(['firm', '100'], ['trader:p-7f3a', '50']), ['tightening']],
  [
    'a scope more beside all accounts',
    on(['account:main', '9'], ['account:second', '9']),
    on(['account:main', '9'], ['account:second', '9'], ['desk:index', '5']),
    ['tightening'],
  ],
  [
    'a scope more where others met no figure',
    on(['account:main', '9']),
    on(['account:main', '9'], ['account:second', '9']),
    ['loosening'],
  ],
  ['a scope less', on(['firm', '100'], ['account:main', '50']), on(['firm', '100']), ['loosening']],
  [
    'one up and one down',
    on(['firm', '9'], ['account:main', '9']),
    on(['firm', '8'], ['account:main', '10']),
    ['tightening', 'loosening'],
  ],
  ['another version', on(['firm', '9']), { ...on(['firm', '9']), version: 2 }, ['loosening']],
])('%s', (_, was, is, effects) => {
  const accounts = ['main', 'second'];
  const found = isLoosening(exampleSheet({ ...lines(was), accounts }), exampleSheet({ ...lines(is), accounts }));
  expect(found.changes.map(({ effect }) => effect)).toEqual(effects);
  expect(found.isLoosening).toBe(effects.includes('loosening'));
});

test('a figure that comes or goes loosens, whatever it is', () => {
  const bare = exampleSheet(lines(on(['firm', '9'])));
  const more = exampleSheet(
    lines(exampleLine('max-order-quantity', { quantityMax: '9', other: ['a', 'b'], none: [] })),
  );
  expect(changesOf(bare, more)).toEqual([
    ['loosening', 'max-order-quantity for firm: other goes from nothing to a, b.'],
    ['loosening', 'max-order-quantity for firm: none goes from nothing to no names.'],
  ]);
  expect(isLoosening(more, bare).isLoosening).toBe(true);
});

test('a long list is told by its first names', () => {
  const names = Array.from({ length: 23 }, (_, index) => `n${index}`);
  const sheet = exampleSheet(lines(exampleLine('max-order-quantity', { other: names })));
  const [change] = isLoosening(exampleSheet(lines(exampleLine('max-order-quantity'))), sheet).changes;
  expect(change?.says).toMatch(/n19 and 3 more\.$/);
});

const step = (level: 'pause' | 'cancel', lossBps: number, version = 1) => ({
  breaker: 'loss-step',
  version,
  scope: 'firm',
  level,
  figures: { lossBps, capital: '1000000', markAgeMsMax: 60_000, rateAgeMsMax: 60_000, unknownMsMax: 60_000 },
});

test.each<[string, SheetText['breakers'], SheetText['breakers'], readonly Effect[]]>([
  ['a breaker that comes', [], [step('pause', 500)], ['tightening']],
  ['a breaker that goes', [step('pause', 500)], [], ['loosening']],
  ['a breaker that stays', [step('pause', 500)], [step('pause', 500)], []],
  ['an earlier step', [step('pause', 500)], [step('pause', 499)], ['tightening']],
  ['a later step', [step('pause', 500)], [step('pause', 501)], ['loosening']],
  ['a step more', [step('pause', 500)], [step('pause', 500), step('cancel', 1_000)], ['tightening']],
  ['a step of another level, either way', [step('pause', 500)], [step('cancel', 500)], ['loosening', 'tightening']],
  ['another version', [step('pause', 500)], [step('pause', 500, 2)], ['loosening']],
])('%s', (_, was, is, effects) => {
  const found = isLoosening(exampleSheet({ breakers: was ?? [] }), exampleSheet({ breakers: is ?? [] }));
  expect(found.changes.map(({ effect }) => effect)).toEqual(effects);
  expect(found.isLoosening).toBe(effects.includes('loosening'));
});

const BLINDING: readonly [string, string, Record<string, string | number>, string, readonly [number, number]][] = [
  ['loss-step', 'firm', step('pause', 500).figures, 'markAgeMsMax', [60_000, 0]],
  ['loss-step', 'firm', step('pause', 500).figures, 'rateAgeMsMax', [60_000, 0]],
  ['feed-divergence', 'firm', { divergenceBps: 50, unknownMsMax: 60_000 }, 'ageMsMax', [5_000, 0]],
  ['volatility', 'firm', { volatilityBps: 300, windowMs: 300_000, unknownMsMax: 1 }, 'ageMsMax', [60_000, 0]],
  ['volatility', 'firm', { volatilityBps: 300, ageMsMax: 60_000, unknownMsMax: 1 }, 'windowMs', [300_000, 600_000]],
];

test.each(BLINDING)(
  'a figure that can blind the breaker %s loosens either way: %s %o %s',
  (breaker, scope, rest, name, [was, is]) => {
    const sheet = (figure: number) =>
      exampleSheet({
        breakers: [{ breaker, version: 1, scope, level: 'flatten', figures: { ...rest, [name]: figure } }],
      });
    expect(isLoosening(sheet(was), sheet(is)).changes.map(({ effect }) => effect)).toEqual(['loosening']);
    expect(isLoosening(sheet(is), sheet(was)).changes.map(({ effect }) => effect)).toEqual(['loosening']);
  },
);

test('a longer period of the collar widens the range that is measured over it, so it loosens as a shorter one does', () => {
  const collar = (rangeMsMin: number) =>
    exampleSheet({ controls: exampleLines(exampleLine('price-collar-period', { rangeMsMin })) });
  expect(isLoosening(collar(300_000), collar(600_000)).isLoosening).toBe(true);
  expect(isLoosening(collar(600_000), collar(300_000)).isLoosening).toBe(true);
});

test('a sheet without breakers and one with an empty list are the same', () => {
  expect(isLoosening(exampleSheet(), exampleSheet({ breakers: [] })).changes).toEqual([]);
});

test('a figure of a control that this release has not loosens, whichever way it goes', () => {
  const unknown = (most: string) => {
    const line = { control: 'unheard-of', version: 1, on: [{ scope: 'firm', figures: { most } }] };
    return exampleSheet({ controls: [...exampleLines(), line] });
  };
  expect(changesOf(unknown('9'), unknown('8'))).toEqual([['loosening', 'unheard-of for firm: most goes from 9 to 8.']]);
});

test.each<[string, string, readonly string[], readonly string[], Effect]>([
  ['a kind of stop more', 'types', ['market', 'limit'], ['market', 'limit', 'stop'], 'loosening'],
  ['a kind of stop less', 'types', ['market', 'limit', 'trailing-stop'], ['market', 'limit'], 'tightening'],
  ['auctions more', 'instructions', [], ['on-open', 'on-close'], 'loosening'],
  ['icebergs less', 'instructions', ['iceberg', 'bracket'], ['bracket'], 'tightening'],
  ['one instruction for another', 'instructions', ['post-only'], ['reduce-only'], 'loosening'],
])('of the orders that are permitted %s is what it is called', (_, name, was, is, effect) => {
  const sheetWith = (figure: readonly string[]): Sheet =>
    exampleSheet({ controls: exampleLines(exampleLine('order-type-allowed', { [name]: [...figure] })) });
  const { changes, isLoosening: loosens } = isLoosening(sheetWith(was), sheetWith(is));
  expect(changes.map((change) => [change.effect, change.figure])).toEqual([[effect, name]]);
  expect(loosens).toBe(effect === 'loosening');
});

test('a version of a control that knows more kinds of orders takes two people', () => {
  const before = {
    control: 'order-type-allowed',
    version: 1,
    on: [{ scope: 'firm', figures: { types: [], timesInForce: [] } }],
  };
  const was = exampleSheet({ controls: exampleLines(before) });
  expect(
    isLoosening(was, exampleSheet({ controls: exampleLines(exampleLine('order-type-allowed')) })).isLoosening,
  ).toBe(true);
});
