import { randomUUID } from 'node:crypto';
import { leaseFiguresOf } from '@gatehouse/compliance/lease-figures.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import { add, type Decimal, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { createLeaseKeeper, type LeaseKeeper } from '../leases/lease-keeper.ts';
import { computerUptime } from '../leases/uptime.ts';
import type { RunningEdge } from './running-edge.ts';

/** How often leases are looked at. Units: milliseconds. */
const LOOK_MS = 1_000;

/** The leases of a running edge. */
export interface LeaseLink extends Pick<LeaseKeeper, 'take'> {
  stop(): void;
}

/** Keeps this edge's share of firm-wide thresholds, and lets decisions know of it. */
export function connectLeases(
  running: RunningEdge,
  { hub, isConnected }: { readonly hub: readonly Verifier[]; readonly isConnected: () => boolean },
): LeaseLink {
  const { edge, book, contact, governance, engine } = running;
  const keeper = createLeaseKeeper({
    edge: edge.config.edge,
    hub,
    book: book.leases,
    figures: () => {
      const held = governance.sheets.held;
      return held === undefined ? undefined : leaseFiguresOf(held.sheet);
    },
    used: () => enteredBy(running),
    time: computerUptime({ clock: edge.clock, run: randomUUID() }),
    isConnected,
    newId: () => `L-${randomUUID()}`,
    record: (entry) => engine.report(entry),
    log: edge.log,
  });
  contact.carry(() => keeper.facts());
  const timer = setInterval(() => keeper.look(), LOOK_MS);
  return { take: keeper.take, stop: () => clearInterval(timer) };
}

/** What the firm has entered and holds at this edge. Shape: undefined where something has no price, or is in another currency. */
function enteredBy({ book, governance }: Pick<RunningEdge, 'book' | 'governance'>): Decimal | undefined {
  const totals = book.own.totals('firm', book.valuation?.day ?? '');
  const currency = governance.sheets.held?.sheet.currency;
  let entered: Decimal | undefined = ZERO;
  for (const row of totals ?? []) {
    const isKnown = row.isValued && row.currency === currency;
    entered = isKnown && entered !== undefined ? add(entered, row.gross) : undefined;
  }
  return totals === undefined ? undefined : entered;
}
