import type { Decision } from '@gatehouse/compliance/gate.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { BreakerDesk, MarketMoment } from '../breakers/breaker-desk.ts';
import type { PriceFacts } from '../facts/price-watch.ts';

/** Who looks at an engine's work after each bar and may stop it. Shape: called when everything of the bar is with the journal. */
export interface EngineWatch {
  onBar(bar: Bar, prices: PriceFacts, decisions: readonly Decision[]): void;
}

/** Shows the bars of an engine to the breakers. Units: the source is the name of the prices. */
export function watchByBreakers(desk: BreakerDesk, source: string): EngineWatch {
  return {
    onBar: (bar, { volatility }, decisions) => {
      const { instrument, close, closeAt } = bar;
      const moment: MarketMoment = { now: closeAt, day: bar.day };
      for (const decision of decisions) desk.onDecision(judged(decision), moment);
      const reference = { price: close, at: closeAt, source };
      desk.onMarket({ instrument, reference, ...(volatility === undefined ? {} : { volatility }) }, moment);
      desk.onRecords(moment, { isBarEnd: true });
    },
  };
}

function judged({ order, rows }: Decision): Parameters<BreakerDesk['onDecision']>[0] {
  return { order, refusedBy: rows.flatMap(({ control, verdict }) => (verdict === 'refuse' ? [control] : [])) };
}
