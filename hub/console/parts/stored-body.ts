/** A value of a stored body. The page shows what is stored, also where a later release wrote it, so nothing is assumed. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** The stored body as a record; empty where it was destroyed or is no object. */
export function readBody(text: string | null | undefined): JsonRecord {
  if (text === null || text === undefined) return {};
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return {};
  }
}

export function asRecord(value: unknown): JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : {};
}

export function recordIn(record: JsonRecord, key: string): JsonRecord {
  return asRecord(record[key]);
}

export function textIn(record: JsonRecord, key: string): string {
  const value = record[key];
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
}

/** The same record with its keys in an order that people know; other keys follow as they stand. */
export function inOrder(record: JsonRecord, keys: readonly string[]): JsonRecord {
  const known = keys.filter((key) => key in record).map((key) => [key, record[key]] as const);
  return {
    ...Object.fromEntries(known),
    ...Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key))),
  };
}
