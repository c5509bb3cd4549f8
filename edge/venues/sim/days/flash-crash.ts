import { defineScriptedDay } from './scripted-day.ts';
import { createTape } from './tape.ts';

/** The price falls by 9 % within five minutes while buyers leave, and comes back within ten. */
export const flashCrash = defineScriptedDay({
  id: 'flash-crash',
  title: 'Flash crash',
  story: 'The price falls by 9 % within five minutes while buyers leave, and comes back within ten.',
  events(request) {
    const tape = createTape(request);
    tape.go({ steps: 120 });
    // Who bids goes away first; what is left is thin and far apart.
    tape.go({ steps: 30, drift: -30, swing: 8, spread: 20, size: 2 });
    tape.go({ steps: 60, drift: 14, swing: 6, spread: 10, size: 5 });
    tape.go({ steps: 120 });
    return tape.events;
  },
});
