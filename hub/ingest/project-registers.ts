import { canonicalJson } from '@gatehouse/shared/journal/canonical.ts';
import type { SessionBody } from '@gatehouse/shared/schema/bodies.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { pairKey } from './pair-key.ts';
import type { Projector } from './projection-work.ts';

const RUN_STATES: Readonly<Record<SessionBody['event'], string | undefined>> = {
  'edge-started': undefined,
  'edge-stopped': undefined,
  'run-started': 'running',
  'run-resumed': 'running',
  'run-completed': 'completed',
  'run-interrupted': 'interrupted',
};

/** A run over market data began, went on or ended. */
export const projectSession: Projector<'session'> = (work, { leaf, edge, body }) => {
  const { run } = body;
  const state = RUN_STATES[body.event];
  if (run === undefined || state === undefined) return undefined;
  if (state === 'running') work.runStarts.push({ leaf, edge, run_id: run.id });
  work.runs.set(pairKey(edge, run.id), {
    edge,
    run_id: run.id,
    source: run.source,
    source_hash: run.sourceHash,
    instrument: run.instrument,
    bars: run.bars,
    first_at: instantText(run.from),
    last_at: instantText(run.to),
    fill_rules: canonicalJson(run.fillRules),
    state,
    leaf,
  });
  return undefined;
};

/** What an edge trades through from now on; each statement stays. */
export const projectVenue: Projector<'venue'> = (work, { leaf, edge, body }) => {
  const { connector, title, environment, account, venues, capabilities, exemptions, fillRules, at } = body;
  work.venueTerms.push({
    leaf,
    edge,
    connector,
    title,
    environment,
    account: account ?? null,
    venues: canonicalJson(venues),
    capabilities: JSON.stringify(capabilities),
    exemptions: canonicalJson(exemptions),
    fill_rules: canonicalJson(fillRules),
    at: instantText(at),
  });
  return undefined;
};

/** Something that a person must look at. */
export const projectIncident: Projector<'incident'> = (work, { leaf, edge, at, body }) => {
  const { code, severity, message, hint } = body;
  work.incidents.push({ leaf, edge, at, code, severity, message, hint: hint ?? null });
  return undefined;
};

/** A limit sheet that an edge accepted; the first copy of it stays. */
export const projectLimits: Projector<'limits'> = (work, { leaf, body }) => {
  const { sheet, document } = body;
  if (!work.sheets.has(sheet)) work.sheets.set(sheet, { sheet, document, leaf });
  return undefined;
};

/** A set of controls that decisions name; the first copy of it stays. */
export const projectControls: Projector<'controls'> = (work, { leaf, body }) => {
  const { controls, set } = body;
  if (!work.controlSets.has(controls)) {
    work.controlSets.set(controls, { controls, controls_json: canonicalJson(set), leaf });
  }
  return undefined;
};
