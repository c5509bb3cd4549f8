import type { Breaker } from '@gatehouse/compliance/define-breaker.ts';
import type { Control } from '@gatehouse/compliance/define-control.ts';
import type { FigureText, Sheet } from '@gatehouse/shared/schema/sheet.ts';

/** The figures of one scope as the sheet has them, with the reason for their size. */
export interface ScopeLimits {
  readonly scope: string;
  readonly figures: Readonly<Record<string, string>>;
  readonly reason: string | undefined;
}

/** What a sheet says about a control. Shape: a control that no sheet names refuses every order. */
export type LimitsInForce =
  | { readonly kind: 'on'; readonly rules: readonly ScopeLimits[] }
  | { readonly kind: 'off'; readonly reason: string }
  | { readonly kind: 'unnamed' };

/** A control as an officer reads it: what it asks, who asks for it, who answers for it, and what is in force. */
export interface ControlPage {
  /** The version that the sheet names, else the newest. */
  readonly control: Control;
  readonly limits: LimitsInForce;
  readonly owner: string | undefined;
  /** The other versions that this release still runs, so that sheets and decisions that name them stay answered. */
  readonly otherVersions: readonly number[];
}

/** The sheet that is in force at an edge, with the hash that decisions name it by. */
export interface SheetInForce {
  readonly sheet: Sheet;
  readonly hash: string;
}

/** One step of a breaker as the sheet has it. */
export interface BreakerStep extends ScopeLimits {
  readonly level: string;
}

/** A breaker as an officer reads it. Shape: without a step on the sheet it never trips. */
export interface BreakerPage {
  readonly breaker: Breaker;
  readonly steps: readonly BreakerStep[];
}

const LISTED_MAX = 10;

/**
 * Why one figure has its size.
 *
 * Shape: a reason that goes through the figures by name, as in `quantityMax: Twice the usual order. windowMs: ...`, is
 *        told in parts; any other stands beside each figure as a whole.
 */
export function reasonOf(reason: string | undefined, name: string, names: readonly string[]): string | null {
  if (reason === undefined) return null;
  const parts = reason.split(new RegExp(`(?:^| )(${names.join('|')}): `));
  const starts = parts.filter((_, index) => index % 2 === 1);
  if (parts[0] !== '') return reason;
  const texts = starts.flatMap((one, index) => (one === name ? [parts[2 * index + 2] ?? ''] : []));
  return texts.length === 0 ? null : texts.join(' ');
}

/** All controls of this release, each once, with what the sheet says about it. */
export function controlPages(controls: readonly Control[], inForce: SheetInForce | undefined): readonly ControlPage[] {
  const versions = Map.groupBy(controls, ({ id }) => id);
  return [...versions.values()].flatMap((ofId) => pageOf(ofId, inForce?.sheet));
}

/** All breakers of this release, with the steps that the sheet has for each. */
export function breakerPages(breakers: readonly Breaker[], inForce: SheetInForce | undefined): readonly BreakerPage[] {
  const lines = inForce?.sheet.breakers ?? [];
  return breakers.map((breaker) => ({
    breaker,
    steps: lines
      .filter((line) => line.breaker === breaker.id)
      .map(({ scope, level, figures, reason }) => ({ scope, level, figures: figureTexts(figures), reason })),
  }));
}

function pageOf(versions: readonly Control[], sheet: Sheet | undefined): readonly ControlPage[] {
  const [newest, ...older] = versions.toSorted((a, b) => b.version - a.version);
  if (newest === undefined) return [];
  const line = sheet?.controls.find(({ control }) => control === newest.id);
  const named = line !== undefined && 'on' in line ? line.version : newest.version;
  const control = versions.find(({ version }) => version === named) ?? newest;
  const others = [newest, ...older].filter((one) => one !== control).map(({ version }) => version);
  return [{ control, limits: limitsOf(line), owner: line?.owner, otherVersions: others }];
}

function limitsOf(line: Sheet['controls'][number] | undefined): LimitsInForce {
  if (line === undefined) return { kind: 'unnamed' };
  if (!('on' in line)) return { kind: 'off', reason: line.off.reason };
  return {
    kind: 'on',
    rules: line.on.map(({ scope, figures, reason }) => ({ scope, figures: figureTexts(figures), reason })),
  };
}

/** Figures as people read them. Shape: a long list is told by its length; the sheet has it. */
export function figureTexts(figures: Readonly<Record<string, FigureText>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, figureText(figure)]));
}

function figureText(figure: FigureText): string {
  if (!Array.isArray(figure)) return `${figure}`;
  return figure.length <= LISTED_MAX ? figure.join(', ') : `${figure.length} names`;
}
