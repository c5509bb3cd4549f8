import { defineConnector } from './define-connector.ts';
import { simFillRules } from './sim/fill-rules.ts';
import { openSimVenue } from './sim/sim-venue.ts';

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
  exemptions: {},
  fillRules: simFillRules,
  connect: openSimVenue,
});
