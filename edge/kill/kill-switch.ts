import type { ActiveHalt } from '@gatehouse/compliance/own-facts.ts';
import { assert, describeError } from '@gatehouse/shared/errors.ts';
import type { KillBody } from '@gatehouse/shared/schema/bodies.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { FiledKill } from './filed-kill.ts';
import { createKillRecording, type KillRecording, type Write } from './kill-recording.ts';
import { startKillRun } from './kill-run.ts';
import type { KillDeps, KillProgress, KillRequest, RunningKill } from './kill-types.ts';

/**
 * The way to stop: the halt counts in memory first, then its writes are begun, then orders are taken back.
 *
 * Shape:  nothing here ever throws or rejects. A slow or failed write delays no cancel; a failure of the kill itself halts
 *         everything until a restart, and the restart finds the kill in its file.
 * Source: RTS 6 Art. 12 (kill functionality); 17 CFR 240.15c3-5(c)(1).
 */
export interface KillSwitch {
  /** Carries out a kill; one whose scopes a kill in force covers at least as far is that kill, and its requests are made again. */
  kill(request: KillRequest): RunningKill;
  /**
   * Takes up what was in force before a restart: kills that stand only in the file are journalled, orders are asked back again.
   * To be called once, after the records were folded; until then nothing may go out.
   */
  start(): readonly RunningKill[];
  /** Whether an approval may go out: to be asked immediately before the wire. O(1). */
  maySend(approval: { readonly haltEpoch: number }): boolean;
  /** Whether everything is stopped in memory, whatever the records say. O(1). */
  readonly isHalted: boolean;
  /** Stops everything in memory for good and asks every venue for everything back. */
  haltAll(cause: unknown): void;
  /** The kills that are not done and those that were done of late. */
  progress(): readonly KillProgress[];
  /** Ends the work on a kill that was released. */
  forget(id: string): void;
  /** Ends all work; what is halted stays halted. */
  stop(): void;
}

const FAR: Readonly<Record<ActiveHalt['level'], number>> = { pause: 0, cancel: 1, flatten: 2 };
/** So many kills are remembered by what they did; older ones are in the journal. */
const RUNS_MAX = 100;
/** Who acts where a file is at fault. */
const KILL_FILE_ACTOR = 'kill-file';

/** A switch over the records, venues and files of an edge. */
export function createKillSwitch(deps: KillDeps): KillSwitch {
  return new LiveKillSwitch(deps);
}

interface Run {
  readonly running: RunningKill;
  readonly stop: AbortController;
}

class LiveKillSwitch implements KillSwitch {
  readonly #deps: KillDeps;
  readonly #recording: KillRecording;
  readonly #runs = new Map<string, Run>();
  #stopWatching: () => void = () => {};
  #isStarted = false;
  #isHalted = false;
  #isStopped = false;

  constructor(deps: KillDeps) {
    this.#deps = deps;
    this.#recording = createKillRecording(deps);
  }

  get isHalted(): boolean {
    return !this.#isStarted || this.#isHalted || this.#deps.killFile.isFaulty;
  }

  maySend({ haltEpoch }: { readonly haltEpoch: number }): boolean {
    return !this.isHalted && haltEpoch === this.#deps.own.haltEpoch;
  }

  kill(request: KillRequest): RunningKill {
    try {
      return this.#kill(request);
    } catch (cause) {
      return this.#failedKill(request, cause);
    }
  }

