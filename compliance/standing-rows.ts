import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { AppliedRule, ScopedRule } from './applied-rule.ts';
import type { CheckInput, Sight } from './check-input.ts';
import type { FactFiles } from './fact-files.ts';
import { asRow, type GateRow, isClear, rowWithoutRule, standingRow } from './gate-row.ts';
import { isAlike, type OrderProfile, profileOf } from './order-profile.ts';
import { refuse } from './verdict.ts';

/** So many profiles of orders are remembered; beyond it all are forgotten, since they can be worked out again. */
export const PROFILES_MAX = 10_000;
/** So many profiles of one algorithm in one instrument are remembered, because they are looked through one by one. */
export const ALIKE_PROFILES_MAX = 64;

/**
 * Rows that stand for an order without asking their controls again.
 *
 * Shape: the first place is that of the gate's own row, then one for each applied rule in its order. `asked` has at the same
 *        places the rules whose rows do not stand; until it is judged each of those is `UNJUDGED`, which lets nothing through.
 *        `areClear` says that all those that stand let the order through.
 */
export interface StandingRows {
  readonly rows: readonly GateRow[];
  readonly asked: readonly (ScopedRule | undefined)[];
  readonly areClear: boolean;
}

/** What stands where nothing was judged. */
export const UNJUDGED: GateRow = Object.freeze(
  asRow({ id: 'sheet', version: 1 }, { scope: 'firm', limits: {}, verdict: refuse('A control was not asked.') }),
);

interface Profile {
  readonly alike: OrderProfile;
  readonly applied: readonly AppliedRule[];
  files: FactFiles | undefined;
  day: string;
  ofProfile: StandingRows;
  moment: number;
  ofMoment: StandingRows;
}

/**
 * What does not have to be asked again for each order.
 *
 * Shape: a row of a control that looks at the profile stands while the dated files and the trading day are the same, one that
 *        looks at the moment while the facts are the very same as well. Nothing is kept of facts that came once.
 */
export class StandingMemory {
  readonly #rulesFor: (order: Order) => readonly AppliedRule[];
  readonly #profiles = new Map<string, Map<string, Profile[]>>();
  #count = 0;
  #facts: DecisionFacts | undefined;
  #files: FactFiles | undefined;
  /** Counts the moments, each with facts of its own. */
  #moment = 0;

  constructor(rulesFor: (order: Order) => readonly AppliedRule[]) {
    this.#rulesFor = rulesFor;
  }

  /** The rules that an order meets. */
  appliedTo(order: Order): readonly AppliedRule[] {
    return this.#profileOf(order).applied;
  }

  /** What stands for the order of an input. */
  standing(input: CheckInput): StandingRows {
    const profile = this.#profileOf(input.order);
    const { facts, files } = input;
    if (profile.files !== files || profile.day !== facts.day) {
      profile.ofProfile = standingIn(standingWithoutRule(profile.applied), input, 'profile');
      profile.files = files;
      profile.day = facts.day;
      profile.moment = 0;
    }
    if (this.#facts !== facts || this.#files !== files) {
      this.#facts = facts;
      this.#files = files;
      this.#moment += 1;
      return profile.ofProfile;
    }
    if (profile.moment !== this.#moment) {
      profile.ofMoment = standingIn(profile.ofProfile, input, 'moment');
      profile.moment = this.#moment;
    }
    return profile.ofMoment;
  }

  #profileOf(order: Order): Profile {
    const { instrument, algorithm } = order;
    const known = this.#profiles.get(instrument)?.get(algorithm.id);
    if (known !== undefined) for (const profile of known) if (isAlike(profile.alike, order)) return profile;
    return this.#remember(order);
  }

  #remember(order: Order): Profile {
    const applied = this.#rulesFor(order);
    const withoutRule = standingWithoutRule(applied);
    const profile = {
      alike: profileOf(order),
      applied,
      files: undefined,
      day: '',
      ofProfile: withoutRule,
      moment: 0,
      ofMoment: withoutRule,
    };
    if (this.#count >= PROFILES_MAX) {
      this.#profiles.clear();
      this.#count = 0;
    }
    const ofInstrument = this.#profiles.get(order.instrument) ?? new Map<string, Profile[]>();
    this.#profiles.set(order.instrument, ofInstrument);
    const alike = ofInstrument.get(order.algorithm.id) ?? [];
    ofInstrument.set(order.algorithm.id, alike);
    if (alike.length >= ALIKE_PROFILES_MAX) this.#count -= alike.splice(0).length;
    alike.push(profile);
    this.#count += 1;
    return profile;
  }
}

/** Only a line without a rule has a row that stands whatever the order is. */
function standingWithoutRule(applied: readonly AppliedRule[]): StandingRows {
  const rows = applied.map(({ line, rule }) => (rule === undefined ? rowWithoutRule(line) : UNJUDGED));
  const asked = applied.map(({ rule }) => rule);
  const areClear = rows.every((row, place) => asked[place] !== undefined || isClear(row));
  return { rows: [UNJUDGED, ...rows], asked: [undefined, ...asked], areClear };
}

function standingIn(before: StandingRows, input: CheckInput, sight: Exclude<Sight, 'all'>): StandingRows {
  const rows = [...before.rows];
  const asked = [...before.asked];
  let { areClear } = before;
  for (const [place, rule] of before.asked.entries()) {
    const row = rule === undefined ? undefined : standingRow(rule, input, sight);
    if (row === undefined) continue;
    rows[place] = row;
    asked[place] = undefined;
    areClear &&= isClear(row);
  }
  return { rows, asked, areClear };
}
