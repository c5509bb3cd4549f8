import { defineScriptedDay } from './scripted-day.ts';
import { createTape } from './tape.ts';

/** For twenty minutes one lot stands at each price, the spread is twenty times as wide, and at times nobody bids at all. */
export const liquidityDrought = defineScriptedDay({
  id: 'liquidity-drought',
  title: 'Drought of liquidity',
  story:
    'For twenty minutes one lot stands at each price, the spread is twenty times as wide, and at times nobody bids at all.',
  events(request) {
    const tape = createTape(request);
    tape.go({ steps: 120 });
    for (let turn = 0; turn < 10; turn += 1) {
      tape.go({ steps: 10, spread: 40, size: 1 });
      tape.go({ steps: 2, spread: 40, size: 1, bare: 'buy' });
    }
    tape.go({ steps: 120 });
    return tape.events;
  },
});
