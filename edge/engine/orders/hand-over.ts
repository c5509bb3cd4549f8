import type { ApprovedOrder } from '@gatehouse/compliance/gate.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { VenueEvent } from '../../venues/venue.ts';
import type { HandOverMarks } from './hand-over-marks.ts';
import type { OrderRecords } from './order-records.ts';

/** How an approval reaches the venue: as a new order, or in the place of one that stands there. */
export type Wire = (approval: ApprovedOrder) => Promise<void> | void;

/** What handing over needs. */
interface HandOverDeps {
  readonly records: OrderRecords;
  /** Takes what the venue said meanwhile. */
  readonly hear: (event: VenueEvent) => void;
  /** The order is on its way, and its answer may never come. */
  readonly onSent: (order: string) => void;
  readonly onUnknown: (order: string) => void;
  /** Notes that an order goes over the wire now; where it cannot, the order stays here. */
  readonly marks?: Pick<HandOverMarks, 'mark'> | undefined;
  readonly onLate: (order: string) => void;
}

/**
 * The one place where orders go over the wire.
 *
 * Shape: a failure has one of three meanings. `VENUE_UNREACHABLE`: it certainly did not arrive, so it was never sent.
 *        `VENUE_REFUSED`: the venue does not want it. Anything else: nobody knows, and the venue is asked; it is never sent again.
 */
export class HandOver {
  readonly #deps: HandOverDeps;
  #waiting: VenueEvent[] | undefined;

  constructor(deps: HandOverDeps) {
    this.#deps = deps;
  }

  /** Keeps what the venue says while an order is handed over. Shape: false where nothing is, and it is to be heard now. */
  delays(event: VenueEvent): boolean {
    this.#waiting?.push(event);
    return this.#waiting !== undefined;
  }

  send(approval: ApprovedOrder, wire: Wire): void {
    const { id } = approval.order;
    const waiting: VenueEvent[] = [];
    const failure = this.#call(approval, wire, waiting);
    const isUnsent = failure !== undefined && codeOf(failure.cause) === 'VENUE_UNREACHABLE';
    if (!isUnsent) this.#count(id);
    if (failure !== undefined) this.#failed(id, failure.cause);
    for (const event of waiting) this.#deps.hear(event);
  }

  #call(approval: ApprovedOrder, wire: Wire, waiting: VenueEvent[]): { readonly cause: unknown } | undefined {
    const before = this.#waiting;
    this.#waiting = waiting;
    try {
      this.#deps.marks?.mark(approval.order.id);
      wire(approval)?.catch((cause: unknown) => {
        this.#failed(approval.order.id, cause);
        this.#deps.onLate(approval.order.id);
      });
      return undefined;
    } catch (cause) {
      return { cause };
    } finally {
      this.#waiting = before;
    }
  }

  #count(id: string): void {
    const { records } = this.#deps;
    const known = records.find(id);
    if (known === undefined) return;
    records.move(known, { event: 'send', at: known.order.decidedAt });
    this.#deps.onSent(id);
  }

  #failed(id: string, cause: unknown): void {
    const { records } = this.#deps;
    const known = records.find(id);
    // The venue's own word about the order, where it came first, says more than the failure of the request.
    if (known === undefined || !ON_ITS_WAY.has(known.state)) return;
    const at = known.order.decidedAt;
    const words = describeError(cause);
    const code = codeOf(cause);
    if (code === 'VENUE_REFUSED') {
      records.move(known, { event: 'reject', at, reason: `The venue refused the order: ${words}` });
      return;
    }
    const isUnsent = code === 'VENUE_UNREACHABLE';
    const reason = isUnsent ? `The order did not arrive: ${words}` : `No answer to the order: ${words}.`;
    if (known.state !== 'approved') records.move(known, { event: 'lose-answer', at, reason });
    if (!isUnsent) {
      this.#deps.onUnknown(id);
      return;
    }
    const current = records.find(id);
    if (current !== undefined) records.move(current, { event: 'abandon', at, reason });
  }
}

const ON_ITS_WAY: ReadonlySet<string> = new Set(['approved', 'sent', 'cancelling']);

function codeOf(cause: unknown): string | undefined {
  return cause instanceof KitError ? cause.code : undefined;
}
