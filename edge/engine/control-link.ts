import { join } from 'node:path';
import { sheetOnRecord } from '@gatehouse/compliance/sheet-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { ControlObject } from '@gatehouse/shared/schema/control.ts';
import { OBJECT_KINDS } from '@gatehouse/shared/schema/dated-file.ts';
import type { GovernedKind } from '../governance/governance.ts';
import { CONTROL_STORE_NAME, openControlStore } from '../journal/control-store.ts';
import { libsqlDriver } from '../journal/libsql-driver.ts';
import type { Releasing } from '../kill/release.ts';
import { createCommandDesk } from '../sync/commands/command-desk.ts';
import { createBodyFetcher } from '../sync/downlink/body-fetcher.ts';
import { startDownlink } from '../sync/downlink/downlink.ts';
import { type ControlAlarm, createHeartbeatWatch, latestKnown } from '../sync/downlink/heartbeat-watch.ts';
import { createObjectDesk, type TakenObject } from '../sync/downlink/object-desk.ts';
import { createControlActions } from './control-actions.ts';
import { readVerifierKey } from './edge-files.ts';
import { createFileTaker } from './file-taker.ts';
import { connectLeases } from './lease-link.ts';
import type { RunningEdge } from './running-edge.ts';

/** What comes from the hub to a running edge. */
export interface ControlLink {
  readonly isConnected: boolean;
  /** Takes a signed note that came by the broker. */
  onDown(note: string): void;
  stop(): Promise<void>;
}

/** What a control link takes beside the running edge. Shape: `fetch` presents the edge's certificate where it has one. */
export interface ControlLinkDeps {
  readonly releasing: Releasing;
  readonly fetch?: typeof fetch;
  readonly rotateAccess?: (() => Promise<string>) | undefined;
  /** Hears of signed notes that need no envelope, such as leases. */
  readonly onOther?: ((note: string) => void) | undefined;
}

const MESSAGE_LENGTH_MAX = 2_000;

/**
 * Takes what the hub sends down: commands by the broker, and everything by its shapes where the settings name their address.
 *
 * Shape:  the journal's own lock keeps a second process away from the store, so it is opened after the journal.
 * Errors: `NOT_FOUND` for the hub's key file, those of `parseVerifierKey` and `openControlStore`.
 */
export function connectControl(running: RunningEdge, deps: ControlLinkDeps): ControlLink | undefined {
  const { edge, folders, contact } = running;
  const { config, monotonicMs, log } = edge;
  if (config.hub === undefined) return undefined;
  const parts = controlParts(running, deps, [readVerifierKey(config.hub.keyFile)]);
  const { commands, heartbeats } = parts;
  const onDown = (note: string): void => commands.take(note, 'mqtt');
  const address = config.shapes;
  if (address === undefined) {
    // Leases come as documents only; without them nothing is leased.
    parts.leases.stop();
    parts.bodies.stop();
    return { isConnected: false, onDown, stop: () => commands.idle() };
  }
  const { store } = openControlStore(join(folders.root, CONTROL_STORE_NAME), libsqlDriver);
  const downlink = startDownlink({
    ...parts,
    address,
    fetch: deps.fetch ?? fetch,
    store,
    monotonicMs,
    random: edge.randomUnit,
    onHeartbeat: () => {
      if (heartbeats.newest !== undefined) contact.heardAt(heartbeats.newest.at);
    },
    log,
  });
  parts.refetching.act = downlink.refetch;
  parts.reached.isConnected = () => downlink.isConnected;
  return {
    get isConnected() {
      return downlink.isConnected;
    },
    onDown,
    stop: async () => {
      parts.leases.stop();
      parts.bodies.stop();
      await downlink.stop();
      store.close();
    },
  };
}

/** What takes commands, documents and heartbeats, and says what is wrong with them. */
function controlParts(running: RunningEdge, deps: ControlLinkDeps, hub: readonly Verifier[]) {
  const { edge, book, engine } = running;
  const { config, clock, monotonicMs, log } = edge;
  const door = { edge: config.edge, hub };
  // A command can come before there is anything to fetch anew.
  const refetching = { act: (): void => {} };
  const reached = { isConnected: (): boolean => false };
  const leases = connectLeases(running, { hub, isConnected: () => reached.isConnected() });
  const onAlarm = (one: ControlAlarm): void => {
    log(`ALARM ${one.code}: ${one.message}`);
    engine.report({ kind: 'incident', body: { v: 1, ...one, message: one.message.slice(0, MESSAGE_LENGTH_MAX) } });
  };
  const notice = (message: string): void => {
    log(message);
    engine.report({ kind: 'incident', body: { v: 1, code: 'UPGRADE_NOTICE', severity: 'notice', message } });
  };
  const bodies = createBodyFetcher({
    address: config.shapes ?? '',
    fetch: deps.fetch ?? fetch,
    monotonicMs,
    onWhole: () => objects.look(),
    onAlarm,
    log,
  });
  const takeFile = createFileTaker({ ...running, bodies });
  const objects = createObjectDesk({
    ...door,
    takers: {
      ...Object.fromEntries(Object.values(OBJECT_KINDS).map((kind) => [kind, takeFile])),
      trust: (object) => takeTrust(running, object),
      sheet: (object) => takeSheet(running, object),
      lease: async ({ document }) => {
        leases.take(document);
        return 'taken';
      },
    },
    ...(deps.onOther === undefined ? {} : { onOther: deps.onOther }),
    onAlarm,
    log,
  });
  const arrived = {
    object: objects.object,
    get commandsThrough() {
      return book.commands.through;
    },
  };
  const heartbeats = createHeartbeatWatch({ ...door, monotonicMs, arrived });
  const actions = createControlActions({
    ...deps,
    killSwitch: running.killSwitch,
    kills: book.kills,
    refetch: () => refetching.act(),
    notice,
  });
  const commands = createCommandDesk({
    ...door,
    memory: book.commands,
    recorder: engine.recorder,
    actions,
    now: () => latestKnown(clock.now(), heartbeats),
    monotonicMs,
    log,
  });
  return { objects, bodies, heartbeats, commands, onAlarm, refetching, reached, leases };
}

async function takeTrust(running: RunningEdge, object: ControlObject): Promise<TakenObject> {
  const newest = attempt([], () => running.governance.trust.trust.version) ?? 0;
  // What is behind us was taken, by this way or another; what leaves one out waits for it.
  if (object.version <= newest) return 'taken';
  if (object.version > newest + 1) return 'later';
  return offer(running, 'trust', object.document);
}

async function takeSheet(running: RunningEdge, object: ControlObject): Promise<TakenObject> {
  const held = running.governance.sheets.held?.sheet.sequence ?? 0;
  if (object.version <= held) return 'taken';
  const sheet = attempt([], () => sheetOnRecord(object.document));
  // One that begins later is refused by whoever is asked too early.
  if (sheet !== undefined && sheet.from > running.edge.clock.now()) return 'later';
  return offer(running, 'limits', object.document);
}

/** Hands a document to those who judge it by its own signatures; the answer is on record. */
async function offer(
  { governance, engine, journal, edge }: RunningEdge,
  kind: GovernedKind,
  document: string,
): Promise<TakenObject> {
  const { recorder } = engine;
  const record = (entries: readonly EntryBody[]): void => {
    for (const entry of entries) recorder.stage(entry);
    recorder.flush();
  };
  const answer = await governance.apply(kind, document, { at: edge.clock.now(), record });
  await journal.durable(recorder.flush());
  edge.log(`from the hub: ${answer.says}`);
  return 'taken';
}
