import type { DecisionRequest } from '../gate.ts';
import type { RuleSet } from '../rule-set.ts';
import { exampleFacts, exampleOrder, type FactsOverrides, type OrderOverrides } from './base.ts';
import { exampleFiles, type FilesOverrides } from './files.ts';
import { exampleOwn, type OwnOverrides } from './own.ts';

/** What differs from the base in a question to the gate. */
export interface RequestOverrides {
  readonly order?: OrderOverrides | undefined;
  readonly facts?: FactsOverrides | undefined;
  readonly files?: FilesOverrides | undefined;
  readonly own?: OwnOverrides | undefined;
}

/** The base order with its base facts, files and records, and the given changes, as the gate is asked. */
export function exampleRequest(rules: RuleSet, { order, facts, files, own }: RequestOverrides = {}): DecisionRequest {
  const held = exampleFiles(files);
  return {
    order: exampleOrder(order),
    facts: exampleFacts({ files: held.hash, ...facts }),
    files: held,
    own: exampleOwn(own),
    rules,
  };
}
