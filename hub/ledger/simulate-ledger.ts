import type { RuleSet } from '@gatehouse/compliance/rule-set.ts';
import {
  createSimulation,
  SIMULATION_LISTED_MAX,
  type SimulatedDays,
  type Simulation,
  type SimulationResult,
} from '@gatehouse/compliance/simulate-limits.ts';
import { type Database, inSnapshot } from '../store/database.ts';
import { visitEntries } from './visit-entries.ts';

/** What a proposed sheet would have changed, with the records of the edges that could not be read. */
export interface LedgerSimulation extends SimulationResult {
  readonly unreadable: number;
}

/** Judges the past orders of all edges by a proposed sheet, as of one moment; see `createSimulation` for what that can say. */
export function simulateLedger(
  database: Database,
  proposal: { readonly rules: RuleSet; readonly days: SimulatedDays },
): Promise<LedgerSimulation> {
  return inSnapshot(database, async (tx) => {
    const edges = new Map<string, Simulation>();
    let unreadable = 0;
    await visitEntries(tx, {
      onEntry: ({ edge, leaf, entry }) => {
        const simulation = edges.get(edge) ?? createSimulation(proposal);
        edges.set(edge, simulation);
        simulation.take(entry, `leaf ${leaf}`);
      },
      onUnreadable: () => {
        unreadable += 1;
      },
      onDisposed: () => {
        unreadable += 1;
      },
    });
    const empty = createSimulation(proposal).result();
    return { ...[...edges.values()].map((one) => one.result()).reduce(joined, empty), unreadable };
  });
}

/** Two journals as one result; each order lies in one of them. */
function joined(first: SimulationResult, second: SimulationResult): SimulationResult {
  const changed = [...first.changed, ...second.changed];
  const names = [...new Set([...first.controls, ...second.controls].map(({ control }) => control))].toSorted();
  const countOf = (result: SimulationResult, name: string) => result.controls.find(({ control }) => control === name);
  return {
    decisions: first.decisions + second.decisions,
    approvedBefore: first.approvedBefore + second.approvedBefore,
    approvedAfter: first.approvedAfter + second.approvedAfter,
    newlyRefused: first.newlyRefused + second.newlyRefused,
    newlyPassed: first.newlyPassed + second.newlyPassed,
    changed: changed.slice(0, SIMULATION_LISTED_MAX),
    unlisted: first.unlisted + second.unlisted + Math.max(0, changed.length - SIMULATION_LISTED_MAX),
    controls: names.map((control) => ({
      control,
      before: (countOf(first, control)?.before ?? 0) + (countOf(second, control)?.before ?? 0),
      after: (countOf(first, control)?.after ?? 0) + (countOf(second, control)?.after ?? 0),
    })),
    obstacles: [...first.obstacles, ...second.obstacles].slice(0, SIMULATION_LISTED_MAX),
    skipped: first.skipped + second.skipped,
  };
}
