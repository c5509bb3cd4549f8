import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { LedgerRecord } from '../define-report.ts';
import type { Cell, Section } from '../render/document.ts';

/** Collects incidents, changes of trading state and accepted limit sheets, in the order of the records. */
export class EventTable {
  readonly #rows: Cell[][] = [];
  #incidents = 0;

  add(record: LedgerRecord): void {
    const row = describe(record);
    if (row === undefined) return;
    if (record.kind === 'incident') this.#incidents += 1;
    this.#rows.push([instantText(record.at), record.edge, `${record.leaf}`, ...row]);
  }

  get incidents(): number {
    return this.#incidents;
  }

  section(): Section {
    return {
      id: 'events',
      title: 'Incidents, trading states, limits and runs',
      note: 'Times are the wall time of the journal.',
      columns: [
        { title: 'Recorded, UTC', kind: 'instant', share: 2 },
        { title: 'Source', kind: 'text' },
        { title: 'Leaf', kind: 'integer' },
        { title: 'Event', kind: 'text', share: 2 },
        { title: 'What happened', kind: 'text', share: 5 },
      ],
      rows: this.#rows,
      emptyText: 'No incident and no change of trading state or limits was recorded.',
    };
  }
}

function describe(record: LedgerRecord): readonly [string, string] | undefined {
  switch (record.kind) {
    case 'incident':
      return [`${record.body.severity}: ${record.body.code}`, record.body.message];
    case 'kill':
      return [`${record.body.scope} ${record.body.state}`, `${record.body.by}: ${record.body.reason}`];
    case 'limits':
      return ['limit sheet accepted', `sheet ${record.body.sheet}`];
    case 'session':
      return [record.body.event, runText(record)];
    default:
      return undefined;
  }
}

function runText(record: LedgerRecord & { readonly kind: 'session' }): string {
  const { run, release, runtime } = record.body;
  if (run === undefined) return `release ${release} on ${runtime}`;
  return `${run.bars} bars of ${run.instrument} from ${run.source}`;
}
