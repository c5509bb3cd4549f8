import { toText } from '@gatehouse/shared/values/decimal.ts';
import type { ConnectorDeps } from '../define-connector.ts';
import { readSimSettings, type SimSettings } from './sim-settings.ts';

/** The rules by which the simulator fills with these settings, as sentences for the run's record. */
export function simFillRules(deps: Pick<ConnectorDeps, 'instrument' | 'feeBps' | 'settings'>): readonly string[] {
  const settings = readSimSettings(deps.settings);
  return [
    ...barRules(settings),
    ...typeRules(),
    ...tickRules(settings),
    ...costRules(deps, settings),
    ...troubles(settings),
  ];
}

function barRules({ participation }: SimSettings): readonly string[] {
  const how = participation === undefined ? 'fills whole' : 'fills';
  return [
    `A market order ${how} at the open of the first bar that opens after its decision.`,
    `A limit order ${how} on the first later bar whose range reaches its limit: at the limit, or at the open where that is better.`,
    'A day order belongs to the session of the first bar that opens after its decision and expires with the close of that day.',
    participation === undefined
      ? 'Volume is not looked at: an order of any size fills whole and moves no price.'
      : `Where a bar has a volume, at most ${toText(participation)} of it is executed, by price and time; the rest waits for the next bar.`,
  ];
}

function typeRules(): readonly string[] {
  return [
    'A stop, take-profit or trailing stop triggers on a bar only where the bar makes that certain: at the open, where that is beyond it, else at its price.',
    'A trailing stop follows the open and the best price of each bar after its entry; within a bar the best price counts as the last.',
    'A stop-limit that triggers within a bar fills in it at its limit only where the close is there.',
    'An order for the opening fills at the open of the first bar of a day, one for the closing at the close of the last.',
    'An immediate order fills at the first open after its decision, fill-or-kill whole or not at all, and never rests.',
    'A post-only order is refused where it would take at the first price after its decision.',
    'An order that only reduces executes no more than the position that the venue knows.',
    'A change takes effect at once; only a smaller quantity at the same price keeps its place.',
  ];
}

function tickRules({ queue, triggers, ordersMeet }: SimSettings): readonly string[] {
  const place = queue === 'front' ? 'before' : 'behind';
  return [
    'On quotes and books an order takes, best price first, what the first book after its arrival shows, and no more of a level than stands there.',
    `A resting order stands ${place} what others have at its price; trades eat what stands before it, and a trade or book beyond its price executes it at its limit.`,
    `Stops look at ${triggers === 'quotes' ? 'the bid for sales and the ask for purchases' : 'trades'}, and meet only what comes after their trigger.`,
    'An iceberg shows its part alone on quotes and books, and each new part stands last at its price; bars do not look at it.',
    'A crossed book, a halt and prices outside the bands execute nothing.',
    ordersMeet === true
      ? 'Orders of the account trade with each other on quotes and books, never on bars.'
      : 'Orders of the account never trade with each other.',
  ];
}

function costRules(
  { instrument, feeBps }: Pick<ConnectorDeps, 'instrument' | 'feeBps'>,
  { makerFeeBps = feeBps, takerFeeBps = feeBps }: SimSettings,
): readonly string[] {
  const rounded = 'of the value of a fill, rounded up to a hundredth of the currency.';
  const [maker, taker] = [toText(makerFeeBps), toText(takerFeeBps)];
  return [
    `Prices are moved to the tick of ${toText(instrument.tick)} against the trader.`,
    maker === taker
      ? `The fee is ${taker} bps ${rounded}`
      : `The fee is ${maker} bps for the maker and ${taker} bps for the taker ${rounded}`,
  ];
}

function troubles({ seed, latencyMs, rejectShare, halts, disconnects }: SimSettings): readonly string[] {
  const rules: string[] = [];
  if (latencyMs !== undefined) {
    const { least, most } = latencyMs;
    rules.push(
      `An order arrives ${least} to ${most} ms after its decision, by seed ${seed}, and meets only data after that.`,
    );
  }
  if (rejectShare !== undefined)
    rules.push(`A share of ${toText(rejectShare)} of all orders is refused, by seed ${seed}.`);
  if (halts.length > 0)
    rules.push(`Trading is halted ${halts.length} times; a bar that a halt touches executes nothing.`);
  if (disconnects.length > 0)
    rules.push(
      `The line is cut ${disconnects.length} times; what happens meanwhile is not told and has to be asked for.`,
    );
  return rules;
}
