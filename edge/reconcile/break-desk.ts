import { gapOf } from '@gatehouse/shared/accounts/reconcile/break-id.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { AdjustmentBody, BreakBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { type Decimal, decimal, equal, toText } from '@gatehouse/shared/values/decimal.ts';
import type { Book } from '../engine/book.ts';
import type { Recorder } from '../engine/recorder.ts';

/** Who does something about a break, in whose name. */
export interface BreakAct {
  readonly id: string;
  readonly by: string;
}

type Cause = NonNullable<BreakBody['cause']>;

/** What people do about breaks. Shape: each act is on record with the person; nothing but an adjustment changes a figure. */
export interface BreakDesk {
  list(): readonly BreakBody[];
  /** Errors: `NOT_FOUND` for a break that is not open. */
  assign(act: BreakAct & { readonly owner: string }): BreakBody;
  /** Says why; with `ends` an execution or order that will never be ours is done with. Errors: `NOT_FOUND`, `STATE_CONFLICT`. */
  explain(act: BreakAct & { readonly cause: Cause; readonly note: string; readonly ends: boolean }): BreakBody;
  /**
   * Sets a position or balance right and ends the break by it.
   *
   * Errors: `NOT_FOUND`; `STATE_CONFLICT` where the change is not about what differs, or is not all of it.
   */
  adjust(
    act: BreakAct & { readonly cause: Cause; readonly reason: string; readonly change: AdjustmentBody['change'] },
  ): BreakBody;
}

/** What the desk works with. */
export interface BreakDeskDeps {
  readonly book: { readonly breaks: Pick<Book['breaks'], 'of' | 'all'> };
  readonly recorder: Pick<Recorder, 'stage' | 'flush'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: (prefix: string) => string;
  /** Whether an asset is held by positions in these instruments rather than as money, as at a spot exchange. */
  readonly instrumentsOf?: (asset: string) => readonly string[];
}

/** A desk over the breaks of an edge. */
export function createBreakDesk(deps: BreakDeskDeps): BreakDesk {
  const { book, recorder, clock, newId } = deps;

  function openBreak(id: string): BreakBody {
    const open = book.breaks.of(id);
    if (open !== undefined) return open;
    throw new KitError('NOT_FOUND', `there is no open break ${id}`, {
      hint: '"gatehouse breaks" lists those that are open.',
    });
  }

  function take(step: BreakBody, { by, words }: { readonly by: string; readonly words: string }): BreakBody {
    recorder.stage({ kind: 'break', body: step });
    const note = `Break ${step.id}: ${words}`;
    const command = {
      v: 1 as const,
      id: newId('C-'),
      name: `break-${step.step}`,
      by,
      result: 'applied' as const,
      note,
    };
    recorder.stage({ kind: 'command', body: command });
    recorder.flush();
    return step;
  }

  return {
    list: () => [...book.breaks.all].sort((a, b) => (a.since < b.since ? -1 : 1)),
    assign: ({ id, by, owner }) =>
      take({ ...openBreak(id), step: 'assigned', owner, at: clock.now() }, { by, words: `assigned to ${owner}.` }),
    explain: ({ id, by, cause, note, ends }) => {
      const open = openBreak(id);
      if (ends && open.subject !== 'fill') {
        throw new KitError('STATE_CONFLICT', `a break of a ${open.subject} ends when the records agree`, {
          hint: 'Explain it without ending it, or set position or balance right by an adjustment.',
        });
      }
      const step = {
        ...open,
        step: ends ? ('resolved' as const) : ('explained' as const),
        cause,
        note,
        at: clock.now(),
      };
      return take(step, { by, words: `${ends ? 'ended' : 'explained'} as ${cause}: ${note}` });
    },
    adjust: ({ id, by, cause, reason, change }) => {
      const open = openBreak(id);
      requireWhole(open, change, deps.instrumentsOf);
      const at = clock.now();
      const { account } = open;
      recorder.stage({
        kind: 'adjustment',
        body: { v: 1, id: newId('A-'), account, by, reason, break: id, at, change },
      });
      return take({ ...open, step: 'resolved', cause, note: reason, at }, { by, words: `adjusted: ${reason}` });
    },
  };
}

/** An adjustment that is about something else, or leaves a rest, would end a break that still is one. */
function requireWhole(
  open: BreakBody,
  change: AdjustmentBody['change'],
  instrumentsOf: BreakDeskDeps['instrumentsOf'] = () => [],
): void {
  const refuse = (message: string): never => {
    throw new KitError('STATE_CONFLICT', message, {
      hint: 'Nothing was changed; "gatehouse breaks" shows what differs.',
    });
  };
  if (open.subject !== 'position' && open.subject !== 'balance')
    refuse(`a ${open.subject} is not set right by figures`);
  if (open.between[0] !== 'journal') refuse('the journal is not one of the two records that differ');
  const isPosition = change.kind === 'position';
  const isMeant = isPosition
    ? open.subject === 'position'
      ? open.key === change.instrument
      : instrumentsOf(open.key).includes(change.instrument)
    : open.subject === 'balance' && open.key === change.currency;
  const what = isPosition ? `the position ${change.instrument}` : `the balance ${change.currency}`;
  if (!isMeant) refuse(`${what} is not what differs, but the ${open.subject} ${open.key}`);
  const moved: Decimal = isPosition ? change.quantity : change.amount;
  const gap = gapOf(open);
  if (!equal(moved, decimal(gap))) refuse(`the difference is ${gap}, and the adjustment moves ${toText(moved)}`);
}
