import { defineScriptedDay } from './scripted-day.ts';
import { createTape } from './tape.ts';

/** Trading halts for ten minutes on news and resumes 3 % lower with an auction. */
export const haltAndResume = defineScriptedDay({
  id: 'halt-and-resume',
  title: 'Halt and resumption',
  story: 'Trading halts for ten minutes on news and resumes 3 % lower with an auction.',
  events(request) {
    const tape = createTape(request);
    tape.go({ steps: 120 });
    tape.say({ kind: 'session', state: 'halted' });
    // Quotes go on while nothing may trade on them.
    tape.go({ steps: 60, drift: -5 });
    tape.say({ kind: 'session', state: 'open' });
    tape.say({ kind: 'auction', auction: 'open', price: tape.price() });
    tape.go({ steps: 120 });
    return tape.events;
  },
});
