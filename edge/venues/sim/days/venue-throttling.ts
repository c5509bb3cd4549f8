import { defineScriptedDay } from './scripted-day.ts';
import { createTape } from './tape.ts';

/** For ten minutes the venue takes two requests a second and refuses the others. */
export const venueThrottling = defineScriptedDay({
  id: 'venue-throttling',
  title: 'Throttling by the venue',
  story: 'For ten minutes the venue takes two requests a second and refuses the others.',
  events(request) {
    const tape = createTape(request);
    tape.go({ steps: 120 });
    tape.say({ kind: 'throttle', requestsPerS: 2 });
    tape.go({ steps: 60 });
    tape.say({ kind: 'throttle' });
    tape.go({ steps: 120 });
    return tape.events;
  },
});
