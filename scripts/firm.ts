import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askEdge } from '@gatehouse/edge/sync/local-socket.ts';
import type { EdgeMessage, EdgeStatus } from '@gatehouse/edge/sync/parent-link.ts';
import { hubFolders } from '@gatehouse/hub/config.ts';
import type { HubMessage, HubSummary } from '@gatehouse/hub/parent-link.ts';
import { stopLeftServer } from '@gatehouse/hub/store/postgres/stop-left-server.ts';
import { describeError } from '@gatehouse/shared/errors.ts';
import { demoEntity, type ScriptConfig } from './config.ts';
import { EDGE_ID, edgeDataFolder, initEdge } from './edge-data.ts';
import { EDGE_RUNTIME_FLAGS } from './edge-runtime.ts';
import { RUN_FOLDER } from './firm-lock.ts';
import { type LogFile, openLog } from './log-file.ts';
import { type ProgressLine, progressLine } from './progress-line.ts';
import { summaryText } from './summary-text.ts';
import { type Watched, watch } from './supervisor.ts';

/** What a run of the whole firm is asked for. Units: `paceSeconds` for the whole series, 0 is as fast as it goes. */
export interface FirmOptions {
  readonly config: ScriptConfig;
  readonly file: string | undefined;
  /** What is traded instead of the default replay. */
  readonly session?: string | undefined;
  readonly paceSeconds: number;
  readonly untilDone: boolean;
}

type HubReady = Extract<HubMessage, { type: 'ready' }>;
type EdgeReady = Extract<EdgeMessage, { type: 'ready' }>;

const DRAIN_POLL_MS = 100;
const DRAIN_MS_MAX = 120_000;
const SUMMARY_MS_MAX = 120_000;
const SUMMARY_PAUSE_MS = 5_000;
const SUMMARIES_ASKED_MAX = 3;

/**
 * Runs hub and edge as two watched processes until Ctrl-C, or until the summary where that was asked for.
 *
 * Shape: its caller holds the lock of the data folder meanwhile.
 */
export function runFirm(options: FirmOptions): Promise<number> {
  const firm = new Firm(options, openLog(options.config.data));
  const stop = () => firm.askToStop();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  if (process.channel !== undefined) {
    process.on('disconnect', stop);
    process.channel.unref();
  }
  return firm.run();
}

class Firm {
  readonly #options: FirmOptions;
  readonly #log: LogFile;
  readonly #line: ProgressLine = progressLine(process.stdout);
  #hub: Watched | undefined;
  #edge: Watched | undefined;
  #hubReady: HubReady | undefined;
  #edgeReady: EdgeReady | undefined;
  #status: EdgeStatus | undefined;
  #summary: HubSummary | undefined;
  #summaryFault: string | undefined;
  #lastReason: string | undefined;
  #completed = false;
  #isEdgeMoving = false;
  #stopAsked = false;
  #exit = 0;
  #wake: () => void = () => {};

  constructor(options: FirmOptions, log: LogFile) {
    this.#options = options;
    this.#log = log;
  }

  askToStop(): void {
    this.#stopAsked = true;
    this.#wake();
  }

