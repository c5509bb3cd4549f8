import { factsOnRecord } from '@gatehouse/compliance/facts-document.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { InstrumentRow } from '../store/governance-rows.ts';
import { pairKey } from './pair-key.ts';
import { count, type ProjectionWork, type Projector } from './projection-work.ts';

/** A permission for one order was accepted. */
export const projectOverride: Projector<'override'> = (work, { leaf, edge, body }) => {
  const { ticket, document } = body;
  const key = pairKey(edge, ticket);
  if (work.tickets.has(key)) return `ticket ${ticket} is on record already`;
  work.tickets.set(key, { edge, ticket, document, leaf, order_id: null, used_leaf: null });
  count(work, 'overrides');
  return undefined;
};

interface TicketUse {
  readonly edge: string;
  readonly ticket: string;
  readonly order: string;
  readonly leaf: number;
}

/** Puts down which order used a ticket up. A use that no ticket allows is shown as recorded, with an alarm. */
export function useTicket(work: ProjectionWork, { edge, ticket, order, leaf }: TicketUse): void {
  const key = pairKey(edge, ticket);
  const row = work.tickets.get(key);
  if (row !== undefined && row.order_id === null) {
    work.tickets.set(key, { ...row, order_id: order, used_leaf: leaf });
    return;
  }
  const fault = row === undefined ? 'which is unknown' : `which order ${row.order_id} had used up`;
  const message = `order ${order} passed by ticket ${ticket}, ${fault}`;
  work.alarms.push({ code: 'TICKET_MISUSED', severity: 'alarm', edge, message, leaf });
}

/** Who may sign what from now on. A version that goes back is shown as recorded, with an alarm. */
export const projectTrust: Projector<'trust'> = (work, { leaf, edge, body }) => {
  const { version, hash, document } = body;
  const known = work.trust.get(edge) ?? [];
  const same = known.find((row) => row.version === version);
  if (same !== undefined)
    return same.hash === hash ? undefined : `version ${version} of the trust document is another one`;
  const highest = Math.max(0, ...known.map((row) => row.version));
  if (version < highest) {
    const message = `the trust document went back from version ${highest} to ${version}`;
    work.alarms.push({ code: 'TRUST_WENT_BACK', severity: 'alarm', edge, message, leaf });
  }
  work.trust.set(edge, [...known, { edge, version, hash, document, leaf }]);
  return undefined;
};

/** A dated file that decisions of the edge use from now on. Errors: those of `factsOnRecord`, which set the entry aside. */
export const projectFacts: Projector<'facts'> = (work, { leaf, edge, body }) => {
  const { kind, hash, files, part } = body;
  if (part !== undefined) {
    // Whoever judges again puts the parts together; the list of files needs no more than what the last part says.
    if (part.number < part.of) return undefined;
    work.factsFiles.push({ hash, kind, as_of: instantText(part.asOf), source: part.source, leaf });
  }
  if (part !== undefined || body.ended === true) {
    work.factsInUse.push({ leaf, edge, kind, hash, files });
    return undefined;
  }
  const { document } = factsOnRecord(body);
  work.factsFiles.push({ hash, kind, as_of: instantText(document.asOf), source: document.source, leaf });
  work.factsInUse.push({ leaf, edge, kind, hash, files });
  if (document.kind === 'instruments') {
    const rows = document.rows.map((row): [string, InstrumentRow] => [
      row.id,
      {
        edge,
        instrument: row.id,
        title: row.title,
        currency: row.currency,
        asset_class: row.assetClass,
        sector: row.sector,
        multiplier: toText(row.multiplier),
        leaf,
      },
    ]);
    work.registries.set(edge, new Map(rows));
  }
  return undefined;
};
