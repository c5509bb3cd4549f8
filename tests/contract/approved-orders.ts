import { createAggregates } from '@gatehouse/compliance/aggregates/aggregates.ts';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { exampleLine, exampleSheet } from '@gatehouse/compliance/examples/sheet.ts';
import { NO_FILES } from '@gatehouse/compliance/fact-files.ts';
import { type ApprovedOrder, decide } from '@gatehouse/compliance/gate.ts';
import { compileRules } from '@gatehouse/compliance/rule-set.ts';
import { DEMO_IDENTITY } from '@gatehouse/edge/engine/demo-account.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';

/** What a venue is sent is what some gate let through; one control is enough to ask. */
const rules = compileRules({
  controls: controls.filter(({ id }) => id === 'max-order-quantity'),
  sheet: exampleSheet({
    legalEntity: DEMO_IDENTITY.legalEntity,
    accounts: [DEMO_IDENTITY.account],
    controls: [exampleLine('max-order-quantity', { quantityMax: '100000' }, 'firm')],
  }),
  sheetHash: '0'.repeat(64),
});

/** What an order must be told; the rest is as it usually is. */
type OrderParts = Partial<Order> & Pick<Order, 'id' | 'quantity' | 'timeInForce' | 'decidedAt'>;

/** A whole order for an instrument: a purchase, at the market or at the limit that is named, where nothing else is said. */
export function orderFor(instrument: Instrument, parts: OrderParts): Order {
  const side = parts.side ?? 'buy';
  return {
    ...DEMO_IDENTITY,
    algorithm: { id: 'ema-cross', version: '1.0.0' },
    instrument: instrument.id,
    venue: instrument.venue,
    side,
    shortSaleMark: side === 'buy' ? 'not-a-sale' : 'long',
    type: parts.limitPrice === undefined ? 'market' : 'limit',
    currency: instrument.currency,
    clock: { source: 'bars', offsetNs: '0', uncertaintyNs: '0' },
    ...parts,
  };
}

/** What the gate makes of an order that it lets through. */
export function approve(order: Order): ApprovedOrder {
  const { approval, rows } = decide({
    order,
    rules,
    files: NO_FILES,
    own: createAggregates(),
    facts: { now: order.decidedAt, wallAt: order.decidedAt, day: '2020-01-06', files: NO_FILES.hash },
  });
  if (approval === undefined)
    throw new Error(rows.flatMap(({ verdict, reason }) => (verdict === 'refuse' ? [reason] : [])).join(' '));
  return approval;
}
