/** Takes secrets out of a text before anybody can read it. */
export type Redaction = (text: string) => string;

/** Shorter words stand in too many other places to be taken out. */
const WORD_LENGTH_MIN = 4;
const INSTEAD = '[secret]';

/**
 * Takes every known secret out of a line, also as it stands in an address, in JSON, in base64 or in hex.
 *
 * Shape: the secrets are asked for with each line, so that one that was rotated in is known at once.
 */
export function createRedaction(secrets: () => Iterable<string>): Redaction {
  return (text) => {
    let redacted = text;
    for (const form of formsOf(secrets())) redacted = redacted.replaceAll(form, INSTEAD);
    return redacted;
  };
}

/** The longest first, so that none leaves the rest of another behind. */
function formsOf(secrets: Iterable<string>): readonly string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    // A key of several lines may be quoted line by line.
    for (const word of [secret, ...secret.split(/\r?\n/)]) {
      if (word.length < WORD_LENGTH_MIN) continue;
      const bytes = Buffer.from(word, 'utf8');
      const hex = bytes.toString('hex');
      const base64 = [bytes.toString('base64'), bytes.toString('base64url')];
      const quoted = JSON.stringify(word).slice(1, -1);
      for (const form of [word, quoted, encodeURIComponent(word), ...base64, hex, hex.toUpperCase()]) forms.add(form);
    }
  }
  return [...forms].sort((a, b) => b.length - a.length);
}
