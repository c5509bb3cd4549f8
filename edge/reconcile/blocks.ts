import { appliesTo } from '@gatehouse/compliance/scopes.ts';
import type { BreakBody } from '@gatehouse/shared/schema/bodies.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';

/** A part of trading that is not to go on. Shape: an order is meant where it lies in all scopes; `break` names what a person must end. */
export interface Block {
  readonly scopes: readonly ScopeText[];
  readonly reason: string;
  readonly break?: string;
}

interface Standing {
  readonly venue: string;
  readonly account: string;
  /** Whether no run has ended since the start or since the link came back. */
  readonly isUnsure: boolean;
  readonly open: readonly BreakBody[];
  readonly instrumentsOf: ((asset: string) => readonly string[]) | undefined;
}

/** Causes that leave no doubt about what is held. */
const HARMLESS: ReadonlySet<BreakBody['cause']> = new Set(['rounding', 'timing', 'fee']);

/**
 * What may not be traded while the books are in doubt.
 *
 * Shape: everything at the venue until the books were compared; an instrument while its position, or the asset that it delivers, differs.
 *        An explanation of a person ends a block as well as the end of the break does.
 */
export function blocksOf({ venue, account, isUnsure, open, instrumentsOf = () => [] }: Standing): readonly Block[] {
  const place: readonly ScopeText[] = [`venue:${venue}`, `account:${account}`];
  const unsure: readonly Block[] = isUnsure
    ? [{ scopes: place, reason: `The books were not compared with ${venue} since it was connected.` }]
    : [];
  const broken = open
    .filter((one) => one.venue === venue && one.account === account && stops(one))
    .flatMap((one) => {
      const instruments = one.subject === 'position' ? [one.key] : instrumentsOf(one.key);
      return instruments.map(
        (instrument): Block => ({
          scopes: [`account:${account}`, `instrument:${instrument}`],
          reason: `What is held of ${one.key} is in doubt: ${one.ours ?? 'nothing'} against ${one.theirs ?? 'nothing'}.`,
          break: one.id,
        }),
      );
    });
  return [...unsure, ...broken];
}

/** The first block that an order lies in; undefined for one that may go on. */
export function blockOf(order: Order, blocks: readonly Block[]): Block | undefined {
  return blocks.find(({ scopes }) => scopes.every((scope) => appliesTo(scope, order)));
}

function stops({ subject, step, cause }: BreakBody): boolean {
  const isOfHolding = subject === 'position' || subject === 'balance';
  return isOfHolding && (step === 'found' || step === 'assigned') && !HARMLESS.has(cause);
}
