/**
 * Whether a spreadsheet that reads this text from a CSV file would run it as a formula or drop its first character.
 *
 * Source: OWASP ASVS 5.0, 1.2.10, and the full-width signs that spreadsheets fold into the plain ones.
 */
function looksLikeFormula(text: string): boolean {
  return /^[=+\-@\t\r\n\0＝＋－＠]/u.test(text);
}

/** The text behind a quote sign where a spreadsheet would run it, else as it is. */
export function withoutFormula(text: string): string {
  return looksLikeFormula(text) ? `'${text}` : text;
}
