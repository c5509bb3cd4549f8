import { KitError } from '@gatehouse/shared/errors.ts';
import { type Mark, moved, type Strip } from './marks.ts';
import { PAGE } from './page-frame.ts';

/** More pages than anybody reads; beyond them a report is data and belongs into another format. */
const PAGES_MAX = 2_000;

/** A section that starts on a page. Units: points. */
interface Bookmark {
  readonly title: string;
  readonly y: number;
}

/** The content of one page. */
export interface Page {
  readonly marks: readonly Mark[];
  readonly bookmarks: readonly Bookmark[];
}

/** Pages that fill from top to bottom. Units: points. */
export interface PageFlow {
  readonly pages: () => readonly Page[];
  /** What is left of the page in hand. */
  readonly room: () => number;
  readonly startPage: () => void;
  /** Places a strip below the last one, on a new page where this one has no room for it. */
  readonly place: (strip: Strip) => void;
  /** Leaves a gap, except at the top of a page. */
  readonly skip: (height: number) => void;
  readonly bookmark: (title: string) => void;
}

/** An empty first page to fill. Errors: `REPORT_UNPRINTABLE` beyond 2,000 pages. */
export function pageFlow(): PageFlow {
  const pages: { readonly marks: Mark[]; readonly bookmarks: Bookmark[] }[] = [{ marks: [], bookmarks: [] }];
  let y: number = PAGE.top;
  const startPage = (): void => {
    if (pages.length === PAGES_MAX) throw tooLong();
    pages.push({ marks: [], bookmarks: [] });
    y = PAGE.top;
  };

  return {
    pages: () => pages,
    room: () => PAGE.bottom - y,
    startPage,
    place: ({ height, marks }) => {
      if (y + height > PAGE.bottom && y > PAGE.top) startPage();
      pages.at(-1)?.marks.push(...marks.map((mark) => moved(mark, PAGE.left, y)));
      y += height;
    },
    skip: (height) => {
      if (y > PAGE.top) y += height;
    },
    bookmark: (title) => {
      pages.at(-1)?.bookmarks.push({ title, y });
    },
  };
}

function tooLong(): KitError {
  return new KitError('REPORT_UNPRINTABLE', `a report of more than ${PAGES_MAX} pages`, {
    hint: 'Choose a shorter period, or take the report as XLSX or CSV.',
  });
}
