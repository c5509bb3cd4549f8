import type { Capabilities } from './capabilities.ts';
import type { CaseEntry } from './case-entry.ts';
import { lacks, lacksGroup, lacksTime, lacksType } from './case-needs.ts';
import { MARKET_CASES } from './market-cases.ts';

const NO_CHANGES = 'The venue changes no order; the edge cancels it and sends a new one.';

/**
 * The cases that every connector goes through, or says why not.
 *
 * Shape:  a number is never given twice and never changes; a new case takes the next one. What the venue cannot do by its
 *         capabilities is not looked at, and is said to be so.
 * Source: RTS 6 Art. 6 (conformance testing).
 */
export const CONNECTOR_CASES = [
  {
    number: 1,
    id: 'takes-only-approved-orders',
    capability: 'orders',
    says: 'An order that the gate did not make is not sent.',
  },
  {
    number: 2,
    id: 'makes-one-order-of-one-id',
    capability: 'orders',
    says: 'The same order handed over again, even after its end, never makes a second one.',
  },
  {
    number: 3,
    id: 'answers-queries-with-fills',
    capability: 'orders',
    says: 'Asked for an order, the venue shows its state and its executions, with the figures that were reported.',
  },
  {
    number: 4,
    id: 'knows-nothing-of-foreign-ids',
    capability: 'orders',
    says: 'An id that was never sent is answered with not found.',
  },
  {
    number: 5,
    id: 'refuses-everything-once-closed',
    capability: 'orders',
    says: 'After the connection is closed, an order is refused as not sent and a question as not answered.',
  },
  {
    number: 6,
    id: 'accepts-before-it-fills',
    capability: 'market',
    says: 'A market order is reported as accepted before it is reported as executed.',
    lacks: lacksType('market'),
  },
  {
    number: 7,
    id: 'fills-market-orders-only-on-later-prices',
    capability: 'market',
    says: 'A market order executes at prices of its decision or later, never at those from before it.',
    lacks: lacksType('market'),
  },
  {
    number: 8,
    id: 'fills-limit-orders-never-worse-than-their-limit',
    capability: 'limit',
    says: 'A purchase executes at its limit or below, a sale at its limit or above, and neither before the market is there.',
    lacks: lacksType('limit'),
  },
  {
    number: 9,
    id: 'gives-the-better-price',
    capability: 'limit',
    says: 'An order whose limit is beyond the market executes at the market, not at its limit.',
    lacks: lacksType('limit'),
  },
  {
    number: 10,
    id: 'ends-immediate-orders-at-once',
    capability: 'limit',
    says: 'An immediate-or-cancel order executes what is there, and the rest of it ends and never executes.',
    lacks: lacksTime('ioc'),
  },
  {
    number: 11,
    id: 'fills-all-or-nothing',
    capability: 'limit',
    says: 'A fill-or-kill order executes whole or not at all.',
    lacks: lacksTime('fok'),
  },
  {
    number: 12,
    id: 'expires-day-orders',
    capability: 'limit',
    says: 'An order for the day ends with the day, one that stands till cancelled does not.',
    lacks: lacksTime('day'),
  },
  {
    number: 13,
    id: 'ends-dated-orders-on-their-date',
    capability: 'limit',
    says: 'An order that is good till a date ends then, and not before.',
    lacks: lacksTime('gtd'),
  },
  {
    number: 14,
    id: 'never-takes-with-post-only',
    capability: 'limit',
    says: 'A post-only order that would execute at once is refused; one that rests executes as the maker.',
    lacks: lacks('canPostOnly', 'The venue has no post-only orders.'),
  },
  {
    number: 15,
    id: 'fills-an-iceberg-whole',
    capability: 'limit',
    says: 'An order that shows a part of itself executes its whole quantity and no more.',
    lacks: lacks('canShowPart', 'The venue has no orders that show a part of themselves.'),
  },
  {
    number: 16,
    id: 'only-reduces',
    capability: 'limit',
    says: 'An order that only reduces executes no more than the position.',
    lacks: lacks('canReduceOnly', 'The venue has no orders that only reduce.'),
  },
  {
    number: 17,
    id: 'waits-for-its-stop',
    capability: 'stop',
    says: 'A stop order does nothing until the market trades at its stop price, and then executes.',
    lacks: lacksType('stop'),
  },
  {
    number: 18,
    id: 'keeps-the-limit-of-a-stop',
    capability: 'stop',
    says: 'A stop-limit order that was triggered still never executes worse than its limit.',
    lacks: lacksType('stop-limit'),
  },
  {
    number: 19,
    id: 'waits-for-its-profit',
    capability: 'stop',
    says: 'A take-profit order does nothing until the market trades at its price, and then executes.',
    lacks: lacksType('take-profit'),
  },
  {
    number: 20,
    id: 'follows-the-best-price',
    capability: 'stop',
    says: 'A trailing stop stays at its distance behind the best price, and executes where the market falls back by it.',
    lacks: lacksType('trailing-stop'),
  },
  {
    number: 21,
    id: 'changes-an-order-in-one-step',
    capability: 'amend',
    says: 'A change puts the new order in the place of the old one, which never executes afterwards.',
    lacks: lacks('canAmend', NO_CHANGES),
  },
  {
    number: 22,
    id: 'keeps-the-order-where-a-change-is-refused',
    capability: 'amend',
    says: 'Where a change is refused, the old order is reported as kept, stands and executes as before.',
    lacks: lacks('canAmend', NO_CHANGES),
  },
  {
    number: 23,
    id: 'cancels-one-and-then-never-fills-it',
    capability: 'cancel',
    says: 'An order that is reported as cancelled never executes afterwards, and no other order is touched.',
  },
  {
    number: 24,
    id: 'cancels-all',
    capability: 'cancel',
    says: 'Taking everything back leaves nothing standing, and is no error where nothing stands.',
  },
  {
    number: 25,
    id: 'cancels-too-late-without-harm',
    capability: 'cancel',
    says: 'A cancel that comes after the execution changes nothing about it.',
  },
  {
    number: 26,
    id: 'ends-the-other-exit-of-a-bracket',
    capability: 'bracket',
    says: 'Where one exit of a bracket executes, the other ends and never executes.',
    lacks: lacksGroup('bracket'),
  },
  {
    number: 27,
    id: 'refuses-groups-that-it-cannot-keep',
    capability: 'bracket',
    says: 'Orders that must live together are refused where the venue does not keep them together.',
    lacks: ({ groups }) => (groups.length === 0 ? undefined : 'The venue keeps orders together.'),
  },
  {
    number: 28,
    id: 'fills-in-parts',
    capability: 'partial fills',
    says: 'An order larger than what is offered executes in parts that add up, and only the last one completes it.',
  },
  {
    number: 29,
    id: 'cancels-the-rest-of-a-part-filled-order',
    capability: 'partial fills',
    says: 'Cancelling an order that has executed in part keeps that part and ends the rest.',
  },
  {
    number: 30,
    id: 'tells-a-refusal-with-its-reason',
    capability: 'rejects',
    says: 'An order that the venue refuses is reported as refused with the reason, and does not stand there.',
  },
  {
    number: 31,
    id: 'refuses-another-instrument',
    capability: 'rejects',
    says: 'An order for an instrument that this connection is not for is refused.',
  },
  {
    number: 32,
    id: 'says-that-nothing-was-sent',
    capability: 'disconnects',
    says: 'While the line is cut this is said, an order is refused as not sent, and it is not there afterwards.',
  },
  {
    number: 33,
    id: 'tells-what-happened-meanwhile-once',
    capability: 'disconnects',
    says: 'What executed while the line was cut is known once, and only once, when it is back.',
  },
  {
    number: 34,
    id: 'finds-a-silent-line',
    capability: 'disconnects',
    says: 'A connection that stands and carries nothing is noticed within its limit and made anew.',
  },
  {
    number: 35,
    id: 'leaves-an-unanswered-order-unknown',
    capability: 'disconnects',
    says: 'An order that was taken and whose answer was lost counts as unknown, is found by asking, and is one.',
  },
  {
    number: 36,
    id: 'finds-that-a-lost-order-never-came',
    capability: 'disconnects',
    says: 'An order that was lost on its way counts as unknown until asking shows that it is not there; it is not sent again.',
  },
  {
    number: 37,
    id: 'leaves-an-unanswered-cancel-unknown',
    capability: 'disconnects',
    says: 'A cancel whose answer was lost counts as unknown, and what became of the order is reported.',
  },
  {
    number: 38,
    id: 'takes-back-its-working-orders',
    capability: 'reconcile',
    says: 'An order that stood when the edge ended is known to the next connection, not reported again, and its execution is.',
  },
  {
    number: 39,
    id: 'shows-what-stands-on-the-account',
    capability: 'reconcile',
    says: 'The account lists what stands there, what of it is executed, and the money that is bound in it.',
  },
  {
    number: 40,
    id: 'lists-executions-once',
    capability: 'reconcile',
    says: 'Executions since a moment come oldest first, each once, with the order that they belong to.',
  },
  {
    number: 41,
    id: 'tells-of-orders-that-are-not-ours',
    capability: 'reconcile',
    says: 'An order that somebody else made on the account is reported, and is not taken for one of ours.',
  },
  {
    number: 42,
    id: 'tells-what-the-venue-ends',
    capability: 'reconcile',
    says: 'An order that the venue or a person ends past this connection is reported as ended.',
  },
  {
    number: 43,
    id: 'tells-a-repeated-report-once',
    capability: 'duplicate and late reports',
    says: 'A report that comes twice is counted once.',
  },
  {
    number: 44,
    id: 'tells-overtaken-reports-in-order',
    capability: 'duplicate and late reports',
    says: 'Where reports overtake each other, what happened is told in the order in which it happened.',
  },
  {
    number: 45,
    id: 'finds-a-lost-report',
    capability: 'duplicate and late reports',
    says: 'A report that never comes is noticed, and what it would have said is asked for.',
  },
  {
    number: 46,
    id: 'counts-a-fill-that-comes-after-the-end',
    capability: 'duplicate and late reports',
    says: 'An execution whose report comes after that of the order’s end is counted all the same.',
  },
  {
    number: 47,
    id: 'measures-the-venue-clock',
    capability: 'clock offset',
    says: 'With the two clocks an hour apart the difference is measured, and orders go through.',
  },
  {
    number: 48,
    id: 'survives-a-clock-that-jumps',
    capability: 'clock offset',
    says: 'A jump of the venue’s clock costs at most one refusal, and no order is made twice.',
  },
  {
    number: 49,
    id: 'waits-after-a-throttle',
    capability: 'rate limits',
    says: 'Told to wait, the connector sends no order until the time is over, and says so of each.',
  },
  {
    number: 50,
    id: 'keeps-within-the-limits',
    capability: 'rate limits',
    says: 'The connector counts what it may send, so that the venue never has to throttle it.',
  },
  ...MARKET_CASES,
] as const satisfies readonly CaseEntry[];

/** The id of a case of the connectors' suite. */
export type ConnectorCaseId = (typeof CONNECTOR_CASES)[number]['id'];

/** A case of the connectors' suite. Shape: `says` is the claim in the words of somebody who has to judge it. */
export type ConnectorCase = CaseEntry & { readonly id: ConnectorCaseId };

/** Which cases a connector cannot meet, each with the reason that people are shown. */
export type Exemptions = Readonly<Partial<Record<ConnectorCaseId, string>>>;

/** Whether a connector goes through a case. Shape: `lacks` follows from its capabilities, `exempt` is its own word. */
export type CaseStanding = { readonly kind: 'runs' } | { readonly kind: 'lacks' | 'exempt'; readonly reason: string };

/** How a connector stands to a case. */
export function standingOf(
  { lacks: lacksOf, id }: ConnectorCase,
  { capabilities, exemptions }: { readonly capabilities: Capabilities; readonly exemptions: Exemptions },
): CaseStanding {
  const lacking = lacksOf?.(capabilities);
  if (lacking !== undefined) return { kind: 'lacks', reason: lacking };
  const reason = exemptions[id];
  return reason === undefined ? { kind: 'runs' } : { kind: 'exempt', reason };
}
