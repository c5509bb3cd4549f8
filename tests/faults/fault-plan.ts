import { appendFileSync } from 'node:fs';
import type { Part } from '../fixtures/firm.ts';

/** What is killed, and when. Units: `atShare` of the series; `laterMs` after the bar at that share is done. */
export interface PlannedKill {
  readonly part: Exclude<Part, 'start'>;
  readonly atShare: number;
  readonly laterMs: number;
}

const FIRST_SHARE = 0.02;
const LAST_SHARE = 0.2;
const LATER_MS_MAX = 120;
const PARTS = ['edge', 'hub', 'postgres'] as const;

/** How many replays are interrupted; the long form sets more. */
export const FAULT_ROUNDS = countIn('GATEHOUSE_FAULT_ROUNDS', 1);

/** At how many random moments an edge that trades over the wire is killed; the long form sets more. */
export const FAULT_KILLS = countIn('GATEHOUSE_FAULT_KILLS', 1);

/** At how many steps of an order, drawn by the seed, an edge is killed; the long form takes every step. */
export const FAULT_STEPS = countIn('GATEHOUSE_FAULT_STEPS', 3);

/** How many worlds are simulated; 0 is the short form, whose seeds are always the same. */
export const SIM_SEEDS = countIn('GATEHOUSE_SIM_SEEDS', 0);

/** How often a broker loses all it has; the long form sets more. */
export const FAULT_WIPES = countIn('GATEHOUSE_FAULT_WIPES', 3);

/** How often a disk is filled under a journal; the long form sets more. */
export const FAULT_FILLS = countIn('GATEHOUSE_FAULT_FILLS', 3);

/** How often a disk is filled under the whole firm; the long form sets more. */
export const FAULT_FIRM_FILLS = countIn('GATEHOUSE_FAULT_FIRM_FILLS', 1);

/** The seed of the first round; the next round takes the next one. */
export const FAULT_SEED = countIn('GATEHOUSE_FAULT_SEED', Math.floor(Math.random() * 1_000_000));

/** Numbers from 0 to 1 that only depend on the seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Kills of every part, and more, at moments that the seed chooses. Shape: in the order of their moments. */
export function planKills(seed: number, count: number): readonly PlannedKill[] {
  const random = seededRandom(seed);
  const parts = Array.from({ length: count }, (_, index) => PARTS[index] ?? PARTS[Math.floor(random() * 3)] ?? 'edge');
  const order = parts.map((part) => ({ part, rank: random() })).toSorted((a, b) => a.rank - b.rank);
  const shares = parts.map(() => FIRST_SHARE + random() * (LAST_SHARE - FIRST_SHARE)).toSorted((a, b) => a - b);
  return order.map(({ part }, index) => ({
    part,
    atShare: shares[index] ?? FIRST_SHARE,
    laterMs: Math.floor(random() * LATER_MS_MAX),
  }));
}

/** Says what a round did, on the terminal and in the file that GATEHOUSE_FAULT_LOG names, if any. */
export function tellRound(line: string): void {
  process.stdout.write(`${line}\n`);
  const file = process.env['GATEHOUSE_FAULT_LOG'];
  if (file !== undefined) appendFileSync(file, `${line}\n`);
}

function countIn(name: string, otherwise: number): number {
  const count = Number(process.env[name] ?? otherwise);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new Error(`${name} is not a count`);
}

/** As many of a list as the short form has time for, others with each seed, in their order; the long form takes all. */
export function drawnBySeed<Step>(steps: readonly Step[]): readonly Step[] {
  const random = seededRandom(FAULT_SEED);
  const places = steps.map((_, index) => ({ index, lot: random() })).sort((a, b) => a.lot - b.lot);
  const chosen = new Set(places.slice(0, FAULT_STEPS).map(({ index }) => index));
  return steps.filter((_, index) => chosen.has(index));
}

/** One of a list, another one with each seed; the long form takes all. */
export function oneBySeed<Case>(cases: readonly Case[]): readonly Case[] {
  const one = cases[Math.floor(seededRandom(FAULT_SEED)() * cases.length)];
  return FAULT_ROUNDS > 1 || one === undefined ? cases : [one];
}
