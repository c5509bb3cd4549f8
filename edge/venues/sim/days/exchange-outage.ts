import { defineScriptedDay } from './scripted-day.ts';
import { createTape } from './tape.ts';

/** The exchange is out for fifteen minutes, comes back without any order, and trades on 1 % higher. */
export const exchangeOutage = defineScriptedDay({
  id: 'exchange-outage',
  title: 'Outage of the exchange',
  story: 'The exchange is out for fifteen minutes, comes back without any order, and trades on 1 % higher.',
  events(request) {
    const tape = createTape(request);
    tape.go({ steps: 120 });
    tape.say({ kind: 'outage', isOut: true });
    // What the world thinks meanwhile, the exchange neither shows nor trades.
    tape.go({ steps: 90, drift: 1 });
    tape.say({ kind: 'outage', isOut: false, isEmptied: true });
    tape.go({ steps: 120 });
    return tape.events;
  },
});
