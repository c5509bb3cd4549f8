import { controls } from '@gatehouse/compliance/controls/index.ts';
import { exampleLine, exampleSheet } from '@gatehouse/compliance/examples/sheet.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { controlBook, controlPages, exampleText } from './control-book.ts';

const off = { control: 'price-collar', off: { reason: 'No reference price is fed on this venue.' } };
const sheet = exampleSheet({ controls: [exampleLine('max-order-quantity', { quantityMax: '75' }), off] });
const inForce = { sheet, hash: 'ab'.repeat(32) };

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
  const request = {
    inForce,
    entity: 'A firm',
    createdAt: parseInstant('2026-01-05T09:00:00.000000000Z'),
    release: '1',
  };
  const { sections, environmentMark, provenance } = controlBook({ ...request, pages: controlPages(controls, inForce) });
  expect(sections.map(({ id }) => id)).toEqual(
    controls.flatMap(({ id }) => [`${id}-sources`, `${id}-limits`, `${id}-examples`]),
  );
  expect(environmentMark).toBe('PAPER — DEMO');
  expect(provenance.dataHash).toBe(inForce.hash);
  const rowsOf = (id: string) =>
    sections.flatMap((section) => (section.id === id && 'rows' in section ? section.rows : []));
  expect(rowsOf('max-order-quantity-limits')).toEqual([['firm', 'quantityMax', '75', expect.any(String)]]);
  for (const { id, examples, sources } of controls) {
    expect(rowsOf(`${id}-examples`)).toHaveLength(examples.length);
    expect(rowsOf(`${id}-sources`)).toHaveLength(sources.length);
  }
});

test('an example is told in words, without braces', () => {
  const texts = controls.flatMap(({ examples }) => examples.map(exampleText));
  expect(texts.filter((text) => /[{}[\]]/.test(text))).toEqual([]);
  expect(exampleText({ name: 'n', limits: { a: 1 }, order: { limitPrice: null }, expect: 'pass' })).toBe(
    'a 1, limitPrice absent',
  );
});
