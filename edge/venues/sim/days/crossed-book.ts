import { defineScriptedDay } from './scripted-day.ts';
import { createTape } from './tape.ts';

/** For five minutes the best bid that is shown lies above the best ask, as it never does where data is right. */
export const crossedBook = defineScriptedDay({
  id: 'crossed-book',
  title: 'Crossed book',
  story: 'For five minutes the best bid that is shown lies above the best ask, as it never does where data is right.',
  events(request) {
    const tape = createTape(request);
    tape.go({ steps: 120 });
    tape.go({ steps: 30, spread: 10, isCrossed: true });
    tape.go({ steps: 120 });
    return tape.events;
  },
});
