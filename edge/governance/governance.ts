import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Control } from '@gatehouse/compliance/define-control.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { readClaimed } from '@gatehouse/shared/governance/claimed-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import type { TrustInForce, TrustPlace } from '@gatehouse/shared/governance/trust.ts';
import { type VerifiedRelease, verifyRelease } from '@gatehouse/shared/governance/verify-release.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { OVERRIDE_TYPE, TRUST_TYPE } from '@gatehouse/shared/schema/governance.ts';
import { SHEET_TYPE } from '@gatehouse/shared/schema/sheet.ts';
import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';
import { type OfferAnswer, type OfferContext, refusal } from './document-offer.ts';
import { filesIn, governanceFolders, readDocument } from './governance-folders.ts';
import { type GovernanceAccepted, TICKETS_REMEMBERED_MAX } from './governance-record.ts';
import { createSheetKeeper, type SheetKeeper } from './sheet-keeper.ts';
import { openTrustStore } from './trust-store.ts';
import { verifyOverride } from './verify-override.ts';

/** The documents that an edge takes while it runs. */
export type GovernedKind = 'trust' | 'limits' | 'override';

/** Who may sign at an edge, and what they signed. */
export interface Governance {
  /** Errors: `TRUST_REFUSED` while there is no trust document. */
  readonly trust: TrustInForce;
  readonly sheets: Pick<SheetKeeper, 'held' | 'rulesAt' | 'look'>;
  /** Takes a document of a kind into force or refuses it, in the order of the calls. Errors: those of the disk; a refusal is an answer. */
  apply(kind: GovernedKind, document: string, context: OfferContext): Promise<OfferAnswer>;
  /** The release in a document that two people signed. Errors: `RELEASE_REFUSED`, `TRUST_REFUSED`. */
  verifyRelease(document: string, at: Instant): VerifiedRelease;
}

/** What governance is opened with. Shape: `root` is the edge's data folder; `accepted` follows from its journal. */
export interface GovernanceDeps {
  readonly root: string;
  readonly edge: string;
  readonly place: TrustPlace;
  readonly controls: readonly Control[];
  readonly accepted: GovernanceAccepted;
  readonly at: Instant;
}

/** A document that waited for the start, and what became of it. */
export interface InboxAnswer extends OfferAnswer {
  readonly file: string;
}

/**
 * Governance at a start.
 *
 * Shape: `entries` go on record before anything is judged; once they are durable, `clearInbox` takes away what was applied and
 *        sets aside what was refused. A crash in between applies the same documents again, which changes nothing.
 */
export interface OpenedGovernance {
  readonly governance: Governance;
  readonly entries: readonly EntryBody[];
  readonly inbox: readonly InboxAnswer[];
  clearInbox(): Promise<void>;
}

const TYPES: Readonly<Record<GovernedKind, string>> = {
  trust: TRUST_TYPE,
  limits: SHEET_TYPE,
  override: OVERRIDE_TYPE,
};

/** How long a document may be, so that the entry that accepts it has room for it. Units: UTF-16 code units. Source: the journal's schemas. */
const LENGTH_MAX: Readonly<Record<GovernedKind, number>> = { trust: 200_000, limits: 500_000, override: 20_000 };

const REFUSED = { trust: 'TRUST_REFUSED', limits: 'SHEET_REFUSED', override: 'OVERRIDE_REFUSED' } as const;

/** People first, then what they signed: a new sheet may be signed by somebody new. */
const ORDER: readonly GovernedKind[] = ['trust', 'limits', 'override'];

/**
 * Opens trust and the sheet in force, and applies what waits in the inbox.
 *
 * Errors: `TRUST_REFUSED` where the trust on disk is not the one that the journal knows; `QUEUE_FULL`; those of the disk.
 */
export async function openGovernance(deps: GovernanceDeps): Promise<OpenedGovernance> {
  const { root, place, accepted, at } = deps;
  const folders = governanceFolders(root);
  const { store, entries: trustEntries } = openTrustStore({ folder: folders.trust, place, seen: accepted.trust });
  const sheets = createSheetKeeper({
    folder: folders.accepted,
    controls: deps.controls,
    seen: accepted.sheet,
    trust: () => store.newest.trust,
  });
  const desk = new GovernanceDesk(deps, { store, sheets });
  const entries: EntryBody[] = [...trustEntries];
  const record = (more: readonly EntryBody[]): void => {
    entries.push(...more);
  };
  const inbox: InboxAnswer[] = [];
  for (const one of waiting(folders.inbox)) {
    const answer = 'error' in one ? unreadable(one, record) : await desk.apply(one.kind, one.document, { at, record });
    inbox.push({ file: one.file, ...answer });
  }
  record(sheets.look(at));
  return { governance: desk, entries, inbox, clearInbox: () => clear(folders, inbox) };
}

