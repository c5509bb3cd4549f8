import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { exampleDocument, exampleSection } from './example-document.ts';
import { renderPdf } from './pdf.ts';

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** The objects of a PDF by number, streams inflated; enough of a reader for what the renderer writes. */
function objectsOf(bytes: Uint8Array): ReadonlyMap<number, string> {
  const objects = new Map<number, string>();
  for (const [, number, body = ''] of latin1(bytes).matchAll(/(?:^|\n)(\d+) 0 obj\n([\s\S]*?)\nendobj/g)) {
    const [head = '', stream] = body.split('\nstream\n');
    const packed = stream?.slice(0, -'\n\nendstream'.length + 1);
    const inflated =
      packed !== undefined && head.includes('FlateDecode')
        ? latin1(inflateSync(Buffer.from(packed, 'latin1')))
        : packed;
    objects.set(Number(number), `${head}\n${inflated ?? ''}`);
  }
  return objects;
}

/** The texts of each page, read back through the character maps of the embedded faces. */
function pageTexts(bytes: Uint8Array): readonly (readonly string[])[] {
  const objects = objectsOf(bytes);
  const at = (number: string | undefined): string => objects.get(Number(number)) ?? '';
  const charactersOf = (face: string | undefined): readonly string[] => {
    const map = at(/\/ToUnicode (\d+) 0 R/.exec(at(face))?.[1]);
    const entries = [...map.matchAll(/\[(<[^\]]*)\]/g)].map(([, array = '']) => array).join(' ');
    return [...entries.matchAll(/<([0-9a-f ]*)>/g)].map(([, codes = '']) => {
      return String.fromCharCode(...codes.split(' ').map((code) => Number.parseInt(code, 16)));
    });
  };
  return [...objects.values()]
    .filter((body) => /\/Type \/Page\n/.test(body))
    .map((page) => {
      const resources = at(/\/Resources (\d+) 0 R/.exec(page)?.[1]);
      const faces = new Map(
        [...resources.matchAll(/\/(F\d+) (\d+) 0 R/g)].map(([, name, face]) => [name, charactersOf(face)]),
      );
      const content = at(/\/Contents (\d+) 0 R/.exec(page)?.[1]);
      return [...content.matchAll(/\/(F\d+) [\d.]+ Tf\n([\s\S]*?)ET/g)].map(([, name, shown = '']) => {
        const glyphs = [...shown.matchAll(/<([0-9a-f]+)>/g)].flatMap(([, hex = '']) => hex.match(/.{4}/g) ?? []);
        return glyphs.map((glyph) => faces.get(name)?.[Number.parseInt(glyph, 16)] ?? '?').join('');
      });
    });
}

test('the same report gives the same bytes, however much time has passed', async () => {
  const first = await renderPdf(exampleDocument(40));
  await wait(1_100);
  expect(Buffer.compare(first, await renderPdf(exampleDocument(40)))).toBe(0);
  expect(Buffer.compare(first, await renderPdf(exampleDocument(41)))).not.toBe(0);
});

test('the bytes are the known ones, on every machine', async () => {
  const digest = createHash('sha256')
    .update(await renderPdf(exampleDocument(40)))
    .digest('hex');
  expect(digest).toBe('3bffd540a89f0901b3bed351bffc0cde6286244be82e74115a85b577a225b717');
});

test('every page can be read back: header, mark, hash, and page numbers', async () => {
  const pages = pageTexts(await renderPdf(exampleDocument(150)));
  expect(pages.length).toBeGreaterThan(3);
  pages.forEach((texts, index) => {
    expect(texts).toContain('PAPER — DEMO');
    expect(texts).toContain('ab12'.repeat(16));
    expect(texts).toContain(`Page ${index + 1} of ${pages.length}`);
  });
  expect(pages[1]).toContain('Positions (continued)');
  expect(pages[1]).toContain('Instrument');
});

test('minus signs, Polish, Greek, Cyrillic and the euro arrive as they are', async () => {
  const rows = [
    ['Łódź ó €', '-5.00'],
    ['Ελληνικά', '1234567.5'],
    ['Газпром', '-0.01'],
    ['中 fi office AV', '1'],
  ];
  const columns = [
    { title: 'Name', kind: 'text' },
    { title: 'Result', kind: 'decimal' },
  ] as const;
  const section = { id: 's', title: 'S', columns, rows, emptyText: '' };
  const texts = pageTexts(await renderPdf({ ...exampleDocument(0), sections: [section] })).flat();
  expect(texts).toEqual(expect.arrayContaining(['Łódź ó €', 'Ελληνικά', 'Газпром', '‹U+4E2D› fi office AV']));
  expect(texts).toEqual(expect.arrayContaining(['−5.00', '1\u202f234\u202f567.5', '−0.01']));
});

test('the file says what it is, when it was made and how it is archived, escaped where XML needs it', async () => {
  const text = latin1(await renderPdf({ ...exampleDocument(1), title: 'A & B <C>\0', entity: 'Müller & Söhne' }));
  const metadata = Buffer.from(/<x:xmpmeta[\s\S]*?<\/x:xmpmeta>/.exec(text)?.[0] ?? '', 'latin1').toString('utf8');
  expect(metadata).toContain('A &amp; B &lt;C&gt; </rdf:li>');
  expect(metadata).toContain('Müller &amp; Söhne');
  expect(metadata).toContain('<xmp:CreateDate>2026-01-05T22:15:01Z</xmp:CreateDate>');
  expect(metadata).toContain('<pdfaid:part>2</pdfaid:part>');
  expect(text).toContain('(D:20260105221501Z)');
  expect(text).toMatch(/\/ID \[<([0-9a-f]{32})> <\1>\]/);
});

test('another hash of the data is another file identifier', async () => {
  const idOf = async (dataHash: string): Promise<string | undefined> => {
    const document = exampleDocument(0);
    const bytes = await renderPdf({ ...document, provenance: { ...document.provenance, dataHash } });
    return /\/ID \[<([0-9a-f]{32})>/.exec(latin1(bytes))?.[1];
  };
  expect(await idOf('aa')).not.toBe(await idOf('bb'));
  expect(await idOf('aa')).toBe(await idOf('aa'));
});

test('only the product’s own faces are used, and each section has a bookmark', async () => {
  const text = latin1(await renderPdf(exampleDocument(5)));
  const faces = [...text.matchAll(/\/FontName \/([A-Z]{6})\+(\S+)/g)].map(([, , name]) => name);
  expect(new Set(faces)).toEqual(new Set(['DejaVuSansCondensed', 'DejaVuSansCondensed-Bold', 'DejaVuSansMono']));
  expect(text).not.toMatch(/Helvetica|Times/);
  for (const title of ['Positions', 'Breaks', 'Equity']) expect(text).toContain(`/Title (${title})`);
});

test('a row with a missing cell stops the report', async () => {
  const section = { ...exampleSection(1), rows: [['a']] };
  await expect(renderPdf({ ...exampleDocument(0), sections: [section] })).rejects.toThrow('row 1 of section positions');
});
