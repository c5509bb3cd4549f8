import { isTerminal } from '@gatehouse/shared/accounts/order-life.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { isZero } from '@gatehouse/shared/values/decimal.ts';
import type { BookOrder } from '../book.ts';
import type { LifeVenue } from './desk-types.ts';
import type { OrderRecords } from './order-records.ts';
import { placeOf } from './reach.ts';
import type { UnknownOrders } from './unknown-orders.ts';

/** What taking orders back needs. */
interface CancelDeps {
  readonly records: OrderRecords;
  readonly canReach: (known: BookOrder) => boolean;
  readonly venue: Pick<LifeVenue, 'cancel'>;
  readonly unknown: Pick<UnknownOrders, 'watch'>;
  readonly limits: { readonly wordMsMax: number };
  readonly onLate: (order: string) => void;
}

const ON_REQUEST = 'Cancelled on request.';

/**
 * Asks venues for orders back.
 *
 * Shape: the request comes on record, then it goes out; nothing is taken off the order until the venue says so. A request that certainly
 *        did not arrive leaves the order as it was, any other failure makes the venue be asked what became of the order.
 */
export class Cancels {
  readonly #deps: CancelDeps;

  constructor(deps: CancelDeps) {
    this.#deps = deps;
  }

  /** Shape: false for an order that is not open, and for one that this session cannot ask back. */
  cancel(id: string, reason = ON_REQUEST): boolean {
    const known = this.#deps.records.find(id);
    if (known === undefined || isTerminal(known.state)) return false;
    const at = this.#deps.records.nowFor(known.order);
    if (known.state === 'held' || known.state === 'approved' || known.state === 'intended') {
      // It is nowhere but here.
      const event = known.state === 'held' ? 'cancel' : 'abandon';
      this.#deps.records.move(known, { event, at, reason });
      return true;
    }
    if (!this.#deps.canReach(known)) {
      this.#refuse(known);
      return false;
    }
    this.#deps.records.move(known, { event: 'ask-cancel', at, reason });
    this.#request(id);
    return true;
  }

  /** Asks for an order back that counts as over and stands at the venue all the same. */
  takeBack(id: string): void {
    void this.#attempt(id).catch(() => {});
  }

  #refuse(known: BookOrder): void {
    this.#deps.records.incident({
      code: 'ORDER_ELSEWHERE',
      severity: 'warning',
      message: `Order ${known.order.id} was not asked back: it lies in another place, ${placeOf(known)}.`,
      hint: 'Start a session there, or have the venue cancel it.',
    });
  }

  #request(id: string): void {
    // A venue in our own process answers within the call, any other after it.
    void this.#attempt(id).then(
      () => this.#handedOver(id),
      (failure: unknown) => this.#failed(id, failure),
    );
  }

  async #attempt(id: string): Promise<void> {
    await this.#deps.venue.cancel(id);
  }

  #handedOver(id: string): void {
    const state = this.#deps.records.find(id)?.state;
    if (state === 'cancelling' || state === 'unknown') this.#deps.unknown.watch(id, this.#deps.limits.wordMsMax);
  }

  #failed(id: string, failure: unknown): void {
    const known = this.#deps.records.find(id);
    if (known === undefined || known.state !== 'cancelling') return;
    if (failure instanceof KitError && failure.code === 'VENUE_UNREACHABLE') {
      const reason = `The request to cancel did not arrive: ${describeError(failure)}`;
      keep(this.#deps.records, known, reason);
    } else this.#deps.unknown.watch(id);
    this.#deps.onLate(id);
  }
}

/** Our request came to nothing: the order stands as before. */
export function keep(records: OrderRecords, known: BookOrder, reason: string): void {
  const event = isZero(known.filled) ? 'keep' : 'keep-part';
  records.move(known, { event, at: records.nowFor(known.order), reason });
}
