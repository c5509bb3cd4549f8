import { defineScriptedDay } from './scripted-day.ts';
import { createTape } from './tape.ts';

/** For ten minutes no market data comes while the price moves by 2 %; then it comes again. */
export const feedLoss = defineScriptedDay({
  id: 'feed-loss',
  title: 'Loss of market data',
  story: 'For ten minutes no market data comes while the price moves by 2 %; then it comes again.',
  events(request) {
    const tape = createTape(request);
    tape.go({ steps: 120 });
    tape.say({ kind: 'feed', isLost: true });
    tape.go({ steps: 60, drift: 3.5 });
    tape.say({ kind: 'feed', isLost: false });
    tape.go({ steps: 120 });
    return tape.events;
  },
});
