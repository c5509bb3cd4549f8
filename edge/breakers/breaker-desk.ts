import type { ArmedBreaker } from '@gatehouse/compliance/breaker-set.ts';
import type {
  BreakerFinding,
  BreakerInput,
  BreakerOccasion,
  InstrumentMarket,
  JudgedOrder,
} from '@gatehouse/compliance/define-breaker.ts';
import type { FactFiles } from '@gatehouse/compliance/fact-files.ts';
import type { OwnFacts } from '@gatehouse/compliance/own-facts.ts';
import { scopeMatcher } from '@gatehouse/compliance/scopes.ts';
import { figureTexts } from '@gatehouse/compliance/verdict.ts';
import { describeError } from '@gatehouse/shared/errors.ts';
import type { KillLevel } from '@gatehouse/shared/schema/bodies.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { Currency } from '@gatehouse/shared/values/currency.ts';
import { ageMs, type Instant } from '@gatehouse/shared/values/instant.ts';
import type { KillMemory } from '../kill/kill-memory.ts';
import type { KillRequest } from '../kill/kill-types.ts';

/** The moment of a look. Units: market time, and the trading day of the venue. */
export interface MarketMoment {
  readonly now: Instant;
  readonly day: string;
}

/**
 * Runs the breakers of the sheet and stops what they trip on.
 *
 * Shape: to be told after the records were folded and flushed, never from within a fold or a flush.
 */
export interface BreakerDesk {
  /** After fills, marks, valuations and decisions; looks at most once a second of market time, and always with the end of a bar. */
  onRecords(moment: MarketMoment, options?: { readonly isBarEnd?: boolean }): void;
  onMarket(market: InstrumentMarket, moment: MarketMoment): void;
  onDecision(decision: JudgedOrder, moment: MarketMoment): void;
  /** Once, when the process has started and its start is on record. */
  onStart(moment: MarketMoment): void;
}

/** What breakers look at, and the way to stop. Shape: `armed` are those of the sheet in force. */
export interface BreakerDeskDeps {
  readonly armed: () => readonly ArmedBreaker[];
  readonly own: OwnFacts;
  readonly files: () => FactFiles;
  readonly currency: () => Currency;
  readonly memory: Pick<KillMemory, 'active' | 'crashes'>;
  readonly clock: Clock;
  readonly kill: (request: KillRequest) => unknown;
}

/** Who stops where a breaker trips. */
export const BREAKER_ACTOR = 'breaker';

const LOOK_EVERY_MS = 1_000;
const FAR: Readonly<Record<KillLevel, number>> = { pause: 0, cancel: 1, flatten: 2 };
const REASON_LENGTH_MAX = 2_000;
const FAULT_LENGTH_MAX = 500;
/** So many lines and what they are about are remembered; one more has no patience: it trips at once. */
const WATCHED_MAX = 20_000;

/** What is remembered of a line and of what it is about. Shape: `times` is how far it had tripped before a release. */
interface Watched {
  readonly times: number | undefined;
  readonly unknownSince: Instant | undefined;
}

/** A desk over the records of an edge. */
export function createBreakerDesk(deps: BreakerDeskDeps): BreakerDesk {
  return new LiveBreakerDesk(deps);
}

class LiveBreakerDesk implements BreakerDesk {
  readonly #deps: BreakerDeskDeps;
  readonly #watched = new Map<string, Watched>();
  #armed: readonly ArmedBreaker[] = [];
  #ordered: readonly ArmedBreaker[] = [];
  #lookedAt: Instant | undefined;

  constructor(deps: BreakerDeskDeps) {
    this.#deps = deps;
  }

  onRecords(moment: MarketMoment, options: { readonly isBarEnd?: boolean } = {}): void {
    const sinceMs = this.#lookedAt === undefined ? LOOK_EVERY_MS : ageMs(this.#lookedAt, moment.now);
    // Market time that goes back is another run, which is looked at from its first moment.
    if (options.isBarEnd !== true && sinceMs >= 0 && sinceMs < LOOK_EVERY_MS) return;
    this.#lookedAt = moment.now;
    this.#look('records', this.#input(moment));
  }

  onMarket(market: InstrumentMarket, moment: MarketMoment): void {
    this.#look('market', { ...this.#input(moment), market });
  }

  onDecision(decision: JudgedOrder, moment: MarketMoment): void {
    if (decision.refusedBy.length > 0) this.#look('decision', { ...this.#input(moment), decision });
  }

  onStart(moment: MarketMoment): void {
    this.#look('start', this.#input(moment));
  }

