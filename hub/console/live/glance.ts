import type { Overview } from '../../store/pages/overview.ts';

/** What of the overview anybody at this machine may see before somebody has enrolled: counts, one curve and what runs. */
export function glanceOf(overview: Overview): Overview {
  const { tallies, open, size, streams, states, accounts, curve } = overview;
  return {
    tallies: Object.fromEntries(['orders', 'refusals', 'fills'].map((name) => [name, tallies[name] ?? 0])),
    open,
    size,
    streams: streams.map((stream) => ({ ...stream, verifierKey: '', hash: '' })),
    states: states.map((state) => ({ ...state, kill: '', reason: '' })),
    accounts: accounts.slice(0, 1),
    curve,
    alarms: [],
    runs: [],
    refusals: [],
  };
}
