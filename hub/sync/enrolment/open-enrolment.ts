import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { EdgeDoorsConfig } from '../../config.ts';
import type { Ledger } from '../../ledger/append.ts';
import type { HubStream } from '../../ledger/hub-stream.ts';
import type { Database } from '../../store/database.ts';
import type { DoorHandler } from '../edge-door/door-routes.ts';
import { type EdgeDoor, openEdgeDoor } from '../edge-door/edge-door.ts';
import { keepPort, openOnKeptPorts } from '../kept-port.ts';
import { loadAuthority } from './authority.ts';
import { type DeviceAccess, openDeviceAccess } from './device-access.ts';
import { createDeviceRequests, type DeviceRequests } from './device-requests.ts';
import { ENDED_ACCESS_FILE, openEndedAccess } from './ended-access.ts';
import { createEnrolmentDesk, type EnrolmentDesk } from './enrolment-desk.ts';
import type { HubPlace } from './enrolment-work.ts';
import { openServerCertificate, type ServerCertificate } from './server-certificate.ts';

/** What enrolment needs of a hub. Shape: `folder` is the hub's own. */
export interface EnrolmentOptions {
  readonly config: EdgeDoorsConfig;
  readonly folder: string;
  readonly hub: string;
  readonly database: Database;
  readonly stream: HubStream;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** Who may come in, before any door is open. */
export interface Enrolment {
  readonly desk: EnrolmentDesk;
  readonly access: DeviceAccess;
  readonly requests: DeviceRequests;
  readonly certificate: ServerCertificate;
  /** Opens the door over HTTPS; `broker` is where enrolled edges find the broker, absent where they cannot reach it safely. */
  openDoor(door: { readonly broker: string | undefined; readonly shapes?: DoorHandler | undefined }): Promise<EdgeDoor>;
  close(): Promise<void>;
}

const DOOR_PORT_FILE = 'edge-door.port';

/** Opens everything about enrolment but the doors. Errors: those of `loadAuthority`; `DATABASE_UNREACHABLE`. */
export async function openEnrolment(options: EnrolmentOptions): Promise<Enrolment> {
  const { config, folder, hub, clock, ledger, log } = options;
  const now = clock.now();
  const authority = await loadAuthority({ folder: join(folder, 'authority'), hub, now, given: config.authority });
  const certificate = await openServerCertificate({ authority, name: hub, hosts: config.hosts, clock, log });
  const ended = await openEndedAccess({ ...options, path: join(folder, ENDED_ACCESS_FILE) });
  const access = await openDeviceAccess({ ...options, ended, monotonicMs: () => performance.now() });
  let place: HubPlace | undefined;
  const random = (bytes: number) => randomBytes(bytes);
  const hubKey = ledger.signer.verifierKey;
  const deps = { ...options, random, authority, hubKey, place: () => open(place) };
  const requests = createDeviceRequests(deps);
  return {
    desk: createEnrolmentDesk({ ...deps, changed: access.refresh.bind(access) }),
    access,
    requests,
    certificate,
    openDoor: async ({ broker, shapes }) => {
      const [name = 'localhost'] = config.hosts;
      const shared = { host: config.listen, name, certificate, access, requests, shapes, log };
      const kept = { wanted: config.port, file: join(folder, DOOR_PORT_FILE) };
      const door = await openOnKeptPorts(
        [kept],
        ([port = 0]) => openEdgeDoor({ ...shared, port, monotonicMs: () => performance.now() }),
        log,
      );
      await keepPort(kept.file, door.address);
      if (broker !== undefined) place = { door: door.address, broker };
      return door;
    },
    close: async () => {
      certificate.close();
      await access.close();
    },
  };
}

function open(place: HubPlace | undefined): HubPlace {
  if (place !== undefined) return place;
  throw new KitError('STATE_CONFLICT', 'no edge can be enrolled: it could not reach the broker with its certificate', {
    hint: 'Give the hub a broker behind TLS, MQTT_URL=mqtts://…, or leave MQTT_URL out to use its own.',
  });
}
