import { decode } from '@gatehouse/shared/schema/decode.ts';
import { type FigureText, Sheet } from '@gatehouse/shared/schema/sheet.ts';
import type { z } from 'zod';
import { controls } from '../controls/index.ts';
import { scopesOf } from '../scopes.ts';
import { exampleOrder, type Overrides, overridden } from './base.ts';

/** A sheet as it is written. */
export type SheetText = z.input<typeof Sheet>;

/** What a sheet says about one control. */
export type SheetLine = SheetText['controls'][number];

/** The figures of one scope, as a sheet writes them. */
export type SheetFigures = Record<string, FigureText>;

/**
 * The line of a control: on in one scope of the base order, with the limits of its first example and the given changes.
 *
 * Shape: the newest version that the registry holds.
 */
export function exampleLine(id: string, changes: SheetFigures = {}, scope = baseScope(id)): SheetLine {
  const { version, examples } = newest(id);
  const figures = { ...(examples[0]?.limits as SheetFigures), ...changes };
  return { control: id, version, on: [{ scope, figures }] };
}

/** The lines of all controls, those given taking the place of the base ones. */
export function exampleLines(...changed: readonly SheetLine[]): SheetLine[] {
  const ids = [...new Set(controls.map(({ id }) => id))];
  return ids.map((id) => changed.find(({ control }) => control === id) ?? exampleLine(id));
}

/** The base sheet, for the base order's entity and account on paper, with the given changes. */
export function exampleSheet(overrides: Overrides<SheetText> = {}): Sheet {
  const sheet: SheetText = {
    v: 1,
    id: 'example',
    sequence: 1,
    mark: 'DEMO',
    environment: 'paper',
    accounts: ['main'],
    legalEntity: 'GATEHOUSEDEMOFIRM008',
    currency: 'USD',
    from: '2020-01-01T00:00:00.000000000Z',
    maker: 'p-01',
    checkers: [],
    reason: 'Worked examples.',
    controls: exampleLines(),
  };
  return decode(Sheet, overridden(sheet, overrides), 'the example sheet');
}

/** The scope of the base order of the first kind that a control knows. */
export function baseScope(id: string): string {
  const [kind = 'firm'] = newest(id).scopes;
  return scopesOf(exampleOrder()).find((scope) => scope === kind || scope.startsWith(`${kind}:`)) ?? 'firm';
}

function newest(id: string): (typeof controls)[number] {
  const [found] = controls.filter((control) => control.id === id).toSorted((a, b) => b.version - a.version);
  if (found === undefined) throw new Error(`no control ${id}`);
  return found;
}
