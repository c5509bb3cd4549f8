import { describeError } from '@gatehouse/shared/errors.ts';
import { isLiveEnrolment } from '@gatehouse/shared/schema/enrolment.ts';
import { addMs, instantText, toMillis } from '@gatehouse/shared/values/instant.ts';
import { alarmsSince, raiseAlarms } from '../../store/alarm-rows.ts';
import {
  type DeviceRow,
  findEnrolment,
  forgetInstances,
  readDevices,
  seeInstance,
  writeSeen,
} from '../../store/enrolment-rows.ts';
import type { DeviceIdentity } from './device-identity.ts';
import type { EndedAccess } from './ended-access.ts';
import { type EnrolmentDeps, type EnrolmentWork, inEnrolmentWork } from './enrolment-work.ts';

/** Whom the hub's doors let in, as the database said a moment ago. */
export interface DeviceAccess {
  /** Why a certificate opens nothing at this moment; undefined where it does. Shape: asked for each connection and message. */
  refusalOf(device: DeviceIdentity): string | undefined;
  /** Whether a name was ever enrolled: it then needs its certificate, everywhere. */
  isEnrolled(edge: string): boolean;
  /** Whether a name may be heard through a broker that is not ours and checks certificates itself. */
  isHeard(edge: string): boolean;
  /** Keeps that a device was here, and by which run of its process. */
  seen(device: DeviceIdentity, instance?: string): void;
  /** Tells of each reading, so that a door cuts off who is not let in any more. */
  onRead(listener: () => void): () => void;
  /** Reads at once, after a decision. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** What it reads with. */
export interface DeviceAccessDeps extends Pick<EnrolmentDeps, 'database' | 'stream' | 'clock'> {
  readonly monotonicMs: () => number;
  readonly log: (line: string) => void;
  readonly pollMs?: number;
  /** What was taken away, beside the database. */
  readonly ended: EndedAccess;
}

/** How often the list is read, so that a revocation at another hub counts here. Units: milliseconds. */
const POLL_MS = 1_000;
/** A list that is older opens nothing: a revocation might not have been heard. Units: milliseconds. */
export const STALE_MS_MAX = 15_000;
/** So many enrolments with a certificate are known; older ones open nothing. */
const DEVICES_MAX = 10_000;
/** How often it is written that a device was seen. Units: milliseconds. */
const SEEN_MS_MIN = 30_000;
const SWEEP_MS = 60_000;
const WAITING_MAX = 1_000;
const INSTANCES_KEPT = 50;
const ALARM_AGAIN_MS = 3_600_000;

/** Opens the list and keeps it read. Errors: `DATABASE_UNREACHABLE` where it cannot be read at the start. */
export async function openDeviceAccess(deps: DeviceAccessDeps): Promise<DeviceAccess> {
  const access = new PolledAccess(deps);
  await access.begin();
  return access;
}

interface Sighting {
  readonly device: DeviceIdentity;
  readonly instance: string | undefined;
}

class PolledAccess implements DeviceAccess {
  readonly #deps: DeviceAccessDeps;
  readonly #listeners = new Set<() => void>();
  #devices: ReadonlyMap<string, DeviceRow> = new Map();
  #names: ReadonlyMap<string, boolean> = new Map();
  #readMs = Number.NEGATIVE_INFINITY;
  #sweptMs = Number.NEGATIVE_INFINITY;
  readonly #lastSeen = new Map<string, { readonly atMs: number; readonly instance: string | undefined }>();
  #waiting: Sighting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;
  #isSilent = false;

  constructor(deps: DeviceAccessDeps) {
    this.#deps = deps;
  }

  async begin(): Promise<void> {
    await this.#deps.ended.begin(await readDevices(this.#deps.database, DEVICES_MAX));
    await this.#read();
    this.#plan();
  }

