/** Zeros at the end say how a figure was worked out and nothing of its size; two digits stay, since money is written so. */
const IDLE_ZEROS = /(\.\d{2,}?)0+$/;

/** A decimal text as people read it: groups of three, a real minus sign and no idle zeros; other text as it is. */
export function figureText(text: string): string {
  const [, sign, whole, rest = ''] = /^(-?)(\d+)(\.\d+)?$/.exec(text) ?? [];
  if (whole === undefined) return text;
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, '\u2009');
  return `${sign === '-' ? '\u2212' : ''}${grouped}${rest.replace(IDLE_ZEROS, '$1')}`;
}

/** A count as people read it. */
export function countText(count: number): string {
  return figureText(`${count}`);
}

/** The beginning and the end of a hash, enough for an eye to compare. */
export function shortHash(hash: string): string {
  return hash.length <= 16 ? hash : `${hash.slice(0, 8)}…${hash.slice(-6)}`;
}

/** A word of ours for people: `part-filled` becomes `part filled`. */
export function plainWord(word: string): string {
  return word.replaceAll('-', ' ');
}

/** States whose own names do not say enough. */
const STATE_WORDS: ReadonlyMap<string, string> = new Map([
  ['held', 'held at the edge'],
  ['cancelling', 'cancel asked'],
  ['replacing', 'change asked'],
  ['unsent', 'never sent'],
]);

/** The state of an order, a run or a break in words for people. */
export function stateWord(state: string): string {
  return STATE_WORDS.get(state) ?? plainWord(state);
}

/** A key of a record as words: `referenceAgeMs` becomes `reference age ms`. */
export function keyWords(key: string): string {
  return key.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
}
