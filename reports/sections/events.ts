import type { KillBody } from '@gatehouse/shared/schema/bodies.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { LedgerRecord } from '../define-report.ts';
import type { Cell, Section } from '../render/document.ts';

/** Collects incidents, kills and releases, and what was accepted: sheets, tickets, trust, dated files; in the order of the records. */
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
      title: 'Incidents, kills, releases, limits and runs',
      note: 'Times are the wall time of the journal.',
      columns: [
        { title: 'Recorded, UTC', kind: 'instant', share: 2 },
        { title: 'Source', kind: 'text' },
        { title: 'Leaf', kind: 'integer' },
        { title: 'Event', kind: 'text', share: 2 },
        { title: 'What happened', kind: 'text', share: 5 },
      ],
      rows: this.#rows,
      emptyText: 'No incident, no kill and no change of limits was recorded.',
    };
  }
}

function describe(record: LedgerRecord): readonly [string, string] | undefined {
  switch (record.kind) {
    case 'incident':
      return [`${record.body.severity}: ${record.body.code}`, record.body.message];
    case 'kill':
      return [`kill ${record.body.id}, ${record.body.level}`, killText(record.body)];
    case 'release':
      return [`release of ${record.body.kill}`, `${record.body.by.join(', ')}: ${record.body.reason}`];
    case 'override':
      return ['override accepted', `ticket ${record.body.ticket}`];
    case 'trust':
      return ['trust accepted', `version ${record.body.version}, ${record.body.hash}`];
    case 'facts':
      return ['dated file in force', `${record.body.kind} ${record.body.hash}`];
    case 'limits':
      return ['limit sheet accepted', `sheet ${record.body.sheet}`];
    case 'session':
      return [record.body.event, runText(record)];
    default:
      return undefined;
  }
}

function killText({ scopes, by, reason, trigger }: KillBody): string {
  const tripped = trigger === undefined ? '' : ` (breaker ${trigger.breaker})`;
  return `${scopes.join(' and ')}, by ${by}${tripped}: ${reason}`;
}

function runText(record: LedgerRecord & { readonly kind: 'session' }): string {
  const { run, release, runtime } = record.body;
  if (run === undefined) return `release ${release} on ${runtime}`;
  return `${run.bars} bars of ${run.instrument} from ${run.source}`;
}