  refusalOf({ edge, enrolment, endsAtMs }: DeviceIdentity): string | undefined {
    if (toMillis(this.#deps.clock.now()) >= endsAtMs) return `the certificate of ${edge} has ended`;
    if (this.#isStale()) return 'the hub has lost sight of its list of devices';
    if (!this.#deps.ended.isKnown) return 'the list of devices waits for somebody to confirm it';
    const known = this.#devices.get(enrolment);
    if (known === undefined || known.edge !== edge) return `the enrolment ${enrolment} of ${edge} is not known here`;
    return isLiveEnrolment(known.state) ? undefined : `the enrolment ${enrolment} of ${edge} is ${known.state}`;
  }

  isEnrolled(edge: string): boolean {
    return this.#names.has(edge);
  }

  isHeard(edge: string): boolean {
    const isLive = this.#names.get(edge);
    return isLive === undefined || (isLive && !this.#isStale() && this.#deps.ended.isKnown);
  }

  seen(device: DeviceIdentity, instance?: string): void {
    const nowMs = this.#deps.monotonicMs();
    const last = this.#lastSeen.get(device.enrolment);
    const isKnown = last !== undefined && (instance === undefined || last.instance === instance);
    if (isKnown && nowMs - last.atMs < SEEN_MS_MIN) return;
    if (this.#waiting.length >= WAITING_MAX) return;
    this.#lastSeen.set(device.enrolment, { atMs: nowMs, instance });
    this.#waiting.push({ device, instance });
  }

  onRead(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  refresh(): Promise<void> {
    const next = this.#turn.then(() => this.#read());
    this.#turn = next.catch(() => undefined);
    return next;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#turn;
  }

  #isStale(): boolean {
    return this.#deps.monotonicMs() - this.#readMs > STALE_MS_MAX;
  }

  #plan(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#round(), this.#deps.pollMs ?? POLL_MS);
    this.#timer.unref();
  }

  async #round(): Promise<void> {
    const turn = this.#turn.then(() => this.#work());
    this.#turn = turn.catch(() => undefined);
    try {
      await turn;
      this.#isSilent = false;
    } catch (error) {
      if (!this.#isSilent) this.#deps.log(`the list of devices cannot be read: ${describeError(error)}`);
      this.#isSilent = true;
    }
    this.#plan();
  }

  async #work(): Promise<void> {
    await this.#write();
    await this.#read();
  }

  async #read(): Promise<void> {
    const startedMs = this.#deps.monotonicMs();
    const rows = await readDevices(this.#deps.database, DEVICES_MAX);
    await this.#deps.ended.learn(rows);
    this.#devices = new Map(rows.map((row) => [row.enrolmentId, row]));
    const names = new Map<string, boolean>();
    for (const { edge, state } of rows) names.set(edge, (names.get(edge) ?? false) || isLiveEnrolment(state));
    this.#names = names;
    for (const enrolment of this.#lastSeen.keys()) if (!this.#devices.has(enrolment)) this.#lastSeen.delete(enrolment);
    this.#readMs = startedMs;
    for (const listener of this.#listeners) listener();
  }

  /** Writes who was seen, and ends what is overdue, at times also when nobody was. */
  async #write(): Promise<void> {
    const nowMs = this.#deps.monotonicMs();
    if (this.#waiting.length === 0 && nowMs - this.#sweptMs < SWEEP_MS) return;
    const sightings = this.#waiting;
    this.#waiting = [];
    this.#sweptMs = nowMs;
    await inEnrolmentWork(this.#deps, async (work) => {
      for (const sighting of sightings) await keepSighting(work, sighting);
    });
  }
}

async function keepSighting(work: EnrolmentWork, { device, instance }: Sighting): Promise<void> {
  const { tx, at, now } = work;
  const { edge, enrolment } = device;
  const row = await findEnrolment(tx, enrolment);
  if (row === undefined || !isLiveEnrolment(row.state)) return;
  if (row.state === 'approved') {
    await work.move(row, 'use');
    const after = { enrolment, serial: device.serial };
    await work.record({ action: 'device.first-connected', by: edge, target: edge, after });
  }
  await writeSeen(tx, enrolment, at);
  if (instance === undefined) return;
  const isOlder = await seeInstance(tx, { edge, instance, at });
  await forgetInstances(tx, edge, INSTANCES_KEPT);
  if (!isOlder) return;
  const code = 'EDGE_CLONED';
  if ((await alarmsSince(tx, { code, edge, after: instantText(addMs(now, -ALARM_AGAIN_MS)) })) > 0) return;
  const message = `two processes work as ${edge} at the same time: a run that had ended by all signs is back (${instance}). The machine was cloned, or an old copy of it was started. Revoke its access, and find the second machine before it is enrolled again.`;
  await raiseAlarms(tx, [{ code, severity: 'alarm', edge, message }], at);
}
