import type { OpenOrder } from '@gatehouse/compliance/own-facts.ts';
import { KILL_FLATTEN } from '@gatehouse/compliance/reserved-algorithms.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { absolute, compare, type Decimal, isZero, signOf, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { ClosingDesk, HeldPosition, KillDeps } from './kill-types.ts';

/** The positions of a kill, being closed. */
export interface Closing {
  /** What is still held. */
  remaining(): readonly HeldPosition[];
  /** Nothing is held any more, and no order that was to close it is left. */
  readonly isDone: boolean;
  /** Proposes an order for each position whose time has come and whose instrument nothing of the kill still works in. */
  step(): Promise<void>;
}

/** The kill whose positions are closed. */
export interface ClosedKill {
  readonly id: string;
  readonly scopes: readonly ScopeText[];
  /** The orders that the kill takes back. */
  readonly concerned: () => readonly OpenOrder[];
}

type ClosingDeps = Pick<KillDeps, 'own' | 'venues' | 'monotonicMs'> & { readonly closing: ClosingDesk };

/** An order that was not let through, or that ended without closing, is proposed again after this time, doubled up to the maximum. Units: milliseconds. */
const PROPOSE_MS_FIRST = 250;
const PROPOSE_MS_MAX = 30_000;

interface Attempt {
  readonly count: number;
  readonly nextAtMs: number;
}

/** Closes what is held in the scopes of a kill, for as long as its caller steps it. */
export function createClosing(deps: ClosingDeps, kill: ClosedKill): Closing {
  return new KillClosing(deps, kill);
}

class KillClosing implements Closing {
  readonly #deps: ClosingDeps;
  readonly #kill: ClosedKill;
  readonly #attempts = new Map<string, Attempt>();

  constructor(deps: ClosingDeps, kill: ClosedKill) {
    this.#deps = deps;
    this.#kill = kill;
  }

  get isDone(): boolean {
    return this.remaining().length === 0 && this.#ownOrders().length === 0;
  }

  remaining(): readonly HeldPosition[] {
    const held = this.#deps.closing.positions(this.#kill.scopes);
    return held.map((one) => this.#closable(one)).filter(({ quantity }) => !isZero(quantity));
  }

  async step(): Promise<void> {
    const held = this.remaining();
    for (const one of held) await this.#close(one);
    const isHeld = ({ order }: OpenOrder): boolean => held.some((one) => isAt(order, one));
    // One that has nothing left to close would open a position.
    for (const { order } of this.#ownOrders().filter((open) => !isHeld(open))) {
      await quietly(() => this.#deps.venues.get(order.venue)?.cancel(order.id));
    }
  }

  /** Where others of the account hold the other side, closing what an algorithm holds whole would open the account's position. */
  #closable(held: HeldPosition): HeldPosition {
    if (!this.#kill.scopes.some((scope) => scope.startsWith('algorithm:'))) return held;
    return { ...held, quantity: nearerToZero(held.quantity, held.ofAccount) };
  }

  async #close(held: HeldPosition): Promise<void> {
    const key = `${held.account}|${held.instrument}|${held.venue}`;
    const { count, nextAtMs } = this.#attempts.get(key) ?? { count: 0, nextAtMs: 0 };
    const nowMs = this.#deps.monotonicMs();
    if (nextAtMs > nowMs || !this.#isFree(held)) return;
    const waitMs = Math.min(PROPOSE_MS_MAX, PROPOSE_MS_FIRST * 2 ** Math.min(count, 16));
    this.#attempts.set(key, { count: count + 1, nextAtMs: nowMs + waitMs });
    const { account, instrument, venue, quantity } = held;
    const side = signOf(quantity) > 0 ? 'sell' : 'buy';
    const order = { kill: this.#kill.id, account, instrument, venue, side, quantity: absolute(quantity) } as const;
    await quietly(() => this.#deps.closing.propose(order));
  }

  /** What still works could fill as well; the position would then be turned, not closed. */
  #isFree(held: HeldPosition): boolean {
    if (this.#kill.concerned().some(({ order }) => isAt(order, held))) return false;
    return !this.#deps.own.openOrders().some((open) => isClosing(open) && isAt(open.order, held));
  }

  #ownOrders(): readonly OpenOrder[] {
    return this.#deps.own.openOrders().filter(({ order }) => order.id.startsWith(`${this.#kill.id}-c`));
  }
}

/** Whether an order closes for a kill. */
export function isClosing({ order }: OpenOrder): boolean {
  return order.algorithm.id === KILL_FLATTEN;
}

function isAt(order: OpenOrder['order'], { account, instrument }: HeldPosition): boolean {
  return order.account === account && order.instrument === instrument;
}

function nearerToZero(one: Decimal, other: Decimal): Decimal {
  if (signOf(one) !== signOf(other)) return ZERO;
  return compare(absolute(one), absolute(other)) <= 0 ? one : other;
}

/** What fails is tried again, and whatever stays is in the count that the kill reports. */
async function quietly(act: () => unknown): Promise<void> {
  try {
    await act();
  } catch {
    // A journal that takes no order and a venue that takes no cancel are alarms of their own.
  }
}
