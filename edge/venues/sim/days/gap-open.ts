import { defineScriptedDay } from './scripted-day.ts';
import { createTape } from './tape.ts';

const NIGHT_MS = 17 * 3_600_000;

/** The day closes calmly, and the next one opens 6 % lower, with nothing traded on the way. */
export const gapOpen = defineScriptedDay({
  id: 'gap-open',
  title: 'Gap at the open',
  story: 'The day closes calmly, and the next one opens 6 % lower, with nothing traded on the way.',
  events(request) {
    const tape = createTape(request);
    tape.go({ steps: 120 });
    tape.say({ kind: 'session', state: 'closed' });
    tape.wait(NIGHT_MS);
    tape.jump(-600);
    tape.say({ kind: 'session', state: 'open' });
    tape.say({ kind: 'auction', auction: 'open', price: tape.price() });
    tape.go({ steps: 120 });
    return tape.events;
  },
});
