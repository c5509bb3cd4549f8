import { type Instant, instantText, toMillis } from '@gatehouse/shared/values/instant.ts';
import type { ReportDocument } from './document.ts';

/** The entries of a PDF's information dictionary. */
export interface PdfInformation {
  readonly Title: string;
  readonly Author: string;
  readonly Subject: string;
  readonly Keywords: string;
  readonly Creator: string;
  readonly Producer: string;
  readonly CreationDate: Date;
}

/** The part of a pdfkit document that writes its readable metadata. */
export interface MetadataSource {
  appendXML(xml: string): void;
  _addInfo(): void;
}

/** What a PDF says of itself; all of it comes from the report, so that the file's identifier does too. */
export function pdfInformation({ title, subtitle, entity, createdAt, provenance }: ReportDocument): PdfInformation {
  return {
    Title: plain(title),
    Author: plain(entity),
    Subject: plain(subtitle),
    Keywords: plain(`report ${provenance.reportId}, data ${provenance.dataHash}`),
    Creator: plain(`Gatehouse ${provenance.codeVersion}`),
    Producer: 'PDFKit',
    CreationDate: new Date(toMillis(createdAt)),
  };
}

/**
 * Makes a pdfkit document write its metadata escaped and complete: by itself it puts texts into XML as they are, and an
 * ampersand in a firm's name leaves a file whose metadata nobody can read.
 */
export function writeMetadata(pdf: MetadataSource, information: PdfInformation, createdAt: Instant): void {
  pdf._addInfo = () => pdf.appendXML(xmp(information, `${instantText(createdAt).slice(0, 19)}Z`));
}

function xmp({ Title, Author, Subject, Keywords, Creator, Producer }: PdfInformation, created: string): string {
  return `<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
  <dc:format>application/pdf</dc:format>
  <dc:title><rdf:Alt><rdf:li xml:lang="x-default">${escaped(Title)}</rdf:li></rdf:Alt></dc:title>
  <dc:creator><rdf:Seq><rdf:li>${escaped(Author)}</rdf:li></rdf:Seq></dc:creator>
  <dc:description><rdf:Alt><rdf:li xml:lang="x-default">${escaped(Subject)}</rdf:li></rdf:Alt></dc:description>
  <pdf:Keywords>${escaped(Keywords)}</pdf:Keywords>
  <pdf:Producer>${escaped(Producer)}</pdf:Producer>
  <xmp:CreateDate>${created}</xmp:CreateDate>
  <xmp:CreatorTool>${escaped(Creator)}</xmp:CreatorTool>
</rdf:Description>`;
}

function plain(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\ufffe\uffff]+/gu, ' ');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