  async run(): Promise<number> {
    this.#say(`Gatehouse: records and keys in ${this.#options.config.data}, log in ${this.#log.path}`);
    try {
      await this.#startHub();
      if (this.#isOver()) return this.#exit;
      await this.#startEdge();
      await this.#until(() => this.#completed);
      if (!this.#isOver()) await this.#showSummary();
      if (!this.#options.untilDone) await this.#until(() => false);
      return this.#exit;
    } finally {
      await this.#stopAll();
    }
  }

  #isOver(): boolean {
    return this.#stopAsked || this.#exit !== 0;
  }

  /** Waits until something holds or the firm is over; whoever changes state wakes it. */
  async #until(holds: () => boolean, msMax?: number): Promise<boolean> {
    const endsAt = msMax === undefined ? Number.POSITIVE_INFINITY : performance.now() + msMax;
    while (!holds() && !this.#isOver() && performance.now() < endsAt) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, DRAIN_POLL_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return holds();
  }

  async #startHub(): Promise<void> {
    const { config } = this.#options;
    const verifierKey = initEdge(config.data);
    this.#hub = watch({
      name: 'hub',
      script: fileURLToPath(new URL('../hub/main.ts', import.meta.url)),
      args: [],
      env: {
        GATEHOUSE_DATA: config.data,
        GATEHOUSE_PORT: `${config.consolePort}`,
        GATEHOUSE_ENTITY: demoEntity,
        GATEHOUSE_LOCAL_EDGES: verifierKey,
      },
      log: this.#log,
      onMessage: (message) => this.#hearHub(message as HubMessage),
      hasWorked: () => this.#hubReady !== undefined,
      onRestart: (reason, said) => {
        this.#sayOnce(said);
        this.#say(
          `The hub ${reason} and is started again; the edge goes on and sends again what was not acknowledged.`,
        );
      },
      onEnd: (exit, said) => this.#ended('hub', exit, said),
    });
    await this.#until(() => this.#hubReady !== undefined);
  }

  async #startEdge(): Promise<void> {
    const { config, file, session, paceSeconds } = this.#options;
    const hub = this.#hubReady;
    if (hub === undefined) return;
    this.#edge = watch({
      name: 'edge',
      script: fileURLToPath(new URL('../edge/main.ts', import.meta.url)),
      flags: EDGE_RUNTIME_FLAGS,
      args: [],
      env: {
        DATABASE_URL: undefined,
        GATEHOUSE_EDGE_DATA: edgeDataFolder(config.data),
        GATEHOUSE_EDGE_ID: EDGE_ID,
        GATEHOUSE_EDGE_PACE_SECONDS: `${paceSeconds}`,
        GATEHOUSE_EDGE_BROKER: hub.broker,
        GATEHOUSE_EDGE_HUB_KEY: hub.verifierKeyFile,
        GATEHOUSE_EDGE_SHAPES: hub.shapes,
        GATEHOUSE_EDGE_SHAPES_TOKEN: hub.tokenFiles[EDGE_ID],
        ...(file === undefined ? {} : { GATEHOUSE_EDGE_BARS: file }),
        ...(session === undefined ? {} : { GATEHOUSE_EDGE_SESSION: session }),
      },
      log: this.#log,
      onMessage: (message) => this.#hearEdge(message as EdgeMessage),
      hasWorked: () => this.#edgeReady !== undefined,
      waitsForOutside: true,
      onRestart: (reason, said) => {
        this.#sayOnce(said);
        this.#say(`The edge ${reason} and is started again; it goes on from its journal.`);
      },
      onEnd: (exit, said) => this.#ended('edge', exit, said),
    });
    await this.#until(() => this.#edgeReady !== undefined);
    this.#writeProcesses();
  }

  #hearHub(message: HubMessage): void {
    if (message.type === 'ready') this.#welcome(message);
    if (message.type === 'summary') this.#summary = message.summary;
    if (message.type === 'summary-failed') this.#summaryFault = message.message;
    this.#writeProcesses();
    this.#wake();
  }

  #welcome(ready: HubReady): void {
    const isFirst = this.#hubReady === undefined;
    const { broker, shapes } = this.#hubReady ?? ready;
    const isMoved = broker !== ready.broker || shapes !== ready.shapes;
    this.#hubReady = ready;
    if (isMoved) void this.#moveEdge();
    if (isFirst) this.#say(`Console: ${ready.console}`);
    if (ready.firstRunLink !== undefined) {
      this.#say(`Become the first administrator with this one-time link:\n  ${ready.firstRunLink}`);
    }
  }

  /** The port of a hub that died was taken before it came back: the edge learns the new one by starting again. */
  async #moveEdge(): Promise<void> {
    if (this.#edge === undefined || this.#isEdgeMoving || this.#isOver()) return;
    this.#say(
      'The hub takes edges at another port than before; the edge is started again and goes on from its journal.',
    );
    this.#isEdgeMoving = true;
    await this.#edge.stop();
    this.#isEdgeMoving = false;
    if (!this.#isOver()) await this.#startEdge();
  }

  #hearEdge(message: EdgeMessage): void {
    if (message.type === 'ready') this.#announceRun(message);
    if (message.type === 'progress') this.#showProgress(message.status);
    if (message.type === 'summary') {
      this.#showProgress(message.status);
      this.#completed ||= message.status.phase === 'completed';
    }
    this.#wake();
  }

  #announceRun(ready: EdgeReady): void {
    const isFirst = this.#edgeReady === undefined;
    this.#edgeReady = ready;
    this.#writeProcesses();
    if (!isFirst) return;
    this.#say(
      `PAPER — DEMO: ${ready.bars} bars of ${ready.source}${ready.from > 0 ? `, going on at bar ${ready.from + 1}` : ''}`,
    );
    for (const rule of ready.fillRules) this.#say(`  ${rule}`);
  }

  #showProgress(status: EdgeStatus): void {
    this.#status = status;
    if (status.phase !== 'replaying' && status.done < status.bars) return;
    const waiting = status.headSeq - (status.uplink?.ackedSeq ?? 0);
    const label = `${status.day}  orders ${status.tally['orders'] ?? 0}  refused ${status.tally['refused'] ?? 0}  to send ${waiting}`;
    this.#line.show({ done: status.done, total: status.bars, unit: 'bars', label });
  }

  async #showSummary(): Promise<void> {
    const isDrained = await this.#drained();
    for (let asked = 0; asked < SUMMARIES_ASKED_MAX && this.#summary === undefined && !this.#isOver(); asked += 1) {
      await this.#askForSummary();
    }
    if (this.#isOver()) return;
    this.#line.pause();
    const { console } = this.#hubReady ?? { console: '' };
    if (this.#summary === undefined || this.#status === undefined) {
      this.#say(`The summary could not be made: ${this.#summaryFault ?? 'the hub did not answer in time'}`);
      this.#exit = 4;
      return;
    }
    this.#say(summaryText({ hub: this.#summary, edge: this.#status, console, isDrained }));
    if (!this.#options.untilDone) this.#say('Gatehouse stays up; Ctrl-C stops it.');
  }

  /** A hub that is started again meanwhile has forgotten the question. */
  async #askForSummary(): Promise<void> {
    const asked = this.#hubReady;
    this.#summaryFault = undefined;
    this.#hub?.send({ type: 'summarise', edge: EDGE_ID });
    const isAnswered = () => this.#summary !== undefined || this.#summaryFault !== undefined;
    await this.#until(() => isAnswered() || this.#hubReady !== asked, SUMMARY_MS_MAX);
    if (this.#summaryFault !== undefined) await this.#until(() => this.#hubReady !== asked, SUMMARY_PAUSE_MS);
  }

  /** Waits until the hub has acknowledged all that the edge has, as the edge itself tells it. */
  async #drained(): Promise<boolean> {
    const folder = edgeDataFolder(this.#options.config.data);
    const endsAt = performance.now() + DRAIN_MS_MAX;
    while (!this.#isOver() && performance.now() < endsAt) {
      const status = await askEdge(folder, { command: 'status' }).catch(() => undefined);
      if (status !== undefined) this.#status = status as unknown as EdgeStatus;
      if (this.#status?.uplink !== undefined && this.#status.uplink.ackedSeq >= this.#status.headSeq) return true;
      await this.#until(() => false, DRAIN_POLL_MS);
    }
    return false;
  }

  /** A process that is not started again ends the firm, with what it said last. */
  #ended(name: string, exit: number, said: string | undefined): void {
    const isWanted = name === 'edge' && exit === 0 && (this.#completed || this.#isEdgeMoving);
    if (!this.#stopAsked && !isWanted) {
      this.#line.pause();
      process.stderr.write(`${said ?? `${name}: ended with exit code ${exit}; see ${this.#log.path}`}\n`);
      this.#exit = exit === 0 ? 4 : exit;
    }
    this.#wake();
  }

  async #stopAll(): Promise<void> {
    this.#line.pause();
    if (this.#hub === undefined) return;
    if (this.#stopAsked) this.#say('Stopping: the edge first, then the hub.');
    this.#stopAsked = true;
    await this.#edge?.stop();
    await this.#hub.stop();
    await this.#stopLeftServer();
    const isWell = this.#exit === 0;
    this.#say(isWell ? 'Stopped. Everything is on disk; the next start goes on from here.' : 'Stopped.');
  }

  /** A hub that was killed, or that could not start again, has left its database running. */
  async #stopLeftServer(): Promise<void> {
    try {
      await stopLeftServer(hubFolders(this.#options.config.data).postgres);
    } catch (error) {
      process.stderr.write(`gatehouse: ${describeError(error)}\n`);
    }
  }

  /** Who runs, for people and for tools that look after processes. */
  #writeProcesses(): void {
    const processes = { start: process.pid, hub: this.#hub?.pid, edge: this.#edge?.pid };
    try {
      const file = join(this.#options.config.data, RUN_FOLDER, 'processes.json');
      // Whoever reads it meanwhile finds the old list or the new one, never a part.
      writeFileSync(`${file}.new`, `${JSON.stringify(processes)}\n`);
      renameSync(`${file}.new`, file);
    } catch {
      // On a full disk this list is the least of the worries; the processes report it themselves.
    }
  }

  /** The reason of a restart; one that has not changed since the last restart is not repeated. */
  #sayOnce(reason: string | undefined): void {
    if (reason !== undefined && reason !== this.#lastReason) this.#say(reason);
    this.#lastReason = reason;
  }

  #say(text: string): void {
    this.#line.pause();
    process.stdout.write(`${text}\n`);
  }
}
