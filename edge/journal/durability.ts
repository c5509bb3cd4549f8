import type { KitError } from '@gatehouse/shared/errors.ts';
import type { ChainHead } from '@gatehouse/shared/journal/chain.ts';

/** A group on its way to the disk. */
interface Group {
  readonly head: ChainHead;
  readonly bytes: number;
}

interface Waiter {
  readonly seq: number;
  readonly resolve: () => void;
  readonly reject: (error: KitError) => void;
}

/** What was assigned and what of it is durable, with those who wait for the difference. */
export interface Durability {
  /** The head of the durable entries. */
  readonly head: ChainHead;
  /** The length of what is assigned and not yet durable. */
  readonly waitingBytes: number;
  assigned(group: Group): void;
  reached(seq: number): void;
  wait(seq: number): Promise<void>;
  fail(error: KitError): void;
}

/** Starts with everything up to a head durable. */
export function createDurability(start: ChainHead): Durability {
  let head = start;
  let waitingBytes = 0;
  let groups: Group[] = [];
  let waiters: Waiter[] = [];

  return {
    get head() {
      return head;
    },
    get waitingBytes() {
      return waitingBytes;
    },
    assigned: (group) => {
      groups.push(group);
      waitingBytes += group.bytes;
    },
    reached: (seq) => {
      const done = countWhile(groups, (group) => group.head.seq <= seq);
      for (const group of groups.slice(0, done)) waitingBytes -= group.bytes;
      head = groups[done - 1]?.head ?? head;
      groups = groups.slice(done);
      const served = countWhile(waiters, (waiter) => waiter.seq <= seq);
      const ready = waiters.slice(0, served);
      waiters = waiters.slice(served);
      for (const waiter of ready) waiter.resolve();
    },
    wait: (seq) => {
      if (seq <= head.seq) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const waiter = { seq, resolve, reject };
        const place = waiters.findLastIndex((other) => other.seq <= seq) + 1;
        if (place === waiters.length) waiters.push(waiter);
        else waiters.splice(place, 0, waiter);
      });
    },
    fail: (error) => {
      const lost = waiters;
      waiters = [];
      for (const waiter of lost) waiter.reject(error);
    },
  };
}

/** How many items at the start satisfy a condition. */
function countWhile<T>(items: readonly T[], holds: (item: T) => boolean): number {
  const end = items.findIndex((item) => !holds(item));
  return end === -1 ? items.length : end;
}
