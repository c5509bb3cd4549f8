import { sheetOnRecord } from '@gatehouse/compliance/sheet-document.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { Count, HashText, Identifier } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';

/** What the journal has accepted of who may sign what, and of what they signed. */
export interface GovernanceAccepted {
  readonly sheet: { readonly hash: string; readonly sequence: number } | undefined;
  readonly trust: { readonly hash: string; readonly version: number } | undefined;
  /** Ids of the tickets that were accepted, the newest last. */
  readonly tickets: readonly string[];
}

/** Folds entries into what was accepted. */
export interface GovernanceRecord {
  readonly accepted: GovernanceAccepted;
  fold(entry: EntryBody): void;
  snapshot(): JsonValue;
}

/** So many tickets are remembered; the term of a ticket is short, so an older one is over. */
export const TICKETS_REMEMBERED_MAX = 10_000;

const Snapshot = z.strictObject({
  sheet: z.strictObject({ hash: HashText, sequence: Count }).optional(),
  trust: z.strictObject({ hash: HashText, version: Count }).optional(),
  tickets: z.array(Identifier).max(TICKETS_REMEMBERED_MAX),
});

/** What entries of the kinds `limits`, `trust` and `override` add up to. Errors: `MESSAGE_MALFORMED` for a snapshot of another form. */
export function createGovernanceRecord(snapshot?: JsonValue): GovernanceRecord {
  const start = snapshot === undefined ? undefined : decode(Snapshot, snapshot, 'the snapshot of governance');
  let { sheet, trust }: { sheet?: GovernanceAccepted['sheet']; trust?: GovernanceAccepted['trust'] } = start ?? {};
  const tickets = new Set(start?.tickets);
  return {
    get accepted() {
      return { sheet, trust, tickets: [...tickets] };
    },
    fold({ kind, body }) {
      if (kind === 'limits') sheet = { hash: body.sheet, sequence: sheetOnRecord(body.document).sequence };
      if (kind === 'trust') trust = { hash: body.hash, version: body.version };
      if (kind !== 'override') return;
      tickets.add(body.ticket);
      const [oldest] = tickets;
      if (tickets.size > TICKETS_REMEMBERED_MAX && oldest !== undefined) tickets.delete(oldest);
    },
    snapshot: () => ({
      ...(sheet === undefined ? {} : { sheet }),
      ...(trust === undefined ? {} : { trust }),
      tickets: [...tickets],
    }),
  };
}
