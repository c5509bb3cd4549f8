import { pairKey } from './pair-key.ts';
import { count, type Projector } from './projection-work.ts';

/** What an edge says about a command of the hub; what its own computer asked for is counted and can be read in the ledger. */
export const projectCommand: Projector<'command'> = (work, { leaf, edge, at, body }) => {
  if (body.v !== 2) return undefined;
  const { note, id, seq, name, state, via, result } = body;
  const key = pairKey(edge, note);
  const before = work.answers.get(key);
  if (before !== undefined && before.state !== 'received') return undefined;
  const isSettled = state !== 'received';
  work.answers.set(key, {
    edge,
    note_hash: note,
    command_id: id ?? null,
    seq: seq ?? null,
    name: name ?? null,
    state,
    via: before?.via ?? via,
    result,
    received_at: before?.received_at ?? at,
    settled_at: isSettled ? at : null,
    leaf,
  });
  if (isSettled) count(work, `commands:${state}`);
  return undefined;
};
