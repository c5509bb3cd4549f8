import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '@gatehouse/shared/errors.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { fromUnits, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { CREDENTIALS_NAME, openCredentials } from '../credentials/credentials.ts';
import type { Redaction } from '../credentials/redaction.ts';
import type { Connector, ConnectorDeps, WorkingOrder } from '../venues/define-connector.ts';
import type { Venue, VenueEvent, VenueOrder } from '../venues/venue.ts';
import type { KillVenue } from './kill-types.ts';
import { readVenueWays, type VenueWay } from './venue-ways.ts';

/**
 * A venue for a kill alone.
 *
 * Shape: `isFinal` says that it lives in our own process, so that its
 * `not-found` proves at once that an order never arrived.
 */
export type OfflineVenue = KillVenue & { readonly isFinal: boolean; close(): Promise<void> };

/** What venues are connected with where no edge runs. Shape: `root` is the edge's data folder. */
export interface OfflineVenuesDeps {
  readonly root: string;
  readonly connectors: readonly Connector[];
  readonly clock: Clock;
  readonly monotonicMs: () => number;
  readonly random: (bytes: number) => Uint8Array;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly working: readonly WorkingOrder[];
  readonly listener: (event: VenueEvent) => void;
  /** Told, once for each venue, why it cannot be reached. */
  readonly onUnreachable: (venue: string, why: string) => void;
}

/**
 * The venues that can be told to take everything back.
 *
 * Shape: one in another place is reached as the edge last reached it, with its own secret, and only where an edge traded there; one in our
 *        own process is there always, since a kill of the firm asks every venue.
 */
export function offlineVenues(deps: OfflineVenuesDeps): ReadonlyMap<string, OfflineVenue> {
  const ways = waysOf(deps);
  const venues = new Map<string, OfflineVenue>();
  for (const connector of deps.connectors) {
    for (const id of connector.venues) {
      const working = deps.working.filter(({ order }) => order.venue === id);
      const way = ways.find(({ venue, connector: name }) => venue === id && name === connector.id);
      const venue = new LateVenue(deps, { connector, id, working, way });
      // What lies in another place needs a way there; without one and without orders it was never traded at.
      if (venue.isFinal || way !== undefined || working.length > 0) venues.set(id, venue);
    }
  }
  return venues;
}

interface Place {
  readonly connector: Connector;
  readonly id: string;
  readonly working: readonly WorkingOrder[];
  readonly way: VenueWay | undefined;
}

/** Connects with the first request, and anew with the next one where that failed. */
class LateVenue implements OfflineVenue {
  readonly #deps: OfflineVenuesDeps;
  readonly #place: Place;
  #venue: Venue | undefined;
  #opening: Promise<Venue> | undefined;
  #redact: Redaction = (text) => text;
  #isTold = false;
  #isClosed = false;

  constructor(deps: OfflineVenuesDeps, place: Place) {
    this.#deps = deps;
    this.#place = place;
  }

  get isFinal(): boolean {
    return this.#place.connector.capabilities.notFoundIsFinalAfterMs === 0;
  }

  async cancel(order: string): Promise<void> {
    await (await this.#ready()).cancel(order);
  }

  async cancelAll(): Promise<void> {
    await (await this.#ready()).cancelAll();
  }

  async query(order: string): Promise<VenueOrder> {
    return await (await this.#ready()).query(order);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#venue?.close();
  }

  #ready(): Promise<Venue> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      if (!this.#isTold && !this.#isClosed) {
        this.#isTold = true;
        this.#deps.onUnreachable(this.#place.id, this.#redact(describeError(error)));
      }
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<Venue> {
    const venue = this.#place.connector.connect(this.#request());
    this.#venue = venue;
    try {
      await venue.open?.();
    } catch (error) {
      await venue.close();
      throw error;
    }
    return venue;
  }

  #request(): ConnectorDeps {
    const { clock, monotonicMs, random, sleep, root, listener } = this.#deps;
    const { id, working, way } = this.#place;
    const never = new AbortController().signal;
    const services = { clock, monotonicMs, random, sleep: (ms: number) => sleep(ms, never), log: () => {} };
    const base = { instrument: placeholderAt(id, working[0]), feeBps: ZERO, working, listener, services };
    if (way === undefined) return base;
    const { settings, account, passphraseFile } = way;
    const given = settings === undefined ? base : { ...base, settings };
    if (account === undefined) return given;
    const passphrase = passphraseFile === undefined ? undefined : readFileSync(passphraseFile, 'utf8').trim();
    const { secretOf, redact } = openCredentials({ folder: join(root, CREDENTIALS_NAME), passphrase });
    this.#redact = redact;
    return { ...given, secret: secretOf(id, account) };
  }
}

/** A kill goes on without a file that cannot be read; where orders are, their venue then says that it cannot be reached. */
function waysOf({ root, onUnreachable }: OfflineVenuesDeps): readonly VenueWay[] {
  try {
    return readVenueWays(root);
  } catch (error) {
    onUnreachable('every venue in another place', describeError(error));
    return [];
  }
}

/** To take an order back, a venue needs nothing of the instrument; prices and fills do not come here. */
function placeholderAt(venue: string, working: WorkingOrder | undefined): Instrument {
  const one = fromUnits(1n, 0);
  return {
    id: working?.order.instrument ?? 'none',
    title: 'An instrument whose orders are taken back',
    venue,
    currency: working?.order.currency ?? currency('USD'),
    tick: one,
    lot: one,
    multiplier: one,
    zone: 'UTC',
  };
}
