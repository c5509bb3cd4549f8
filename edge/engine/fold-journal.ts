import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import type { OpenedJournal } from '../journal/journal-types.ts';
import type { Book } from './book.ts';
import { fromWireBody } from './entry-wire.ts';

/** Folds what a journal holds behind its snapshot into a book. Errors: `MESSAGE_MALFORMED` for a known kind of another form. */
export async function foldJournal(book: Book, { entries }: Pick<OpenedJournal, 'entries'>): Promise<Book> {
  for await (const { header, bodyText } of entries) {
    const entry = fromWireBody(header.kind, bodyText);
    if (entry !== undefined) book.fold(entry, parseInstant(header.at));
  }
  return book;
}
