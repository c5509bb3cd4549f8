import { defineConnector } from './define-connector.ts';
import { simFillRules } from './sim/fill-rules.ts';
import { openSimVenue } from './sim/sim-venue.ts';

const NO_WIRE = 'The venue is in our own process: there is no wire on which anything is lost, late or doubled.';
const NO_CLOCK = 'The venue has no clock of its own; it goes by the market data that it is shown.';
const UNTHROTTLED = 'In a session it takes as many requests as come; only a scripted day throttles it.';
const NOBODY_ELSE = 'The account is in our own process, and nobody else can reach it.';

/** A venue in our own process: a matching engine that fills orders only ever on data from after the decision. */
export const sim = defineConnector({
  id: 'sim',
  title: 'Simulated venue',
  venues: ['SIM'],
  environment: 'paper',
  // It forgets with the process what it executed and what the account held before.
  speaksOf: ['order'],
  capabilities: {
    orderTypes: ['market', 'limit', 'stop', 'stop-limit', 'trailing-stop', 'take-profit', 'take-profit-limit'],
    timesInForce: ['day', 'gtc', 'gtd', 'ioc', 'fok'],
    auctions: ['open', 'close'],
    groups: [],
    canAmend: true,
    canPostOnly: true,
    canReduceOnly: true,
    canShowPart: true,
    notFoundIsFinalAfterMs: 0,
  },
  exemptions: {
    'finds-a-silent-line': NO_WIRE,
    'leaves-an-unanswered-order-unknown': NO_WIRE,
    'finds-that-a-lost-order-never-came': NO_WIRE,
    'leaves-an-unanswered-cancel-unknown': NO_WIRE,
    'tells-of-orders-that-are-not-ours': NOBODY_ELSE,
    'tells-what-the-venue-ends': 'Nothing ends an order there but its own terms, its execution and our requests.',
    'tells-a-repeated-report-once': NO_WIRE,
    'tells-overtaken-reports-in-order': NO_WIRE,
    'finds-a-lost-report': NO_WIRE,
    'counts-a-fill-that-comes-after-the-end': NO_WIRE,
    'measures-the-venue-clock': NO_CLOCK,
    'survives-a-clock-that-jumps': NO_CLOCK,
    'waits-after-a-throttle': UNTHROTTLED,
    'keeps-within-the-limits': UNTHROTTLED,
  },
  fillRules: simFillRules,
  connect: openSimVenue,
});
