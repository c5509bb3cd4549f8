import type { KitError } from '@gatehouse/shared/errors.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { EdgeConfig } from '../config.ts';
import type { Journal } from '../journal/journal-types.ts';
import type { KillSwitch } from '../kill/kill-switch.ts';
import { refutedFile, takeAcceptedLedger } from '../sync/accepted-ledger.ts';
import type { HubIdentity } from '../sync/enrolment/hub-identity.ts';
import { openLedgerWitness } from '../sync/ledger-witness.ts';
import { createStoredAck } from '../sync/stored-ack.ts';
import { startUplink, type Uplink } from '../sync/uplink.ts';
import type { Contact } from './contact.ts';
import { contradictionOf, createContradiction } from './contradiction.ts';
import { type EdgeCredentials, type EdgeFolders, readVerifierKey } from './edge-files.ts';
import type { Engine } from './engine.ts';
import { createHubAlarms } from './hub-alarms.ts';

/** What connects an edge to its hub. */
export interface HubConnectionDeps {
  readonly config: EdgeConfig;
  readonly credentials: EdgeCredentials;
  readonly folders: EdgeFolders;
  readonly journal: Journal;
  readonly engine: Pick<Engine, 'recorder'>;
  readonly killSwitch: Pick<KillSwitch, 'kill'>;
  readonly contact: Pick<Contact, 'heard'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly monotonicMs: () => number;
  readonly randomUnit: () => number;
  readonly log: (line: string) => void;
  /** What an enrolled edge shows to the broker. */
  readonly identity?: Pick<HubIdentity, 'secure'> | undefined;
  /** Hears of an ack that the journal contradicts, once the halt is in force and orders were taken back. */
  readonly onContradiction: (error: KitError) => void;
  /** Hears signed notes that come by the broker and cannot wait. */
  readonly onDown?: ((note: string) => void) | undefined;
}

/**
 * Compares the journal with the newest ack that was kept, before anything is appended to it.
 *
 * Shape:  an entry that is written after a lost end would stand where the hub holds another: a loss would become a fork.
 * Errors: `JOURNAL_LOST`, `STREAM_FORKED`; `NOT_FOUND` for the hub's key file, those of `parseVerifierKey`.
 */
export async function checkKeptAck({
  config,
  folders,
  journal,
}: Pick<HubConnectionDeps, 'config' | 'folders' | 'journal'>): Promise<void> {
  if (config.hub === undefined) return;
  const kept = await createStoredAck(folders.storedAck, [readVerifierKey(config.hub.keyFile)]).load();
  if (kept === undefined || kept.edge !== config.edge) return;
  // Two people closed the epochs before this one; what was acknowledged in them is what this one goes on from.
  if (kept.epoch < journal.head.epoch) return;
  const isSame = kept.epoch === journal.head.epoch;
  const comparison = isSame ? await journal.compareWithAck(kept.seq, kept.hash) : 'forked';
  if (comparison === 'lost' || comparison === 'forked') throw contradictionOf(comparison, kept, journal);
}

/**
 * Starts the way of the records to the hub, where the settings name one.
 *
 * Shape:  a signed ack that the journal contradicts halts the firm at this edge, is an incident and ends the
 *         process: each further entry would lie where the hub holds another.
 * Errors: `NOT_FOUND` for the hub's key file, those of `parseVerifierKey`, `CONFIG_INVALID`.
 */
export async function connectHub(deps: HubConnectionDeps): Promise<Uplink | undefined> {
  const { config, folders, credentials } = deps;
  if (config.hub === undefined) return undefined;
  const hub = [readVerifierKey(config.hub.keyFile)];
  const stored = createStoredAck(folders.storedAck, hub);
  const contradicted = createContradiction(deps);
  // How far it reaches is the least that a newer one must reach to take its place.
  await stored.load();
  await takeAcceptedLedger({ ...deps, seenLedger: folders.seenLedger, record: (entry) => onRecord(deps, entry) });
  const { epoch } = deps.journal.head;
  const witness = await openLedgerWitness({ path: folders.seenLedger, hub, epoch });
  return startUplink({
    ...deps,
    ...createHubAlarms({ ...deps, evidence: refutedFile(folders.seenLedger) }),
    url: config.hub.broker,
    files: config.hub.files,
    secure: deps.identity?.secure,
    bytesPerSecond: config.hub.bytesPerSecond,
    witness,
    signer: credentials.signer,
    hub,
    random: deps.randomUnit,
    onAck: (note, ack) => {
      deps.contact.heard();
      stored.keep(note, ack);
    },
    onLoss: (ack, note) => {
      // The next start finds by it that entries are missing, and fetches them.
      stored.keep(note, ack);
      contradicted('lost', ack);
    },
    onFork: (ack) => contradicted('forked', ack),
  });
}

function onRecord({ engine, journal }: HubConnectionDeps, entry: EntryBody): Promise<void> {
  engine.recorder.stage(entry);
  return journal.durable(engine.recorder.flush());
}
