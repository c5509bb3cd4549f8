import { join } from 'node:path';
import type { Control } from '@gatehouse/compliance/define-control.ts';
import { compileRules, isInForce, type RuleSet } from '@gatehouse/compliance/rule-set.ts';
import {
  type ReadSheet,
  readSheet,
  type SheetBefore,
  sheetHash,
  sheetOnRecord,
} from '@gatehouse/compliance/sheet-document.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Trust } from '@gatehouse/shared/schema/governance.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import { writeDurably } from '../journal/durable-file.ts';
import { incidentOf, type OfferAnswer, type OfferContext, refusal } from './document-offer.ts';
import { governanceFolders, makePrivateFolder, namesIn, readDocument } from './governance-folders.ts';
import type { GovernanceAccepted } from './governance-record.ts';

/** A sheet that was accepted, ready for the gate. */
export interface HeldSheet {
  readonly sheet: Sheet;
  readonly hash: string;
  /** The exact signed note. */
  readonly document: string;
  readonly rules: RuleSet;
}

/** What a keeper of sheets works with. Shape: `seen` is the sheet that the journal accepted last. */
export interface SheetKeeperDeps {
  readonly folder: string;
  readonly controls: readonly Control[];
  readonly seen: GovernanceAccepted['sheet'];
  /** The people who may sign now. */
  readonly trust: () => Trust;
}

/** Keeps the limit sheet that an edge runs on. */
export interface SheetKeeper {
  /** The sheet accepted last, whatever its term; undefined where there is none or its document is gone. */
  readonly held: HeldSheet | undefined;
  /** The rules to judge an order by; undefined while no valid sheet is in force, and then nothing is traded. */
  rulesAt(at: Instant): RuleSet | undefined;
  /** Takes a sheet into force or refuses it, one at a time. Errors: those of `writeDurably`; a refusal is an answer. */
  offer(document: string, context: OfferContext): Promise<OfferAnswer>;
  /** What must be put on record since the last look: that there is no valid sheet, once. */
  look(at: Instant): readonly EntryBody[];
}

/**
 * Opens the sheet that the journal accepted last, and takes further ones.
 *
 * Shape:  the document is written durably before the entry that accepts it, so that an accepted sheet can be read after any
 *         crash. Entry and rules change together: every decision names the sheet that its journal has accepted before it.
 */
export function createSheetKeeper(deps: SheetKeeperDeps): SheetKeeper {
  return new FolderSheets(deps);
}

/**
 * The sheet with the highest number among those that an edge accepted, as its disk has it; undefined where there is none.
 *
 * Shape:  for showing it while the journal is closed; what is in force is what the journal accepted last.
 * Errors: `NOT_FOUND`, `FILE_MALFORMED`, `MESSAGE_MALFORMED` for a file that holds no sheet.
 */
export function newestSheetOnDisk(root: string): Omit<HeldSheet, 'rules'> | undefined {
  const folder = governanceFolders(root).accepted;
  const found = namesIn(folder)
    .filter((name) => name.endsWith('.sheet'))
    .map((name) => readDocument(join(folder, name)))
    .map((document) => ({ sheet: sheetOnRecord(document), hash: sheetHash(document), document }));
  return found.toSorted((a, b) => b.sheet.sequence - a.sheet.sequence)[0];
}

class FolderSheets implements SheetKeeper {
  readonly #deps: SheetKeeperDeps;
  #seen: GovernanceAccepted['sheet'];
  #held: HeldSheet | undefined;
  #fault: string | undefined;
  #isMissingTold = false;

  constructor(deps: SheetKeeperDeps) {
    this.#deps = deps;
    this.#seen = deps.seen;
    if (deps.seen === undefined) return;
    try {
      this.#held = this.#heldFrom(readDocument(this.#path(deps.seen.hash)), deps.seen.hash);
    } catch (error) {
      if (!(error instanceof KitError)) throw error;
      this.#fault = describeError(error);
    }
  }

