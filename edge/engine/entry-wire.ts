import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { bodySchemas, type EntryBody, type EntryKind } from '@gatehouse/shared/schema/bodies.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { decisionText, fillText, intentText, marksText, stateText } from './order-texts.ts';

/** A body in the form in which it is journalled: the canonical text of its wire form. */
export interface WireBody {
  readonly kind: EntryKind;
  readonly body: string;
}

/**
 * The text of a body; equal to the canonical JSON of what its schema encodes.
 *
 * Shape: the kinds that every order needs are written by hand, since the walk of a schema would be most of an order's cost.
 */
export function toWireBody(entry: EntryBody): WireBody {
  return { kind: entry.kind, body: textOf(entry) };
}

/**
 * A body of the journal as trusted values; undefined for a kind that this release does not know.
 *
 * Errors: `MESSAGE_MALFORMED` for a known kind of another form.
 */
export function fromWireBody(kind: string, bodyText: string): EntryBody | undefined {
  if (!isKnown(kind)) return undefined;
  return { kind, body: decode(bodySchemas[kind], JSON.parse(bodyText), `an entry of kind ${kind}`) } as EntryBody;
}

function textOf(entry: EntryBody): string {
  switch (entry.kind) {
    case 'intent':
      return intentText(entry.body);
    case 'decision':
      return decisionText(entry.body);
    case 'order':
      return stateText(entry.body);
    case 'fill':
      return fillText(entry.body);
    case 'marks':
      return marksText(entry.body);
    default:
      return canonicalJson(encode(bodySchemas[entry.kind] as never, entry.body as never) as JsonValue);
  }
}

function isKnown(kind: string): kind is EntryKind {
  return Object.hasOwn(bodySchemas, kind);
}