  start(): readonly RunningKill[] {
    try {
      const { killFile, memory, own } = this.#deps;
      const halts = own.halts();
      assert(halts !== undefined, 'the halts in force are known once the records were folded');
      this.#stopWatching = killFile.watch({
        onKill: (kill) => this.#hear(kill),
        onFaults: (found) => this.#haltForFaults(found),
      });
      const { kills, faults } = killFile.read();
      const isNew = ({ id }: FiledKill): boolean => !halts.some((halt) => halt.id === id) && !memory.isReleased(id);
      for (const kill of memory.active()) killFile.hold(withoutEpoch(kill));
      const file = this.#recording.watch('The file of kills', this.#fileAgain(kills));
      const resumed = halts.map((halt) => this.#run(halt, DURABLE, file));
      const added = kills.filter(isNew).map((kill) => this.kill(kill));
      if (faults.length > 0) this.#haltForFaults(faults);
      this.#isStarted = true;
      return [...resumed, ...added];
    } catch (cause) {
      this.haltAll(cause);
      return [];
    }
  }

  haltAll(cause: unknown): void {
    const isFirst = !this.#isHalted;
    this.#isHalted = true;
    if (!isFirst) return;
    for (const venue of this.#deps.venues.values()) lastResort(() => venue.cancelAll());
    this.#recording.alarm({
      code: 'HALTED_IN_MEMORY',
      message: `Everything is halted in memory: ${describeError(cause)}.`,
      hint: 'Look at what failed, then restart the edge; it finds every kill in its journal or its file.',
    });
  }

  progress(): readonly KillProgress[] {
    return [...this.#runs.values()].map(({ running }) => running.progress());
  }

  forget(id: string): void {
    this.#runs.get(id)?.stop.abort();
    this.#runs.delete(id);
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopWatching();
    for (const { stop } of this.#runs.values()) stop.abort();
  }

  #kill(request: KillRequest): RunningKill {
    const covering = this.#covering(request);
    if (covering !== undefined) return this.#again(covering);
    const kill: FiledKill = filed(request, {
      id: this.#idOf(request),
      at: request.at ?? this.#deps.clock.now(),
    });
    const { own } = this.#deps;
    this.#recording.stage({ kind: 'kill', body: { ...kill, haltEpoch: own.haltEpoch + 1 } });
    assert(own.halts()?.some(({ id }) => id === kill.id) === true, 'a kill that was staged counts');
    const journal = this.#recording.flush(`Kill ${kill.id}`);
    const file = this.#recording.watch(`The file of kill ${kill.id}`, this.#deps.killFile.add(kill));
    return this.#run(kill, journal, file);
  }

  /** A kill under the id of one that was released could never be released itself. */
  #idOf({ id }: KillRequest): string {
    return id === undefined || this.#deps.memory.isReleased(id) ? this.#deps.newId('K-') : id;
  }

  /** A crash between two writes can leave a kill that is in force out of the file, and one that was released in it. */
  #fileAgain(filed: readonly FiledKill[]): Promise<void> {
    const { killFile, memory } = this.#deps;
    const isMissing = memory.active().some(({ id }) => !filed.some((kill) => kill.id === id));
    const released = filed.map(({ id }) => id).filter((id) => memory.isReleased(id));
    return isMissing || released.length > 0 ? killFile.remove(released) : Promise.resolve();
  }

  #hear(kill: FiledKill): void {
    if (!this.#deps.memory.isReleased(kill.id)) this.kill(kill);
  }

  /** The same wish of the same person again, or the same kill by two ways; what another person wants is a kill of its own. */
  #covering(request: KillRequest): ActiveHalt | undefined {
    const { memory, own } = this.#deps;
    const active = memory.active().filter(({ id }) => own.halts()?.some((halt) => halt.id === id));
    return active.find((kill) => kill.id === request.id || (request.id === undefined && isCovered(request, kill)));
  }

  #again(halt: ActiveHalt): RunningKill {
    const known = this.#runs.get(halt.id);
    if (known !== undefined && !known.running.progress().isDone) return known.running;
    return this.#run(halt, DURABLE, DURABLE);
  }

  #run(kill: ActiveHalt, journal: Write, file: Write): RunningKill {
    const stop = new AbortController();
    if (this.#isStopped) stop.abort();
    const running = startKillRun(
      {
        ...this.#deps,
        recording: this.#recording,
        stop: stop.signal,
        onFailure: (cause) => this.haltAll(cause),
      },
      { ...kill, sinceMs: this.#deps.monotonicMs(), journal, file },
    );
    this.#runs.get(kill.id)?.stop.abort();
    this.#runs.delete(kill.id);
    this.#runs.set(kill.id, { running, stop });
    this.#dropDone();
    return running;
  }

  #dropDone(): void {
    for (const [id, { running }] of this.#runs) {
      if (this.#runs.size <= RUNS_MAX) return;
      if (running.progress().isDone) this.#runs.delete(id);
    }
  }

  #haltForFaults(faults: readonly string[]): void {
    this.#recording.alarm({
      code: 'KILL_FILE_UNREADABLE',
      message: `A file of kills cannot be read, so everything is halted. ${faults.join('; ')}.`,
      hint: 'Release the kill of the firm that follows from this once the reason is known.',
    });
    const reason = 'A file of kills cannot be read, and it may say that everything is to stop.';
    this.kill({ scopes: ['firm'], level: 'cancel', by: KILL_FILE_ACTOR, reason });
  }

  /** The kill could not even be counted: everything stops, and the file tells the next start. */
  #failedKill(request: KillRequest, cause: unknown): RunningKill {
    this.haltAll(cause);
    const id = request.id ?? 'K-not-recorded';
    const file = this.#fileQuietly(request);
    const state = (): KillProgress => ({
      ...request,
      id,
      journal: 'failed',
      file: file.state,
      venues: [],
      isDone: false,
    });
    return { id, progress: state, written: file.settled, told: file.settled, ended: file.settled };
  }

  #fileQuietly(request: KillRequest): Write {
    try {
      const id = request.id ?? this.#deps.newId('K-');
      const kill = filed(request, { id, at: request.at ?? this.#deps.clock.now() });
      return this.#recording.watch(`The file of kill ${id}`, this.#deps.killFile.add(kill));
    } catch {
      // The halt in memory is all that is left, and it stands.
      return FAILED;
    }
  }
}

const DURABLE: Write = { state: 'durable', settled: Promise.resolve() };
const FAILED: Write = { state: 'failed', settled: Promise.resolve() };

function filed(
  { scopes, level, by, reason, trigger }: KillRequest,
  { id, at }: Pick<FiledKill, 'id' | 'at'>,
): FiledKill {
  return { v: 2, id, scopes: [...scopes], level, by, reason, at, ...(trigger === undefined ? {} : { trigger }) };
}

function withoutEpoch({ haltEpoch: _epoch, ...kill }: KillBody): FiledKill {
  return kill;
}

/** Whether a kill that is in force is what somebody asks for once more. */
function isCovered({ scopes, level, by, trigger }: KillRequest, kill: KillBody): boolean {
  if (trigger?.breaker !== kill.trigger?.breaker) return false;
  const inForce = new Set<ScopeText>(kill.scopes);
  const isSame = inForce.size === new Set(scopes).size && scopes.every((scope) => inForce.has(scope));
  return isSame && kill.by === by && FAR[kill.level] >= FAR[level];
}

/** One request for everything back, whatever it comes to. */
function lastResort(request: () => Promise<void> | void): void {
  void Promise.resolve()
    .then(request)
    .catch(() => {});
}
