import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { FigureText, Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { breakers } from './breakers/index.ts';
import { controls } from './controls/index.ts';
import type { LimitField } from './define-control.ts';
import { type Effect, figureEffect } from './figure-difference.ts';

/**
 * One thing that differs between two sheets.
 *
 * Shape: `part` is a control's or a breaker's id, or `sheet` for what the whole sheet says; `says` is a sentence for a person.
 */
export interface SheetChange {
  readonly effect: Effect;
  readonly part: string;
  readonly scope?: ScopeText;
  readonly figure?: string;
  readonly says: string;
}

/** What changes from one sheet to the next. */
export interface SheetDifference {
  readonly isLoosening: boolean;
  readonly changes: readonly SheetChange[];
}

type ControlLine = Sheet['controls'][number];
type LineOn = Extract<ControlLine, { readonly on: unknown }>;
type BreakerLine = NonNullable<Sheet['breakers']>[number];
type NamedFigures = Readonly<Record<string, FigureText>>;

/** What has figures and says which way each of them tightens. */
interface Dated {
  readonly id: string;
  readonly version: number;
  readonly limits: readonly LimitField[];
}

const LISTED_MAX = 20;

/**
 * Whether a sheet lets anything through that the one before it does not, and every change with what it does.
 *
 * Shape:  cautious: what cannot be compared counts as loosening, such as another version of a control or a figure whose direction
 *         nobody gave. Where it is false, no order that the first sheet refuses is approved under the second.
 * Source: 17 CFR 240.15c3-5(c)(1), (d): limits change under the control of authorised persons alone.
 */
export function isLoosening(before: Sheet, after: Sheet): SheetDifference {
  const changes = [...termChanges(before, after), ...controlChanges(before, after), ...breakerChanges(before, after)];
  return { isLoosening: changes.some(({ effect }) => effect === 'loosening'), changes };
}

function termChanges(before: Sheet, after: Sheet): readonly SheetChange[] {
  const changes: SheetChange[] = [];
  const note = (effect: Effect, says: string): unknown => changes.push({ effect, part: 'sheet', says });
  for (const name of ['environment', 'legalEntity', 'currency'] as const) {
    if (before[name] !== after[name])
      note('loosening', `The ${wordOf[name]} goes from ${before[name]} to ${after[name]}.`);
  }
  const more = after.accounts.filter((account) => !before.accounts.includes(account));
  const fewer = before.accounts.filter((account) => !after.accounts.includes(account));
  if (more.length > 0) note('loosening', `Accounts are added: ${more.join(', ')}.`);
  if (fewer.length > 0) note('tightening', `Accounts are taken off: ${fewer.join(', ')}.`);
  if (before.from !== after.from) {
    const effect = after.from < before.from ? 'loosening' : 'tightening';
    note(effect, `It begins at ${instantText(after.from)} instead of ${instantText(before.from)}.`);
  }
  if (before.to !== after.to) {
    const isShorter = after.to !== undefined && (before.to === undefined || after.to < before.to);
    note(isShorter ? 'tightening' : 'loosening', `It ends ${endText(after)} instead of ${endText(before)}.`);
  }
  return changes;
}

const wordOf = { environment: 'environment', legalEntity: 'legal entity', currency: 'currency of the firm' } as const;

function endText({ to }: Sheet): string {
  return to === undefined ? 'never' : `at ${instantText(to)}`;
}

function controlChanges(before: Sheet, after: Sheet): readonly SheetChange[] {
  const old = new Map(before.controls.map((line) => [line.control, line]));
  const fresh = new Map(after.controls.map((line) => [line.control, line]));
  const ids = [...new Set([...old.keys(), ...fresh.keys()])];
  return ids.flatMap((id) => {
    const [from, to] = [old.get(id), fresh.get(id)];
    if (from !== undefined && to !== undefined && 'on' in from && 'on' in to) return scopeChanges(before, from, to);
    return lineChange(id, from, to);
  });
}

/** A control that is not named refuses every order, one that is off none. */
function lineChange(part: string, from: ControlLine | undefined, to: ControlLine | undefined): readonly SheetChange[] {
  if (from === undefined) {
    return [
      {
        effect: 'loosening',
        part,
        says: `${part} was not named, which refused every order, and is ${stateOf(to)} now.`,
      },
    ];
  }
  if (to === undefined) {
    return [{ effect: 'tightening', part, says: `${part} is not named any more, which refuses every order.` }];
  }
  if ('off' in to && 'off' in from) {
    if (to.off.reason === from.off.reason) return [];
    return [{ effect: 'neither', part, says: `${part} stays off, with another reason: ${to.off.reason}` }];
  }
  return 'off' in to
    ? [{ effect: 'loosening', part, says: `${part} is turned off: ${to.off.reason}` }]
    : [{ effect: 'tightening', part, says: `${part} is turned on for ${scopesOf(to)}.` }];
}

function stateOf(line: ControlLine | undefined): string {
  return line !== undefined && 'on' in line ? `on for ${scopesOf(line)}` : 'off';
}

function scopesOf({ on }: LineOn): string {
  return listed(on.map(({ scope }) => scope));
}

function scopeChanges(sheet: Sheet, from: LineOn, to: LineOn): readonly SheetChange[] {
  const part = from.control;
  if (from.version !== to.version) {
    const says = `${part} goes from version ${from.version} to version ${to.version}, whose figures cannot be compared.`;
    return [{ effect: 'loosening', part, says }];
  }
  const old = new Map(from.on.map((entry) => [entry.scope, entry.figures]));
  const fresh = new Map(to.on.map((entry) => [entry.scope, entry.figures]));
  const fields = fieldsOf(controls, part, to.version);
  const scopes = [...new Set([...old.keys(), ...fresh.keys()])];
  return scopes.flatMap((scope) => {
    const [was, is] = [old.get(scope), fresh.get(scope)];
    if (was !== undefined && is !== undefined) return figureChanges({ part, scope, was, is, fields });
    if (is === undefined) {
      return [{ effect: 'loosening', part, scope, says: `${part} has no figures for ${scope} any more.` } as const];
    }
    // Where an order had no figures it was refused, so figures for more orders let some of them through.
    const effect = coversAll(from, sheet) ? 'tightening' : 'loosening';
    return [{ effect, part, scope, says: `${part} has figures for ${scope} as well.` } as const];
  });
}

/** Whether every order that the sheet covers has met a figure of this control. */
function coversAll({ on }: LineOn, { accounts }: Sheet): boolean {
  const scopes = new Set<string>(on.map(({ scope }) => scope));
  return scopes.has('firm') || accounts.every((account) => scopes.has(`account:${account}`));
}

interface ScopedFigures {
  readonly part: string;
  readonly scope: ScopeText;
  readonly was: NamedFigures;
  readonly is: NamedFigures;
  readonly fields: readonly LimitField[];
}

function figureChanges({ part, scope, was, is, fields }: ScopedFigures): readonly SheetChange[] {
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return names.flatMap((figure): readonly SheetChange[] => {
    const [before, after] = [was[figure], is[figure]];
    const change = { part, scope, figure };
    if (before === undefined || after === undefined) {
      const says = `${part} for ${scope}: ${figure} goes from ${textOf(before)} to ${textOf(after)}.`;
      return [{ ...change, effect: 'loosening', says }];
    }
    const tighter = fields.find(({ name }) => name === figure)?.tighter;
    const effect = figureEffect({ before, after, tighter });
    if (effect === 'neither') return [];
    return [
      { ...change, effect, says: `${part} for ${scope}: ${figure} goes from ${textOf(before)} to ${textOf(after)}.` },
    ];
  });
}

function textOf(figure: FigureText | undefined): string {
  if (figure === undefined) return 'nothing';
  if (!Array.isArray(figure)) return String(figure);
  return figure.length === 0 ? 'no names' : listed(figure);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, LISTED_MAX).join(', ');
  return names.length <= LISTED_MAX ? shown : `${shown} and ${names.length - LISTED_MAX} more`;
}

