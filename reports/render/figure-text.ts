const FIGURE = /^-?\d+(?:\.\d+)?$/;
const CANONICAL_FIGURE = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
const DIGITS_PER_GROUP = /\B(?=(?:\d{3})+$)/g;
const NARROW_NO_BREAK_SPACE = '\u202f';
const MINUS = '\u2212';

/** The digits that a spreadsheet keeps of a number. */
const SPREADSHEET_DIGITS_MAX = 15;
/** The digits behind the point that its number formats can show. */
const SPREADSHEET_SCALE_MAX = 30;

/** Whether the text is a plain figure: nothing but digits, a point and a leading hyphen; computed ones may be long. */
export function isFigure(text: string): boolean {
  return FIGURE.test(text);
}

/** The digits behind the point. Shape: the text is a figure. */
export function scaleOf(figure: string): number {
  const point = figure.indexOf('.');
  return point === -1 ? 0 : figure.length - point - 1;
}

/** Whether a spreadsheet's number carries the figure without loss: at most 15 significant digits, written canonically. */
export function survivesAsNumber(text: string): boolean {
  if (!CANONICAL_FIGURE.test(text) || scaleOf(text) > SPREADSHEET_SCALE_MAX) return false;
  const significant = text.replace(/[-.]/g, '').replace(/^0+/, '');
  const kept = text.includes('.') ? significant.replace(/0+$/, '') : significant;
  return kept.length <= SPREADSHEET_DIGITS_MAX && !(text.startsWith('-') && kept === '');
}

/** A figure as people read it on paper: a real minus sign, and narrow spaces between thousands where it is grouped. */
export function printedFigure(figure: string, { grouped }: { readonly grouped: boolean }): string {
  const [whole = '', fraction] = figure.replace('-', '').split('.');
  const sign = figure.startsWith('-') ? MINUS : '';
  const digits = grouped ? whole.replace(DIGITS_PER_GROUP, NARROW_NO_BREAK_SPACE) : whole;
  return `${sign}${digits}${fraction === undefined ? '' : `.${fraction}`}`;
}
