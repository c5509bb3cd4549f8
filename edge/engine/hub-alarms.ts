import { createKeptText } from '../sync/kept-text.ts';
import type { UplinkDeps } from '../sync/uplink.ts';
import type { Engine } from './engine.ts';

/** What alarms about the hub's ledger need. Shape: `evidence` is the file that keeps what the hub signed against itself. */
export interface HubAlarmDeps {
  readonly engine: Pick<Engine, 'recorder'>;
  readonly log: (line: string) => void;
  readonly evidence: string;
}

/**
 * Puts on record what this edge, as a witness, found wrong with the hub's ledger, and what keeps its records from going there.
 *
 * Shape: trading goes on: the records are safe here, and the offline policy counts the time without a hub that is believed.
 */
export function createHubAlarms({
  engine,
  log,
  evidence,
}: HubAlarmDeps): Pick<UplinkDeps, 'onSetBack' | 'onRefuted' | 'onTooLong'> {
  const alarm = (code: string, message: string, hint: string): void => {
    log(`ALARM ${code}: ${message}. ${hint}`);
    engine.recorder.stage({ kind: 'incident', body: { v: 1, code, severity: 'alarm', message, hint } });
    engine.recorder.flush();
  };
  return {
    onSetBack: (message) => {
      const hint =
        'The entries that the hub lacks are sent again; find out from which backup it was restored, and what else it lost.';
      alarm('HUB_SET_BACK', message, hint);
    },
    onTooLong: (message) => {
      const hint =
        'Nothing behind it reaches the hub, and it is tried again ever less often; let the broker take packets of at least 1,100,000 bytes ("max_packet_size" in Mosquitto).';
      alarm('ENTRY_TOO_LONG', message, hint);
    },
    onRefuted: (message, note) => {
      createKeptText(evidence).keep(note);
      const hint = `Nothing it acknowledges counts. What it signed is kept in ${evidence}; stop the edge and run "gatehouse edge ledger", and accept it only where the hub is known to be restored (docs/restored-hub.md).`;
      alarm('HUB_REFUTED', message, hint);
    },
  };
}
