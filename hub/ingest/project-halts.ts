import { canonicalJson } from '@gatehouse/shared/journal/canonical.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { pairKey } from './pair-key.ts';
import { count, type Projector } from './projection-work.ts';

/** Trading was stopped for every order that lies in all of the scopes. */
export const projectKill: Projector<'kill'> = (work, { leaf, edge, body }) => {
  const key = pairKey(edge, body.id);
  if (work.kills.has(key)) return `kill ${body.id} is on record already`;
  work.kills.set(key, {
    edge,
    kill_id: body.id,
    scopes: body.scopes.join(','),
    level: body.level,
    halt_epoch: body.haltEpoch,
    killed_by: body.by,
    reason: body.reason,
    at: instantText(body.at),
    breaker: body.trigger?.breaker ?? null,
    figures: canonicalJson(body.trigger?.figures ?? {}),
    leaf,
    released_by: '',
    released_at: null,
    release_reason: null,
    release_leaf: null,
  });
  count(work, 'kills');
  return undefined;
};

/** How far a kill has come at one venue; the newest report stands. */
export const projectKillReport: Projector<'kill-report'> = (work, { leaf, edge, body }) => {
  if (!work.kills.has(pairKey(edge, body.kill))) return `kill ${body.kill} is unknown`;
  const { kill, venue, sent, acknowledged, remaining, unknown, failed, elapsedMs, isDone } = body;
  work.killReports.set(pairKey(pairKey(edge, kill), venue), {
    edge,
    kill_id: kill,
    venue,
    sent,
    acknowledged,
    remaining,
    unknown,
    failed,
    positions: body.positions ?? null,
    elapsed_ms: elapsedMs,
    is_done: isDone ? 'yes' : 'no',
    leaf,
  });
  return undefined;
};

/** A kill has ended, once; whoever signed for it is named. */
export const projectRelease: Projector<'release'> = (work, { leaf, edge, body }) => {
  const key = pairKey(edge, body.kill);
  const kill = work.kills.get(key);
  if (kill === undefined) return `kill ${body.kill} is unknown`;
  if (kill.release_leaf !== null) return `kill ${body.kill} is released already`;
  work.kills.set(key, {
    ...kill,
    released_by: body.by.join(','),
    released_at: instantText(body.at),
    release_reason: body.reason,
    release_leaf: leaf,
  });
  work.releases.push({ leaf, edge, kill_id: body.kill, document: body.document });
  return undefined;
};