  #input({ now, day }: MarketMoment): BreakerInput {
    const { own, files, currency, memory, clock } = this.#deps;
    const facts = { now, day, wallAt: clock.now() };
    return { facts, own, files: files(), currency: currency(), crashes: memory.crashes };
  }

  #look(occasion: BreakerOccasion, input: BreakerInput): void {
    for (const line of this.#lines()) {
      if (line.breaker.occasion === occasion && isWatched(line, input)) this.#judge(line, input);
    }
  }

  /** The farthest level first: where it trips, the nearer ones of the same breaker and scope have nothing to add. */
  #lines(): readonly ArmedBreaker[] {
    const armed = this.#deps.armed();
    if (armed !== this.#armed) {
      this.#armed = armed;
      this.#ordered = armed.toSorted((a, b) => FAR[b.level] - FAR[a.level]);
    }
    return this.#ordered;
  }

  #judge(line: ArmedBreaker, input: BreakerInput): void {
    const finding = findingOf(line, input);
    const scopes = killScopes(line.scope, aboutOf(finding, input));
    const key = `${line.breaker.id}@${line.breaker.version}|${line.level}|${scopes.join('|')}`;
    const before = this.#watched.get(key);
    if (finding.kind === 'calm') {
      if (before !== undefined) this.#watched.delete(key);
      return;
    }
    if (finding.kind === 'trip') this.#weighTrip({ line, scopes, key, before }, finding);
    else this.#weighUnknown({ line, scopes, key, before }, finding, input.facts.now);
  }

  #weighTrip(watch: Watch, finding: Extract<BreakerFinding, { kind: 'trip' }>): void {
    const { line, scopes, key, before } = watch;
    const { times } = finding;
    const isStopped = this.#isStopped(line, scopes, line.level);
    // What people released goes on until it has become worse by as much again.
    const isReleased = before?.times !== undefined && times <= before.times;
    this.#remember(key, { times: Math.max(times, before?.times ?? 0), unknownSince: undefined });
    if (isStopped || isReleased) return;
    this.#kill(watch, line.level, { ...finding, figures: { ...finding.figures, times } });
  }

  #weighUnknown(watch: Watch, finding: BreakerFinding, now: Instant): void {
    const { line, scopes, key, before } = watch;
    const began = before?.unknownSince;
    const since = began === undefined || began > now ? now : began;
    const unknownMs = ageMs(since, now);
    const isPatient = this.#remember(key, { times: before?.times, unknownSince: since });
    if ((isPatient && unknownMs < line.unknownMsMax) || this.#isStopped(line, scopes, 'pause')) return;
    // After a release the time begins anew.
    this.#remember(key, { times: before?.times, unknownSince: undefined });
    this.#kill(watch, 'pause', { ...finding, figures: { ...finding.figures, unknownMs } });
  }

  /** Whether there was room to remember it. */
  #remember(key: string, watched: Watched): boolean {
    if (!this.#watched.has(key) && this.#watched.size >= WATCHED_MAX) return false;
    this.#watched.set(key, watched);
    return true;
  }

  #isStopped({ breaker }: ArmedBreaker, scopes: readonly ScopeText[], level: KillLevel): boolean {
    return this.#deps.memory.active().some((kill) => {
      const isSame = kill.trigger?.breaker === breaker.id && kill.scopes.length === scopes.length;
      return isSame && scopes.every((scope) => kill.scopes.includes(scope)) && FAR[kill.level] >= FAR[level];
    });
  }

  #kill({ line, scopes }: Watch, level: KillLevel, finding: BreakerFinding): void {
    const { id, title } = line.breaker;
    const reason = `${title}: ${finding.reason}`.slice(0, REASON_LENGTH_MAX);
    const figures = figureTexts(finding.figures) ?? {};
    this.#deps.kill({ scopes, level, by: BREAKER_ACTOR, reason, trigger: { breaker: id, figures } });
  }
}

interface Watch {
  readonly line: ArmedBreaker;
  readonly scopes: readonly ScopeText[];
  readonly key: string;
  readonly before: Watched | undefined;
}

/** A check that fails is as blind as one that does not know. */
function findingOf({ judge, scope }: ArmedBreaker, input: BreakerInput): BreakerFinding {
  try {
    return judge(input, scope);
  } catch (error) {
    const reason = `The breaker could not be computed: ${describeError(error).slice(0, FAULT_LENGTH_MAX)}.`;
    return { kind: 'unknown', reason, figures: {} };
  }
}

function isWatched({ scope }: ArmedBreaker, { market, decision }: BreakerInput): boolean {
  if (market !== undefined) return scope === 'firm' || scope === `instrument:${market.instrument}`;
  return decision === undefined || scopeMatcher(scope)(decision.order);
}

/** What the kill is about besides the scope that is watched: a market breaker only ever stops its own instrument. */
function aboutOf(finding: BreakerFinding, { market }: BreakerInput): ScopeText | undefined {
  if (finding.kind === 'trip' && finding.about !== undefined) return finding.about;
  return market === undefined ? undefined : `instrument:${market.instrument}`;
}

function killScopes(scope: ScopeText, about: ScopeText | undefined): readonly ScopeText[] {
  if (about === undefined || about === scope) return [scope];
  return scope === 'firm' ? [about] : [scope, about];
}
