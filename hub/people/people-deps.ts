import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { PeopleStore } from './people-store.ts';
import type { SecretSeal } from './sealed-secret.ts';
import type { RandomBytes } from './secret-token.ts';

/** What everything about people stands on. */
export interface PeopleDeps {
  readonly store: PeopleStore;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly seal: SecretSeal;
}
