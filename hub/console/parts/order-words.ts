/** How long an order stands, in words. */
export const TIME_WORDS: ReadonlyMap<string, string> = new Map([
  ['day', 'day'],
  ['gtc', 'until cancelled (GTC)'],
  ['gtd', 'until a date (GTD)'],
  ['ioc', 'at once, the rest is cancelled (IOC)'],
  ['fok', 'at once and whole or not at all (FOK)'],
]);

/** What an order of a type does when it becomes active; a market or limit order needs no words. */
export const TYPE_NOTES: ReadonlyMap<string, string> = new Map([
  ['stop', 'It becomes a market order once the market trades at its stop price or worse.'],
  ['stop-limit', 'It becomes a limit order once the market trades at its stop price or worse.'],
  ['trailing-stop', 'Its stop price follows the best price since it was entered.'],
  ['take-profit', 'It becomes a market order once the market trades at its stop price or better.'],
  ['take-profit-limit', 'It becomes a limit order once the market trades at its stop price or better.'],
]);

/** What the edge does of an order because the venue cannot. */
export const EMULATION_WORDS: ReadonlyMap<string, string> = new Map([
  ['trigger', 'the trigger: it watches the price and sends the order once that is reached'],
  ['trailing', 'the trailing: it moves the stop price behind the best price'],
  ['group', 'the group: what one order executes it takes off the other'],
  ['expiry', 'the end: it cancels the order when its time is over'],
]);

/** What a state means for whoever waits on the order; a state that says enough by itself has no words. */
export const STATE_NOTES: ReadonlyMap<string, string> = new Map([
  ['held', 'The edge keeps it until its trigger or the order that it belongs to; the venue does not know of it.'],
  ['unknown', 'Nobody knows whether the venue has it. The edge asks for it by its id and never sends it again.'],
  ['cancelling', 'The venue was asked to cancel it and has not answered; it can still execute.'],
  ['replacing', 'The venue was asked to change it and has not answered; it can still execute.'],
  ['replaced', 'It is over; another order took its place.'],
  ['unsent', 'It never reached a venue.'],
]);

/** The part of an order in its group. */
export const ROLE_WORDS: ReadonlyMap<string, string> = new Map([
  ['entry', 'entry'],
  ['take-profit', 'take profit'],
  ['stop-loss', 'stop loss'],
]);
