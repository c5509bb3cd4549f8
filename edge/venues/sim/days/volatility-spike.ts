import { defineScriptedDay } from './scripted-day.ts';
import { createTape } from './tape.ts';

/** For half an hour each step moves the price fifteen times as far as before, both ways. */
export const volatilitySpike = defineScriptedDay({
  id: 'volatility-spike',
  title: 'Spike of volatility',
  story: 'For half an hour each step moves the price fifteen times as far as before, both ways.',
  events(request) {
    const tape = createTape(request);
    tape.go({ steps: 120 });
    tape.go({ steps: 180, swing: 30, spread: 8, size: 10 });
    tape.go({ steps: 120 });
    return tape.events;
  },
});
