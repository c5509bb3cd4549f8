import { judgeAge } from '@gatehouse/compliance/data-age.ts';
import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { addMs, type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';

/** How far an edge trades by what its sheet says of contact with the hub, for whoever watches. Shape: times as text. */
export interface ContactStanding {
  /** Shape: `unbound` where the sheet turns the control off; `reducing` and `halted` are what the gate holds orders to now. */
  readonly mode: 'unbound' | 'stands-alone' | 'active' | 'reducing' | 'halted';
  /** When the hub was last heard; absent before the first time and where there is no hub. */
  readonly heardAt?: string;
  /** When only what reduces passes, and when nothing does, if the hub is not heard again. */
  readonly reducesFrom?: string;
  readonly haltsFrom?: string;
}

/** What a standing is worked out from. Shape: `sheet` is the one held; the control judges every order by the same figures. */
export interface ContactLook {
  readonly facts: NonNullable<DecisionFacts['contact']>;
  readonly sheet: Sheet | undefined;
  readonly now: Instant;
}

const CONTROL = 'contact-age';
const Figures = z.object({ contactAgeMsMax: z.int(), standAlone: z.enum(['no', 'yes']) });

/** The same answer as the control of contact gives to an order of any scope, in words for a person. */
export function contactStanding({ facts, sheet, now }: ContactLook): ContactStanding {
  const line = sheet?.controls.find(({ control }) => control === CONTROL);
  if (line === undefined) return { mode: 'halted' };
  const heard = facts.kind === 'hub' && facts.lastAt !== undefined ? { heardAt: instantText(facts.lastAt) } : {};
  if ('off' in line) return { mode: 'unbound', ...heard };
  const rules = line.on.map(({ figures }) => Figures.safeParse(figures));
  const read = rules.flatMap(({ data }) => (data === undefined ? [] : [data]));
  if (read.length < rules.length) return { mode: 'halted', ...heard };
  if (facts.kind === 'stand-alone') {
    return { mode: read.every(({ standAlone }) => standAlone === 'yes') ? 'stands-alone' : 'halted' };
  }
  const { lastAt, leaseTo } = facts;
  if (lastAt === undefined) return { mode: 'halted' };
  const ageMsMax = Math.min(...read.map(({ contactAgeMsMax }) => contactAgeMsMax));
  const isOld = judgeAge('last contact', { at: lastAt, now, ageMsMax }).problem !== undefined;
  const haltsFrom = instantText(addMs(lastAt, ageMsMax));
  // The gate refuses where it does not know when the lease ends.
  if (isOld || leaseTo === undefined) return { mode: 'halted', ...heard, haltsFrom };
  return { mode: now < leaseTo ? 'active' : 'reducing', ...heard, reducesFrom: instantText(leaseTo), haltsFrom };
}
