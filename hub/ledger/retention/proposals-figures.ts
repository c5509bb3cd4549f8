import { carefulFigures, FirmFigures } from '@gatehouse/compliance/retention/firm-figures.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import type { Queries } from '../../store/database.ts';
import {
  countRetentionProposals,
  insertRetentionProposal,
  insertRetentionStep,
} from '../../store/retention-proposal-rows.ts';
import { insertFigures, newestFigures } from '../../store/retention-rows.ts';
import { inRetentionWork, newRetentionId, type RetentionDeps, type RetentionWork } from './proposals-work.ts';

/** The firm's figures with their version. */
export interface FiguresInForce {
  readonly version: number;
  readonly figures: FirmFigures;
  readonly at: string;
}

/** Who proposes what the hub proposes by itself. */
export const SYSTEM = 'system';

const DEFAULT_REASON =
  'Careful figures to begin with: every class binds, the floor is seven years. Two people approve them, or propose others.';

/** The figures in force; undefined before the first, and then nothing may go. Errors: `MESSAGE_MALFORMED` for a version of another release. */
export async function figuresInForce(tx: Queries): Promise<FiguresInForce | undefined> {
  const row = await newestFigures(tx);
  if (row === undefined) return undefined;
  const figures = decode(FirmFigures, row.document, `version ${row.version} of the firm's retention figures`);
  return { version: row.version, figures, at: row.at };
}

/** What a version is based on, as one word: a proposal that starts from another one is too late. */
export function baseOf(inForce: FiguresInForce | undefined): string {
  return `figures/${inForce?.version ?? 0}`;
}

/** Brings figures into force as the next version. */
export async function putFiguresInForce(
  { tx, at }: RetentionWork,
  figures: FirmFigures,
  proposalId: string,
): Promise<number> {
  const version = ((await newestFigures(tx))?.version ?? 0) + 1;
  await insertFigures(tx, { version, document: encode(FirmFigures, figures), proposalId, at });
  return version;
}

/** Proposes careful figures where nobody has proposed any; two people have to approve what the hub proposes by itself. */
export async function proposeCarefulFigures(deps: RetentionDeps, entity: string): Promise<boolean> {
  return inRetentionWork(deps, async ({ tx, at, record }) => {
    if ((await countRetentionProposals(tx, 'figures')) > 0) return false;
    const proposalId = newRetentionId('R', deps.random);
    const content = encode(FirmFigures, carefulFigures(entity));
    const row = { proposalId, kind: 'figures', content, target: baseOf(undefined), maker: SYSTEM, needed: 2 } as const;
    await insertRetentionProposal(tx, { ...row, reason: DEFAULT_REASON, proposedAt: at, expiresAt: null });
    const state = 'proposed';
    await insertRetentionStep(tx, { proposalId, ordinal: 1, event: 'propose', state, by: SYSTEM, at, note: null });
    const after = { kind: 'figures', target: row.target, state, needed: `${row.needed}` };
    await record({ action: 'retention.proposed', by: SYSTEM, target: proposalId, after, note: DEFAULT_REASON });
    return true;
  });
}
