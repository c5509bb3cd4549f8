import { defineScriptedDay } from './scripted-day.ts';
import { createTape } from './tape.ts';

const HALT_MS = 300_000;

/** The price runs into its upper band, stands there without sellers inside it, and trades again once the bands move. */
export const limitUpDown = defineScriptedDay({
  id: 'limit-up-down',
  title: 'Limit up, limit down',
  story:
    'The price runs into its upper band, stands there without sellers inside it, and trades again once the bands move.',
  events(request) {
    const tape = createTape(request);
    tape.say({ kind: 'bands', lower: tape.price(-500), upper: tape.price(500) });
    tape.go({ steps: 60 });
    tape.go({ steps: 60, drift: 10 });
    tape.go({ steps: 30, swing: 1 });
    tape.say({ kind: 'session', state: 'halted' });
    tape.wait(HALT_MS);
    tape.say({ kind: 'bands', lower: tape.price(-500), upper: tape.price(500) });
    tape.say({ kind: 'session', state: 'open' });
    tape.go({ steps: 60 });
    return tape.events;
  },
});
