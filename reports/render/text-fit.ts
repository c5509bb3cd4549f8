const ELLIPSIS = '…';
/** More characters than any line of a page holds: longer texts are not measured whole. */
const LINE_LENGTH_MAX = 1_000;
/** Places where a long word may end a line with nothing lost. */
const GOOD_BREAK = /[-/_.,:;@+](?=[^-/_.,:;@+]*$)/;

/** The room that a text has. Units: points. */
export interface Room {
  readonly width: number;
  readonly linesMax: number;
  readonly measure: (text: string) => number;
}

/** The text in lines that fit: at spaces, inside a word only where it is too long, ending in an ellipsis where cut. */
export function wrapped(text: string, room: Room): readonly string[] {
  if (!text.includes('\n') && fits(text, room)) return [text];

  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    for (const line of wrappedParagraph(paragraph, room)) {
      if (lines.length === room.linesMax) return [...lines.slice(0, -1), cutAtEnd(`${lines.at(-1)}${ELLIPSIS}`, room)];
      lines.push(line);
    }
  }
  return lines;
}

/** The text on one line, its end replaced by an ellipsis where it is too long. */
export function cutAtEnd(text: string, room: Room): string {
  if (fits(text, room)) return text;
  const characters = Array.from(text.slice(0, LINE_LENGTH_MAX));
  const start = (count: number): string => characters.slice(0, count).join('').trimEnd() + ELLIPSIS;
  return start(longest(characters.length - 1, (count) => room.measure(start(count)) <= room.width));
}

/** The text on one line, its middle replaced by an ellipsis where it is too long: both ends identify a hash. */
export function cutInMiddle(text: string, room: Room): string {
  if (fits(text, room)) return text;
  const characters = Array.from(text);
  const ends = (count: number): string => {
    const head = Math.ceil(count / 2);
    return characters.slice(0, head).join('') + ELLIPSIS + characters.slice(characters.length - count + head).join('');
  };
  const countMax = Math.min(characters.length - 1, LINE_LENGTH_MAX);
  return ends(longest(countMax, (count) => room.measure(ends(count)) <= room.width));
}

function fits(text: string, { width, measure }: Room): boolean {
  return text.length <= LINE_LENGTH_MAX && measure(text) <= width;
}

function* wrappedParagraph(paragraph: string, room: Room): Generator<string, void, undefined> {
  let line = '';
  for (const word of paragraph.split(' ')) {
    const extended = line === '' ? word : `${line} ${word}`;
    if (fits(extended, room)) {
      line = extended;
      continue;
    }
    if (line !== '') yield line;
    let rest = word;
    while (!fits(rest, room) && rest.length > 1) {
      const piece = firstPiece(rest, room);
      if (piece === rest) break;
      yield piece;
      rest = rest.slice(piece.length);
    }
    line = rest;
  }
  yield line;
}

/** What of a long word stands on the first line: at least one character, and up to a good place where there is one. */
function firstPiece(word: string, { width, measure }: Room): string {
  const characters = Array.from(word.slice(0, LINE_LENGTH_MAX));
  const start = (count: number): string => characters.slice(0, count).join('');
  const piece = start(
    Math.max(
      1,
      longest(characters.length, (count) => measure(start(count)) <= width),
    ),
  );
  const goodEnd = (GOOD_BREAK.exec(piece)?.index ?? -1) + 1;
  return goodEnd > piece.length / 2 ? piece.slice(0, goodEnd) : piece;
}

/** The largest count up to the maximum that holds, where every smaller one holds too; 0 if none does. */
function longest(countMax: number, holds: (count: number) => boolean): number {
  let low = 0;
  let high = Math.max(0, countMax);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
