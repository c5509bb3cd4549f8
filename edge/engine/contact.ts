import { statSync } from 'node:fs';
import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { fromMillis, type Instant } from '@gatehouse/shared/values/instant.ts';

/** How long ago the hub was heard of. */
export interface Contact {
  /** The hub signed for something just now. */
  heard(): void;
  /** The hub signed for something at a time; that it came just now makes it no younger. Units: wall time. */
  heardAt(at: Instant): void;
  /** From now on the facts tell of a lease as well. */
  carry(lease: () => LeaseFacts): void;
  facts(): NonNullable<DecisionFacts['contact']>;
}

/** What contact with a hub lets an edge use. */
export type LeaseFacts = Pick<NonNullable<DecisionFacts['contact']>, 'lease' | 'leaseTo'>;

/**
 * The contact of an edge with its hub; an edge without a hub stands alone.
 *
 * Shape: a restart makes no contact: it goes on from the last ack that was kept, and before the first one nothing is known.
 * Units: wall time.
 */
export function createContact({ hasHub, keptAck, clock }: ContactDeps): Contact {
  let lastAt = hasHub ? keptAt(keptAck) : undefined;
  let leaseNow: () => LeaseFacts = () => ({});
  return {
    heard: () => {
      lastAt = clock.now();
    },
    heardAt: (at) => {
      const now = clock.now();
      const heard = at < now ? at : now;
      if (lastAt === undefined || heard > lastAt) lastAt = heard;
    },
    carry: (lease) => {
      leaseNow = lease;
    },
    facts: () => {
      if (!hasHub) return { kind: 'stand-alone' };
      return { kind: 'hub', ...(lastAt === undefined ? {} : { lastAt }), ...leaseNow() };
    },
  };
}

/** Where a contact is known from. Shape: `keptAck` is the file of the newest ack. */
export interface ContactDeps {
  readonly hasHub: boolean;
  readonly keptAck: string;
  readonly clock: Clock;
}

function keptAt(path: string): Instant | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : fromMillis(Math.floor(stat.mtimeMs));
}
