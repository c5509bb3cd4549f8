import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { generateSigner, type Signer } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { FactsDocument } from '@gatehouse/shared/schema/facts/index.ts';
import { DecimalText, InstantText } from '@gatehouse/shared/schema/fields.ts';
import { ROW_FORMS } from '@gatehouse/shared/schema/row-forms.ts';
import { SHEET_TYPE, Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { asPrice, asQuantity } from '@gatehouse/shared/values/amounts.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { type Decimal, decimal } from '@gatehouse/shared/values/decimal.ts';
import { type Aggregates, createAggregates } from '../aggregates/aggregates.ts';
import { controls as registry } from '../controls/index.ts';
import { decisionBody } from '../decision-body.ts';
import type { Control } from '../define-control.ts';
import { compileFactFiles, type FactFiles, filesHash, type HeldFacts } from '../fact-files.ts';
import { type Decision, decide } from '../gate.ts';
import { compileRules, controlSet, type RuleSet } from '../rule-set.ts';
import { sheetHash } from '../sheet-document.ts';
import { exampleFacts, exampleOrder, type FactsOverrides, type OrderOverrides } from './base.ts';
import { type FilesOverrides, heldExamples } from './files.ts';

/** A journal that is written as an edge writes it: each decision is made by the gate on what the entries before it add up to. */
export interface ExampleJournal {
  readonly entries: readonly EntryBody[];
  readonly own: Aggregates;
  /** Puts an entry on record. */
  add(...entries: readonly EntryBody[]): void;
  /** Takes other rules into force, with their control set. */
  accept(sheet: Sheet, controls?: readonly Control[]): void;
  /** Takes dated files into force. */
  learn(files?: FilesOverrides): void;
  /** Judges an order and puts intent and decision on record. */
  decide(order: OrderOverrides & { readonly id: string }, facts?: FactsOverrides): Decision;
  /** The whole life of an approved order, filled at once. */
  fill(order: OrderOverrides & { readonly id: string }): void;
}

const RELEASE = { release: '1.0.0', runtime: 'Node 24' } as const;
const AT = '2020-03-06T20:30:00.000000000Z';

/** A new journal with a session, a deposit, the example files and a sheet in force. */
export function exampleJournal(sheet: Sheet, controls: readonly Control[] = registry): ExampleJournal {
  const journal = new WrittenJournal();
  journal.add({ kind: 'session', body: { v: 1, event: 'edge-started', ...RELEASE } });
  journal.learn();
  journal.accept(sheet, controls);
  journal.add({
    kind: 'cash',
    body: {
      v: 1,
      account: 'main',
      currency: currency('USD'),
      amount: decimal('1000000.00'),
      reason: 'deposit',
      at: decode(InstantText, AT, 'the time of the deposit'),
      note: 'Worked examples.',
    },
  });
  return journal;
}

class WrittenJournal implements ExampleJournal {
  readonly own = createAggregates();
  readonly #entries: EntryBody[] = [];
  readonly #signer: Signer = generateSigner('p-01');
  #held: readonly HeldFacts[] = [];
  #files: FactFiles = compileFactFiles([]);
  #rules: RuleSet | undefined;

  get entries(): readonly EntryBody[] {
    return this.#entries;
  }

  add(...entries: readonly EntryBody[]): void {
    for (const entry of entries) {
      this.#entries.push(entry);
      this.own.fold(entry);
    }
  }

  accept(sheet: Sheet, controls: readonly Control[] = registry): void {
    const document = signDocument(this.#signer, SHEET_TYPE, encode(Sheet, sheet) as JsonValue);
    const hash = sheetHash(document);
    const listed = controlSet(controls);
    this.#rules = compileRules({ controls, sheet, sheetHash: hash });
    this.add(
      { kind: 'limits', body: { v: 1, sheet: hash, document } },
      {
        kind: 'controls',
        body: { v: 2, controls: listed.hash, set: listed.set.map((one) => ({ ...one })), rowForms: [...ROW_FORMS] },
      },
    );
  }

  learn(files: FilesOverrides = {}): void {
    const known = new Map(this.#held.map((held) => [held.document.kind, held.hash]));
    for (const held of heldExamples(files)) {
      const { document, hash } = held;
      if (known.get(document.kind) === hash) continue;
      this.#held = [...this.#held.filter((one) => one.document.kind !== document.kind), held];
      const text = canonicalJson(encode(FactsDocument, document) as unknown as JsonValue);
      const body = { v: 1, kind: document.kind, hash, files: filesHash(this.#held), document: text } as const;
      this.add({ kind: 'facts', body });
    }
    this.#files = compileFactFiles(this.#held);
  }

  decide(changes: OrderOverrides & { readonly id: string }, overrides: FactsOverrides = {}): Decision {
    if (this.#rules === undefined) throw new Error('no rules are in force');
    const order = exampleOrder(changes);
    const facts = exampleFacts({ ...overrides, files: this.#files.hash });
    const decision = decide({ order, facts, files: this.#files, own: this.own, rules: this.#rules });
    this.add({ kind: 'intent', body: { v: 1, order } }, { kind: 'decision', body: decisionBody(decision) });
    return decision;
  }

  fill(changes: OrderOverrides & { readonly id: string }): void {
    const { id, account, instrument, venue, side, quantity, currency: money } = exampleOrder(changes);
    const at = decode(InstantText, AT, 'the time of the fill');
    const price = asPrice(amount('1000.00'));
    const terms = { account, instrument, venue, side, quantity: asQuantity(quantity), price, currency: money };
    this.add(
      { kind: 'order', body: { v: 1, order: id, state: 'sent', at } },
      { kind: 'order', body: { v: 1, order: id, state: 'working', at } },
      { kind: 'fill', body: { v: 1, fill: `${id}.f`, order: id, ...terms, fee: amount('0.50'), at } },
      { kind: 'order', body: { v: 1, order: id, state: 'filled', at } },
    );
  }
}

function amount(text: string): Decimal {
  return decode(DecimalText, text, 'an amount');
}
