import { describeError } from '@gatehouse/shared/errors.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { ControlCommandBody } from '@gatehouse/shared/schema/command-bodies.ts';
import type { Command } from '@gatehouse/shared/schema/control.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { CommandMemory } from './command-memory.ts';
import { placeCommand } from './place-command.ts';
import { type BelievedCommand, type CommandDoor, readCommand, strangeHash, textHash } from './read-command.ts';

/** A command that stops something. */
export type StopCommand = Extract<Command, { readonly kind: 'kill' | 'pause' | 'reduce' }>;
/** A command that keeps its order. */
export type OrderedCommand = Exclude<Command, StopCommand>;

/** What became of a command, in a sentence for a person. */
export interface CommandResult {
  readonly kind: 'applied' | 'refused';
  readonly says: string;
}

/** What commands reach. */
export interface CommandActions {
  /** Stops before it returns, and tells how that went as soon as it is known. */
  stop(command: StopCommand): Promise<CommandResult>;
  /** Carries out what keeps its order. Errors: what cannot be carried out now; it is tried again with the next offer. */
  apply(command: OrderedCommand): Promise<CommandResult>;
}

/** What a desk of commands works with. Units: `now` is the latest wall time that this edge knows of. */
export interface CommandDeskDeps extends CommandDoor {
  readonly memory: CommandMemory;
  readonly recorder: { stage(entry: EntryBody): void; flush(): number };
  readonly actions: CommandActions;
  readonly now: () => Instant;
  readonly monotonicMs: () => number;
  readonly log: (line: string) => void;
}

/** The one place where commands of the hub arrive, whichever way they came. */
export interface CommandDesk {
  /** Takes a signed note; the same command again changes nothing. Errors: never. */
  take(note: string, via: ControlCommandBody['via']): void;
  /** How many commands wait for others. */
  readonly waiting: number;
  /** Resolves when everything that can be done now is done. */
  idle(): Promise<void>;
}

/** So many commands may wait for others; what comes beyond is offered again later. */
export const WAITING_MAX = 1_000;
/** So many notes that nobody can vouch for are put on record in an hour; anybody who reaches the broker can send some. */
export const STRANGE_AN_HOUR_MAX = 60;
const HOUR_MS = 3_600_000;
const RESULT_LENGTH_MAX = 2_000;

/** A desk that remembers through the journal what it has done. */
export function createCommandDesk(deps: CommandDeskDeps): CommandDesk {
  return new JournalledDesk(deps);
}

interface Waiting {
  readonly command: BelievedCommand;
  readonly via: ControlCommandBody['via'];
}

class JournalledDesk implements CommandDesk {
  readonly #deps: CommandDeskDeps;
  readonly #waiting = new Map<string, Waiting>();
  readonly #stopping = new Map<string, Promise<void>>();
  #ordered: Promise<void> | undefined;
  #strangeSinceMs: number;
  #strange = 0;

  constructor(deps: CommandDeskDeps) {
    this.#deps = deps;
    this.#strangeSinceMs = deps.monotonicMs();
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  take(note: string, via: ControlCommandBody['via']): void {
    try {
      this.#take(note, via);
    } catch (error) {
      this.#deps.log(`a command could not be taken and is offered again: ${describeError(error)}`);
    }
  }

  async idle(): Promise<void> {
    while (this.#ordered !== undefined || this.#stopping.size > 0) {
      await Promise.all([this.#ordered, ...this.#stopping.values()]);
    }
  }

  #take(note: string, via: ControlCommandBody['via']): void {
    const { memory } = this.#deps;
    if (memory.isStrange(strangeHash(note))) return;
    const hash = textHash(note);
    // Most commands come twice within moments, and reading one costs more than all else.
    if (hash !== undefined && (this.#isUnderWay(hash) || memory.byNote(hash)?.isSettled === true)) return;
    const read = readCommand(note, this.#deps);
    if (read.kind === 'strange') {
      this.#refuseStrange(note, via, read.problems);
      return;
    }
    const { command } = read;
    if (command.isTightening) this.#place({ command, via });
    else this.#queue({ command, via });
  }

  #isUnderWay(note: string): boolean {
    return this.#stopping.has(note) || this.#waiting.has(note);
  }

  /** What keeps its order is on record as received before it waits, so that nothing behind it waits for its number. */
  #queue(one: Waiting): void {
    const { memory, log } = this.#deps;
    if (this.#waiting.size >= WAITING_MAX) {
      log(`command ${one.command.id} is left for later: ${WAITING_MAX} wait already`);
      return;
    }
    const place = placeCommand(memory, one.command, this.#deps.now());
    if (place.kind === 'known' || place.kind === 'replayed') {
      void this.#place(one);
      return;
    }
    if (memory.byNote(one.command.note) === undefined) {
      this.#record(one, { state: 'received', result: 'It came, and is carried out in its turn.' });
    }
    this.#waiting.set(one.command.note, one);
    this.#wake();
  }

  #wake(): void {
    this.#ordered ??= this.#drain().finally(() => {
      this.#ordered = undefined;
    });
  }

  async #drain(): Promise<void> {
    // Whoever called finishes first, so that commands that came together are looked at together.
    await Promise.resolve();
    for (let isMoved = true; isMoved; ) {
      isMoved = false;
      for (const one of [...this.#waiting.values()].toSorted((a, b) => a.command.seq - b.command.seq)) {
        const place = placeCommand(this.#deps.memory, one.command, this.#deps.now());
        if (place.kind === 'wait') continue;
        this.#waiting.delete(one.command.note);
        await this.#place(one);
        isMoved = true;
      }
    }
  }

  #place(one: Waiting): Promise<void> {
    const { command } = one;
    const place = placeCommand(this.#deps.memory, command, this.#deps.now());
    if (place.kind === 'refuse') this.#refuse(one, 'COMMAND_REFUSED', place.problems);
    if (place.kind === 'replayed') this.#refuse(one, 'COMMAND_REPLAYED', place.problems);
    if (place.kind !== 'apply' || 'problems' in command.content) return Promise.resolve();
    const content = command.content.command;
    if (!isStop(content)) return this.#apply(one, content);
    if (place.isReused) this.#tellReuse(command);
    const stopping = this.#stop(one, content).finally(() => this.#stopping.delete(command.note));
    this.#stopping.set(command.note, stopping);
    return stopping;
  }

  /** The halt counts when this returns for the first time; only what it came to is waited for. */
  async #stop(one: Waiting, command: StopCommand): Promise<void> {
    if (this.#deps.memory.byNote(one.command.note) === undefined) {
      this.#stage(one, { state: 'received', result: 'It came, and is carried out at once.' });
    }
    try {
      const { kind, says } = await this.#deps.actions.stop(command);
      this.#record(one, { state: kind, result: says });
    } catch (error) {
      this.#deps.log(`command ${command.id} was not carried out and is tried again: ${describeError(error)}`);
    }
    this.#wake();
  }

  async #apply(one: Waiting, command: OrderedCommand): Promise<void> {
    try {
      const { kind, says } = await this.#deps.actions.apply(command);
      this.#record(one, { state: kind, result: says });
      if (kind === 'refused') this.#incident('COMMAND_REFUSED', `command ${command.id} (${command.kind}): ${says}`);
    } catch (error) {
      this.#deps.log(`command ${command.id} waits for its next offer: ${describeError(error)}`);
    }
  }