/** Steps of one breaker in one scope stand in the order of their levels; each is compared with the step of the same level. */
function breakerChanges(before: Sheet, after: Sheet): readonly SheetChange[] {
  const old = grouped(before.breakers ?? []);
  const fresh = grouped(after.breakers ?? []);
  const keys = [...new Set([...old.keys(), ...fresh.keys()])];
  return keys.flatMap((key) => stepChanges(old.get(key) ?? [], fresh.get(key) ?? []));
}

function grouped(lines: readonly BreakerLine[]): ReadonlyMap<string, readonly BreakerLine[]> {
  return Map.groupBy(lines, ({ breaker, scope, level }) => `${breaker} ${scope} ${level}`);
}

function stepChanges(was: readonly BreakerLine[], is: readonly BreakerLine[]): readonly SheetChange[] {
  return [...is.flatMap((step, index) => stepChange(was[index], step)), ...was.slice(is.length).map(lostStep)];
}

function stepChange(was: BreakerLine | undefined, is: BreakerLine): readonly SheetChange[] {
  const { breaker: part, scope, level } = is;
  if (was === undefined) {
    return [{ effect: 'tightening', part, scope, says: `${part} trips for ${scope} as well, to ${level}.` }];
  }
  if (was.version !== is.version) {
    const says = `${part} goes from version ${was.version} to version ${is.version}, whose figures cannot be compared.`;
    return [{ effect: 'loosening', part, scope, says }];
  }
  const fields = fieldsOf(breakers, part, is.version);
  return figureChanges({ part, scope, was: was.figures, is: is.figures, fields });
}

function lostStep({ breaker: part, scope, level }: BreakerLine): SheetChange {
  return { effect: 'loosening', part, scope, says: `${part} does not trip for ${scope} to ${level} any more.` };
}

function fieldsOf(registry: readonly Dated[], id: string, version: number): readonly LimitField[] {
  return registry.find((one) => one.id === id && one.version === version)?.limits ?? [];
}
