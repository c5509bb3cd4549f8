import { readClaimed, signedTextHash } from '@gatehouse/shared/governance/claimed-document.ts';
import { openTrust, type TrustInForce } from '@gatehouse/shared/governance/trust.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { cosign, type Signer, signerFromSeed } from '@gatehouse/shared/journal/note.ts';
import { type DocumentType, signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { TRUST_TYPE, Trust } from '@gatehouse/shared/schema/governance.ts';
import { SHEET_TYPE, Sheet } from '@gatehouse/shared/schema/sheet.ts';
import type { z } from 'zod';
import { type Overrides, overridden } from './base.ts';

const SEED_BYTES = 32;

/** The signer of an example, whose key its name and number determine; for examples and nothing else. */
export function exampleSigner(name: string, seed: number): Signer {
  return signerFromSeed(name, new Uint8Array(SEED_BYTES).fill(seed));
}

/** The people of the examples: `maker` p-01, `checker` p-02, a second checker p-03 and a trader p-7f3a with every other right. */
export const examplePeople = {
  maker: exampleSigner('p-01', 101),
  checker: exampleSigner('p-02', 102),
  second: exampleSigner('p-03', 103),
  trader: exampleSigner('p-7f3a', 104),
  root: exampleSigner('example-root', 100),
} as const;

const from = '2020-01-01T00:00:00.000000000Z';

/** The text of the examples' trust document, with the given changes. */
export function exampleTrustText(overrides: Overrides<z.input<typeof Trust>> = {}): z.input<typeof Trust> {
  const { maker, checker, second, trader, root } = examplePeople;
  const base: z.input<typeof Trust> = {
    v: 1,
    version: 1,
    environment: 'paper',
    legalEntity: 'GATEHOUSEDEMOFIRM008',
    at: from,
    threshold: 1,
    roots: [root.verifierKey],
    people: [
      { id: 'p-01', key: maker.verifierKey, roles: ['limits-maker', 'kill-releaser'], from },
      {
        id: 'p-02',
        key: checker.verifierKey,
        roles: ['limits-checker', 'kill-releaser', 'override-authoriser', 'risk-verifier'],
        from,
      },
      { id: 'p-03', key: second.verifierKey, roles: ['limits-maker', 'limits-checker', 'risk-verifier'], from },
      { id: 'p-7f3a', key: trader.verifierKey, roles: ['override-authoriser'], from },
    ],
  };
  return overridden(base, overrides) as z.input<typeof Trust>;
}

/** The examples' trust document as the examples' root signed it, with the given changes. */
export function exampleTrust(overrides: Overrides<z.input<typeof Trust>> = {}): TrustInForce {
  const text = exampleTrustText(overrides);
  const document = signedBy(TRUST_TYPE, text as unknown as JsonValue, [examplePeople.root]);
  if (text.version === 1) return openTrust(document, { ...text, previous: undefined });
  const trust = decode(Trust, readClaimed(document).value, 'the trust document of the example');
  return { trust, hash: signedTextHash(document), document };
}

/** A sheet as the given people signed it. */
export function signedSheet(sheet: Sheet, by: readonly Signer[]): string {
  return signedBy(SHEET_TYPE, encode(Sheet, sheet) as JsonValue, by);
}

/** A document as the given people signed it; the examples' root where nobody is named. */
export function signedBy(type: DocumentType, value: JsonValue, by: readonly Signer[]): string {
  const [first = examplePeople.root, ...more] = by;
  return more.reduce(cosign, signDocument(first, type, value));
}