  #refuse(one: Waiting, code: string, problems: readonly string[]): void {
    const { id, name } = one.command;
    const result = problems.join('; ');
    this.#record(one, { state: 'refused', result });
    this.#incident(code, `command ${id} (${name}) of the hub is refused: ${result}`);
    this.#wake();
  }

  #tellReuse({ id, seq }: BelievedCommand): void {
    const hint = 'Was the hub set back to an older state? Its newest commands may have to be given again.';
    this.#incident('COMMAND_NUMBER_REUSED', `stop ${id} came under number ${seq}, which came before. ${hint}`);
  }

  #refuseStrange(note: string, via: ControlCommandBody['via'], problems: readonly string[]): void {
    const nowMs = this.#deps.monotonicMs();
    if (nowMs - this.#strangeSinceMs >= HOUR_MS) {
      this.#strangeSinceMs = nowMs;
      this.#strange = 0;
    }
    this.#strange += 1;
    if (this.#strange > STRANGE_AN_HOUR_MAX) return;
    const result = shortened(problems.join('; '));
    this.#write({ v: 2, state: 'refused', note: strangeHash(note), via, result });
    const more = this.#strange === STRANGE_AN_HOUR_MAX ? '; more of them within this hour are not put on record' : '';
    this.#incident('COMMAND_STRANGE', `something that claims to be a command is refused: ${result}${more}`);
  }

  #record(one: Waiting, outcome: Pick<ControlCommandBody, 'state' | 'result'>): void {
    this.#stage(one, outcome);
    this.#quietly(() => this.#deps.recorder.flush());
  }

  #stage({ command, via }: Waiting, { state, result }: Pick<ControlCommandBody, 'state' | 'result'>): void {
    const { id, seq, name, note } = command;
    const body = { v: 2, state, note, via, id, seq, name, result: shortened(result) } as const;
    this.#quietly(() => this.#deps.recorder.stage({ kind: 'command', body }));
  }

  #write(body: ControlCommandBody): void {
    this.#quietly(() => this.#deps.recorder.stage({ kind: 'command', body }));
    this.#quietly(() => this.#deps.recorder.flush());
  }

  #incident(code: string, message: string): void {
    const body = { v: 1, code, severity: 'alarm', message: shortened(message) } as const;
    this.#deps.log(`ALARM ${code}: ${body.message}`);
    this.#quietly(() => this.#deps.recorder.stage({ kind: 'incident', body }));
    this.#quietly(() => this.#deps.recorder.flush());
  }

  /** A journal that takes nothing is an alarm where it is watched, and stops no stop. */
  #quietly(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#deps.log(`what became of a command is not on record: ${describeError(error)}`);
    }
  }
}

function isStop(command: Command): command is StopCommand {
  return command.kind === 'kill' || command.kind === 'pause' || command.kind === 'reduce';
}

function shortened(text: string): string {
  return text.length <= RESULT_LENGTH_MAX ? text : `${text.slice(0, RESULT_LENGTH_MAX - 1)}…`;
}
