import { decode } from '@gatehouse/shared/schema/decode.ts';
import { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import type { z } from 'zod';
import { type Overrides, overridden } from './base.ts';

/** A sheet as it is written. */
export type SheetText = z.input<typeof Sheet>;

/** What a sheet says about one control. */
export type SheetLine = SheetText['controls'][number];

/** The figures of one scope, as a sheet writes them. */
export type SheetFigures = Record<string, string | number>;

const figuresOf: Readonly<Record<string, SheetFigures>> = {
  'trading-state': {},
  'max-order-quantity': { quantityMax: '100' },
  'max-order-value': { valueMax: '100000', currency: 'USD', marketOrderBps: 200, referenceAgeMsMax: 60_000 },
  'price-collar': { collarBps: 200, referenceAgeMsMax: 60_000 },
  'position-limit': { longMax: '150', shortMax: '150' },
  'duplicate-order': { windowMs: 60_000 },
};

/** The line of a control: on in one scope, with the base figures and the given changes. */
export function exampleLine(control: string, changes: SheetFigures = {}, scope = baseScope(control)): SheetLine {
  return { control, version: 1, on: [{ scope, figures: { ...figuresOf[control], ...changes } }] };
}

/** The lines of all controls, those given taking the place of the base ones. */
export function exampleLines(...changed: readonly SheetLine[]): SheetLine[] {
  return Object.keys(figuresOf).map(
    (control) => changed.find((line) => line.control === control) ?? exampleLine(control),
  );
}

/** The base sheet, for the base order's entity and account on paper, with the given changes. */
export function exampleSheet(overrides: Overrides<SheetText> = {}): Sheet {
  const sheet: SheetText = {
    v: 1,
    id: 'example',
    mark: 'DEMO',
    environment: 'paper',
    accounts: ['main'],
    legalEntity: 'GATEHOUSEDEMOFIRM008',
    from: '2020-01-01T00:00:00.000000000Z',
    maker: 'p-01',
    reason: 'Worked examples.',
    controls: exampleLines(),
  };
  return decode(Sheet, overridden(sheet, overrides), 'the example sheet');
}

function baseScope(control: string): string {
  return control === 'position-limit' ? 'account:main' : 'firm';
}
