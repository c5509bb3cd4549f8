import { articleMap } from '@gatehouse/compliance/article-map.ts';
import { breakers } from '@gatehouse/compliance/breakers/index.ts';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { exampleInstrument } from '@gatehouse/compliance/examples/files.ts';
import { exampleLine, exampleSheet, type SheetFigures, type SheetLine } from '@gatehouse/compliance/examples/sheet.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { breakerSections } from './breaker-sections.ts';
import { controlBook } from './control-book.ts';
import { breakerPages, type ControlPage, controlPages, reasonOf } from './control-pages.ts';
import { exampleText } from './example-text.ts';

const off = { control: 'price-collar', off: { reason: 'No reference price is fed on this venue.' } };
const sheet = exampleSheet({ controls: [exampleLine('max-order-quantity', { quantityMax: '75' }), off] });
const inForce = { sheet, hash: 'ab'.repeat(32) };

const document = { entity: 'A firm', createdAt: parseInstant('2026-01-05T09:00:00.000000000Z'), release: '1' };

test('each control stands with the figures of the sheet, off with its reason, or as refusing what nobody named', () => {
  const kinds = new Map(controlPages(controls, inForce).map(({ control, limits }) => [control.id, limits]));
  expect(kinds.get('max-order-quantity')).toEqual({
    kind: 'on',
    rules: [{ scope: 'firm', figures: { quantityMax: '75' } }],
  });
  expect(kinds.get('price-collar')).toEqual({ kind: 'off', reason: off.off.reason });
  expect(kinds.get('duplicate-order')).toEqual({ kind: 'unnamed' });
  expect(controlPages(controls, undefined).every(({ limits }) => limits.kind === 'unnamed')).toBe(true);
});

test('the book has sources, limits and examples of every control, in the order of the registry', () => {
  const pages = controlPages(controls, inForce);
  const { sections, facts, environmentMark, provenance } = controlBook({
    ...document,
    inForce,
    pages,
    breakers: breakerPages(breakers, inForce),
  });
  const told = [...pages.map(({ control }) => control), ...breakers];
  const count = told.reduce((sum, { examples }) => sum + examples.length, 0);
  expect(facts).toContainEqual({
    label: 'Worked examples',
    value: `${count}, all run by the test suite of this release`,
  });
  const ids = [...new Set(controls.map(({ id }) => id))];
  expect(sections.map(({ id }) => id)).toEqual([
    'summary',
    ...ids.flatMap((id) => [`${id}-sources`, `${id}-limits`, `${id}-examples`]),
    ...breakers.flatMap(({ id }) => [`breaker-${id}-sources`, `breaker-${id}-steps`, `breaker-${id}-examples`]),
    ...new Set(articleMap(controls).map(({ act }) => `articles-${act.id}`)),
  ]);
  expect(environmentMark).toBe('PAPER — DEMO');
  expect(provenance.dataHash).toBe(inForce.hash);
  const rowsOf = (id: string) =>
    sections.flatMap((section) => (section.id === id && 'rows' in section ? section.rows : []));
  expect(rowsOf('max-order-quantity-limits')).toEqual([['firm', 'quantityMax', '75', expect.any(String), null]]);
  for (const { control } of controlPages(controls, inForce)) {
    const { id, examples, sources } = control;
    expect(rowsOf(`${id}-examples`)).toHaveLength(examples.length);
    expect(rowsOf(`${id}-sources`)).toHaveLength(sources.length);
  }
});

test('owner and reasons of the sheet stand beside its figures, and each control says whether a ticket helps', () => {
  const line = exampleLine('max-order-quantity', { quantityMax: '75' });
  if (!('on' in line)) throw new Error('the example line is on');
  const owned = { ...line, owner: 'P-risk', on: line.on.map((one) => ({ ...one, reason: 'Twice the usual order.' })) };
  const pages = controlPages(controls, { ...inForce, sheet: exampleSheet({ controls: [owned] }) });
  const page = pages.find(({ control }) => control.id === 'max-order-quantity');
  expect(page?.owner).toBe('P-risk');
  expect(page?.limits).toMatchObject({ rules: [{ reason: 'Twice the usual order.' }] });
  const { sections } = controlBook({ ...document, inForce, pages, breakers: breakerPages(breakers, inForce) });
  const notes = sections.flatMap((section) => (section.id === 'max-order-quantity-sources' ? [section.note] : []));
  expect(notes[0]).toContain('Owner: P-risk.');
  expect(notes[0]).toContain('A signed ticket can set its refusal aside for one order.');
});

