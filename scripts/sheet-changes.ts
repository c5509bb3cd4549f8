import type { SheetDifference } from '@gatehouse/compliance/sheet-difference.ts';
import { visible } from '@gatehouse/shared/governance/document-words.ts';

const MARKS = { loosening: 'LOOSENS ', tightening: 'tightens', neither: 'same    ' } as const;

/** The changes from one sheet to the next, a line each, what loosens first. */
export function changeLines({ isLoosening, changes }: SheetDifference): readonly string[] {
  if (changes.length === 0) return ['Nothing changes.'];
  const order = ['loosening', 'tightening', 'neither'] as const;
  const lines = order.flatMap((effect) =>
    changes.filter((change) => change.effect === effect).map(({ says }) => `  ${MARKS[effect]}  ${visible(says)}`),
  );
  const sum = isLoosening ? 'It loosens, so two people sign it.' : 'It loosens nothing.';
  return [...lines, sum];
}
