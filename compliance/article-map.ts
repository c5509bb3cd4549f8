import { type Act, type Citation, cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import type { Control } from './define-control.ts';

/** What a control does for an article, in its own words. */
export interface ArticleControl {
  readonly id: string;
  readonly version: number;
  readonly says: string;
}

/** A place in an act, with the controls that answer to it, in the order of a decision's rows. */
export interface Article {
  readonly act: Act;
  readonly place: string;
  readonly controls: readonly ArticleControl[];
}

/** What the gate does for every control that allows it; no control cites it for itself. */
const OVERRIDE = cite(
  RTS_6,
  'Art. 15(6)',
  'A refusal is set aside for one order only, by a signed ticket that expires.',
);

/**
 * The acts article by article, with the controls that answer to each, so that an officer can go through a rule from its first
 * paragraph to its last.
 *
 * Shape:  made from the citations of the controls alone, and from which of them a ticket may override; a place that no control cites
 *         is not there, which says that a control is missing or that the duty is met in another way. Acts are sorted by id,
 *         places as the act numbers them.
 * Source: 17 CFR 240.15c3-5(b) (controls documented); RTS 6 Art. 9 (yearly validation).
 */
export function articleMap(controls: readonly Control[]): readonly Article[] {
  const articles = new Map<
    string,
    { readonly act: Act; readonly place: string; readonly controls: ArticleControl[] }
  >();
  for (const control of controls) {
    for (const { act, place, says } of citationsOf(control)) {
      const key = `${act.id} ${place}`;
      const article = articles.get(key) ?? { act, place, controls: [] };
      article.controls.push({ id: control.id, version: control.version, says });
      articles.set(key, article);
    }
  }
  return [...articles.values()].toSorted(byNumber);
}

/**
 * The ids of the controls that answer to a place or to a part of it, each once.
 *
 * Shape: `Art. 8` takes in `Art. 8(a)`, and not `Art. 80`. Nothing found is an empty list.
 */
export function controlsAt(articles: readonly Article[], act: Act, place: string): readonly string[] {
  const within = articles.filter(
    (article) => article.act.id === act.id && (article.place === place || article.place.startsWith(`${place}(`)),
  );
  return [...new Set(within.flatMap(({ controls }) => controls.map(({ id }) => id)))];
}

function citationsOf({ sources, isOverridable }: Control): readonly Citation[] {
  return isOverridable ? [...sources, OVERRIDE] : sources;
}

function byNumber(a: Article, b: Article): number {
  if (a.act.id !== b.act.id) return a.act.id < b.act.id ? -1 : 1;
  return sortable(a.place) < sortable(b.place) ? -1 : 1;
}

/** Numbers padded, so that article 8 stands before article 15. */
function sortable(place: string): string {
  return place.replaceAll(/\d+/g, (number) => number.padStart(6, '0'));
}