interface Waiting {
  readonly file: string;
  readonly kind: GovernedKind;
  readonly number: number;
  readonly document: string;
}

/** Something in the inbox that cannot be read at all: a folder, a file that is too large, a link to nowhere. */
interface Unreadable {
  readonly file: string;
  readonly error: KitError;
}

/** One bad file must not keep an edge, with its kills and its orders, from starting. */
function unreadable({ error }: Unreadable, record: OfferContext['record']): OfferAnswer {
  const { answer, incident } = refusal(error, REFUSED.limits);
  record([incident]);
  return answer;
}

/** What waits, in the order in which it is applied: by kind, and by the numbers that the documents give themselves. */
function waiting(folder: string): readonly (Waiting | Unreadable)[] {
  const read = filesIn(folder).map((file) => readWaiting(folder, file));
  const found = read.filter((one) => 'document' in one);
  const sorted = ORDER.flatMap((kind) =>
    found.filter((one) => one.kind === kind).toSorted((a, b) => a.number - b.number),
  );
  return [...sorted, ...read.filter((one) => 'error' in one)];
}

function readWaiting(folder: string, file: string): Waiting | Unreadable {
  try {
    const document = readDocument(join(folder, file));
    const claimed = attempt([], () => readClaimed(document));
    // A file of another type is taken for a sheet, which says what is wrong with it.
    const kind = ORDER.find((one) => TYPES[one] === claimed?.type) ?? 'limits';
    return { file, document, kind, number: numberOf(claimed?.value) };
  } catch (error) {
    if (error instanceof KitError) return { file, error };
    throw error;
  }
}

function numberOf(value: unknown): number {
  const numbered = Numbered.safeParse(value).data;
  return numbered?.sequence ?? numbered?.version ?? Number.MAX_SAFE_INTEGER;
}

const Numbered = z.object({ sequence: z.int().optional(), version: z.int().optional() });

function tooLong(kind: GovernedKind, { record }: OfferContext): OfferAnswer {
  const error = new KitError(REFUSED[kind], `the document has more than ${LENGTH_MAX[kind]} characters`, {
    hint: 'Leave out what this edge does not need, and have it signed again.',
  });
  const { answer, incident } = refusal(error, REFUSED[kind]);
  record([incident]);
  return answer;
}

async function clear(
  { inbox, refused }: ReturnType<typeof governanceFolders>,
  answers: readonly InboxAnswer[],
): Promise<void> {
  for (const { file, kind } of answers) {
    const path = join(inbox, file);
    if (kind !== 'refused') {
      await rm(path, { force: true });
      continue;
    }
    await mkdir(refused, { recursive: true, mode: 0o700 });
    await rename(path, join(refused, file));
  }
}

interface Parts {
  readonly store: ReturnType<typeof openTrustStore>['store'];
  readonly sheets: SheetKeeper;
}

class GovernanceDesk implements Governance {
  readonly #deps: GovernanceDeps;
  readonly #parts: Parts;
  readonly #tickets: Set<string>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: GovernanceDeps, parts: Parts) {
    this.#deps = deps;
    this.#parts = parts;
    this.#tickets = new Set(deps.accepted.tickets);
  }

  get trust(): TrustInForce {
    return this.#parts.store.newest;
  }

  get sheets(): SheetKeeper {
    return this.#parts.sheets;
  }

  apply(kind: GovernedKind, document: string, context: OfferContext): Promise<OfferAnswer> {
    const { store, sheets } = this.#parts;
    if (document.length > LENGTH_MAX[kind]) return Promise.resolve(tooLong(kind, context));
    const work = {
      trust: () => store.offer(document, context),
      limits: () => sheets.offer(document, context),
      override: () => this.#takeTicket(document, context),
    }[kind];
    const answer = this.#last.then(work);
    // The next one waits for this one, however it ends; its failure is told to whoever handed it in.
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  verifyRelease(document: string, at: Instant): VerifiedRelease {
    return verifyRelease(document, { trust: this.trust.trust, edge: this.#deps.edge, at });
  }

  #takeTicket(document: string, { at, record }: OfferContext): OfferAnswer {
    const { edge, controls } = this.#deps;
    try {
      const trust = this.trust.trust;
      const { id, to } = verifyOverride(document, { trust, edge, at, controls, tickets: [...this.#tickets] });
      record([{ kind: 'override', body: { v: 1, ticket: id, document } }]);
      this.#remember(id);
      return { kind: 'accepted', says: `Ticket ${id} counts for one order until ${instantText(to)}.`, problems: [] };
    } catch (error) {
      const { answer, incident } = refusal(error, REFUSED.override);
      record([incident]);
      return answer;
    }
  }
  #remember(ticket: string): void {
    this.#tickets.add(ticket);
    const [oldest] = this.#tickets;
    if (this.#tickets.size > TICKETS_REMEMBERED_MAX && oldest !== undefined) this.#tickets.delete(oldest);
  }
}
