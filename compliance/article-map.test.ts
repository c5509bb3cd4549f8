import { REG_SHO, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { expect, test } from 'vitest';
import { articleMap, controlsAt } from './article-map.ts';
import { currentControls } from './controls/index.ts';

const articles = articleMap(currentControls);

test.each(['(c)(1)(i)', '(c)(1)(ii)', '(c)(2)(i)', '(c)(2)(ii)', '(c)(2)(iii)'])(
  'the market access rule has a control for %s',
  (place) => {
    expect(controlsAt(articles, SEC_15C3_5, place)).not.toEqual([]);
  },
);

test.each([
  'Art. 5',
  'Art. 7',
  'Art. 8(a)',
  'Art. 8(b)',
  'Art. 8(c)',
  'Art. 8(d)',
  'Art. 11',
  'Art. 12',
  'Art. 15(1)(a)',
  'Art. 15(1)(b)',
  'Art. 15(1)(c)',
  'Art. 15(1)(d)',
  'Art. 15(2)',
  'Art. 15(3)',
  'Art. 15(4)',
  'Art. 15(5)',
  'Art. 15(6)',
])('RTS 6 has a control for %s', (place) => {
  expect(controlsAt(articles, RTS_6, place)).not.toEqual([]);
});

test.each(['200(g)', '201(b)(1)', '203(b)(1)', '203(b)(3)', '204(b)'])(
  'Regulation SHO has a control for %s',
  (place) => {
    expect(controlsAt(articles, REG_SHO, place)).not.toEqual([]);
  },
);

test('a place that no control cites is not claimed', () => {
  expect(controlsAt(articles, RTS_6, 'Art. 9')).toEqual([]);
  expect(controlsAt(articles, RTS_6, 'Art. 1')).toEqual([]);
});

test('an article takes in its paragraphs and not the articles whose number begins like its own', () => {
  expect(controlsAt(articles, RTS_6, 'Art. 8')).toContain('algorithm-sheet');
  expect(controlsAt(articles, RTS_6, 'Art. 15')).toContain('price-collar');
  expect(controlsAt(articles, RTS_6, 'Art. 1')).not.toContain('price-collar');
});

test('the paragraph on overrides has exactly the controls that a ticket may set aside', () => {
  const overridable = currentControls.filter(({ isOverridable }) => isOverridable).map(({ id }) => id);
  expect(controlsAt(articles, RTS_6, 'Art. 15(6)')).toEqual(overridable);
});

test('each citation of each control is found once, and no control is lost', () => {
  const cited = currentControls.flatMap(({ id, sources }) =>
    sources.map(({ act, place }) => `${act.id} ${place} ${id}`),
  );
  const mapped = articles.flatMap(({ act, place, controls }) => controls.map(({ id }) => `${act.id} ${place} ${id}`));
  expect(cited.filter((one) => !mapped.includes(one))).toEqual([]);
  expect(new Set(mapped).size).toBe(mapped.length);
});

test('acts stand by id, and their places as the act numbers them', () => {
  const acts = [...new Set(articles.map(({ act }) => act.id))];
  expect(acts).toEqual(acts.toSorted());
  const places = articles.filter(({ act }) => act.id === RTS_6.id).map(({ place }) => place);
  expect(places.indexOf('Art. 8(a)')).toBeLessThan(places.indexOf('Art. 15(1)(a)'));
  expect(places.indexOf('Art. 15(1)(a)')).toBeLessThan(places.indexOf('Art. 15(1)(b)'));
});