test('a control stands once, in the version that the sheet names, and its other versions are told', () => {
  const versions = Map.groupBy(controls, ({ id }) => id);
  const [id, several = []] = [...versions].find(([, ofId]) => ofId.length > 1) ?? [];
  const oldest = several.toSorted((a, b) => a.version - b.version)[0];
  if (id === undefined || oldest === undefined) throw new Error('the registry keeps no superseded control');
  const figures = oldest.examples[0]?.limits as SheetFigures;
  const line: SheetLine = { control: id, version: oldest.version, on: [{ scope: 'firm', figures }] };
  const sheetOfOld = { ...inForce, sheet: exampleSheet({ controls: [line] }) };
  const pageOf = (pages: readonly ControlPage[]) => pages.filter(({ control }) => control.id === id);
  const rest = several.map(({ version }) => version).filter((version) => version !== oldest.version);
  expect(pageOf(controlPages(controls, sheetOfOld))).toMatchObject([{ control: oldest, otherVersions: rest }]);
  const newest = Math.max(...several.map(({ version }) => version));
  expect(pageOf(controlPages(controls, inForce))).toMatchObject([{ control: { version: newest } }]);
});

test('a breaker stands with its steps and their reasons, or as one that never trips', () => {
  const [first, second] = breakers;
  if (first === undefined || second === undefined) throw new Error('this release has no two breakers');
  const figures = first.examples[0]?.limits as SheetFigures;
  const step = { breaker: first.id, version: first.version, scope: 'firm', figures };
  const steps = [
    { ...step, level: 'pause' as const, reason: 'A first warning.' },
    { ...step, level: 'flatten' as const },
  ];
  const withSteps = { ...inForce, sheet: exampleSheet({ breakers: steps }) };
  const { sections, facts } = controlBook({
    ...document,
    inForce: withSteps,
    pages: [],
    breakers: breakerPages(breakers, withSteps),
  });
  const rowsOf = (id: string) =>
    sections.flatMap((section) => (section.id === id && 'rows' in section ? section.rows : []));
  const rows = rowsOf(`breaker-${first.id}-steps`);
  expect(rows).toHaveLength(2 * first.limits.length);
  expect(rows[0]).toEqual([
    'firm',
    'pause',
    first.limits[0]?.name,
    expect.any(String),
    expect.any(String),
    'A first warning.',
  ]);
  expect(rowsOf(`breaker-${second.id}-steps`)).toEqual([]);
  expect(facts).toContainEqual({
    label: 'Breakers',
    value: `${breakers.length}, 1 of them on the sheet; the others never trip`,
  });
});

test('a breaker that has no figures stands with its steps all the same', () => {
  const bare = breakers.find(({ limits }) => limits.length === 0);
  if (bare === undefined) throw new Error('the registry holds no breaker without figures');
  const steps = [{ breaker: bare.id, version: bare.version, scope: 'firm', figures: {}, level: 'cancel' as const }];
  const withSteps = { ...inForce, sheet: exampleSheet({ breakers: steps }) };
  const [, section] = breakerSections(breakerPages([bare], withSteps));
  expect(section?.rows).toEqual([['firm', 'cancel', 'on', null, 'This breaker has no figures.', null]]);
});

test('each place of an act stands with the controls that answer to it', () => {
  const { sections } = controlBook({ ...document, inForce, pages: controlPages(controls, inForce), breakers: [] });
  const rows = sections.flatMap((section) =>
    section.id.startsWith('articles-') && 'rows' in section ? section.rows : [],
  );
  for (const { place, controls: answering } of articleMap(
    controlPages(controls, inForce).map(({ control }) => control),
  )) {
    for (const { id, version, says } of answering) expect(rows).toContainEqual([place, `${id}@${version}`, says]);
  }
});

test('an example is told in words, without braces', () => {
  const texts = [...controls, ...breakers].flatMap(({ examples }) => examples.map((example) => exampleText(example)));
  expect(texts.filter((text) => /[{}[\]]/.test(text))).toEqual([]);
  expect(exampleText({ limits: { a: 1 }, order: { limitPrice: null } })).toBe('a 1, limitPrice absent');
  expect(exampleText({ limits: {}, facts: { now: '2020-03-06T20:30:00.000000000Z' } })).toBe(
    'now 2020-03-06T20:30:00Z',
  );
  const rows = [{ ...exampleInstrument, lot: '5' }, exampleInstrument];
  expect(exampleText({ limits: {}, files: { instruments: { rows } } })).toBe('instruments rows lot 5; id demo-index');
  expect(exampleText({ limits: {} })).toBe('the base case');
});

test('a reason that goes through the figures by name is told figure by figure, any other as a whole', () => {
  const names = ['quantityMax', 'windowMs', 'owner'];
  const reason = 'quantityMax: Twice the usual order: 25 units. windowMs: A person looks once a minute.';
  expect(reasonOf(reason, 'quantityMax', names)).toBe('Twice the usual order: 25 units.');
  expect(reasonOf(reason, 'windowMs', names)).toBe('A person looks once a minute.');
  expect(reasonOf(reason, 'owner', names)).toBeNull();
  for (const whole of ['Twice the usual order.', 'As agreed. windowMs: A minute.', 'note: Nobody knows it.']) {
    expect(reasonOf(whole, 'windowMs', names)).toBe(whole);
  }
  expect(reasonOf(undefined, 'windowMs', names)).toBeNull();
});