  get held(): HeldSheet | undefined {
    return this.#held;
  }

  rulesAt(at: Instant): RuleSet | undefined {
    return this.#held !== undefined && isInForce(this.#held.sheet, at) ? this.#held.rules : undefined;
  }

  async offer(document: string, context: OfferContext): Promise<OfferAnswer> {
    const hash = sheetHash(document);
    try {
      if (hash === this.#seen?.hash) return await this.#restore(document, hash);
      const read = this.#judge(document, context.at);
      await this.#write(document, hash);
      return this.#accept(document, read, context);
    } catch (error) {
      const { answer, incident } = refusal(error, 'SHEET_REFUSED');
      context.record([incident]);
      return answer;
    }
  }

  look(at: Instant): readonly EntryBody[] {
    const isMissing = this.rulesAt(at) === undefined;
    const isNews = isMissing && !this.#isMissingTold;
    this.#isMissingTold = isMissing;
    if (!isNews) return [];
    const hint = 'Nothing is traded until a valid sheet is applied with "gatehouse limits apply".';
    return [incidentOf('SHEET_MISSING', [this.#missing(at)], hint)];
  }

  #missing(at: Instant): string {
    if (this.#fault !== undefined) return `the limit sheet in force cannot be used: ${this.#fault}`;
    if (this.#held === undefined) return 'there is no limit sheet';
    const { id, from } = this.#held.sheet;
    return at < from ? `limit sheet ${id} begins at ${instantText(from)}` : `the term of limit sheet ${id} is over`;
  }

  #judge(document: string, at: Instant): ReadSheet {
    const { trust, controls } = this.#deps;
    return readSheet(document, { trust: trust(), controls, before: this.#before(), at });
  }

  #before(): SheetBefore {
    if (this.#held !== undefined) return { kind: 'known', sheet: this.#held.sheet };
    return this.#seen === undefined ? { kind: 'none' } : { kind: 'lost', sequence: this.#seen.sequence };
  }

  #accept(document: string, read: ReadSheet, { record }: OfferContext): OfferAnswer {
    const { sheet, hash, rules } = read;
    record([{ kind: 'limits', body: { v: 1, sheet: hash, document } }]);
    this.#seen = { hash, sequence: sheet.sequence };
    this.#held = { sheet, hash, document, rules };
    this.#fault = undefined;
    const loosened = read.difference?.isLoosening === true ? ', which loosens the one before it,' : '';
    const by = read.signedBy.join(' and ');
    return {
      kind: 'accepted',
      says: `Limit sheet ${sheet.id} number ${sheet.sequence}${loosened} is in force, signed by ${by}.`,
      problems: [],
    };
  }

  /** The journal accepted these very bytes already; only the file may be missing. */
  async #restore(document: string, hash: string): Promise<OfferAnswer> {
    const says = 'This limit sheet is in force already.';
    if (this.#held !== undefined) return { kind: 'in-force', says, problems: [] };
    const held = this.#heldFrom(document, hash);
    await this.#write(document, hash);
    this.#held = held;
    this.#fault = undefined;
    return { kind: 'in-force', says: 'The limit sheet in force was put back in its place.', problems: [] };
  }

  #heldFrom(document: string, hash: string): HeldSheet {
    if (sheetHash(document) !== hash) {
      throw new KitError('SHEET_REFUSED', `the file of the sheet in force has not the hash ${hash}`, {
        hint: 'Apply the document that was signed once more; this file was changed.',
      });
    }
    const sheet = sheetOnRecord(document);
    return { sheet, hash, document, rules: compileRules({ controls: this.#deps.controls, sheet, sheetHash: hash }) };
  }

  async #write(document: string, hash: string): Promise<void> {
    makePrivateFolder(this.#deps.folder);
    await writeDurably(this.#path(hash), document);
  }

  #path(hash: string): string {
    return join(this.#deps.folder, `${hash}.sheet`);
  }
}
