import { deflate } from './deflate.ts';

/** The part of pdfkit's stream objects that packing needs. */
interface StreamObject {
  readonly data: Record<string, unknown>;
  buffer: Uint8Array[];
  finalize(): void;
}

/** The part of a pdfkit document that packing needs. */
export interface StreamSource {
  ref(data: Record<string, unknown>): StreamObject;
}

/**
 * Makes a pdfkit document that was opened without compression pack its streams with our own deflate, since the zlib that
 * it would use gives other bytes on other machines. Readable metadata stays readable, as archives ask for.
 */
export function packStreams(document: StreamSource): void {
  const ref = document.ref.bind(document);
  document.ref = (data) => {
    const object = ref(data);
    const finalize = object.finalize.bind(object);
    object.finalize = () => {
      if (object.buffer.length > 0 && object.data['Type'] !== 'Metadata') {
        object.buffer = [deflate(concatenated(object.buffer))];
        object.data['Filter'] = 'FlateDecode';
      }
      finalize();
    };
    return object;
  };
}

/** The chunks as one array of bytes. */
export function concatenated(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
