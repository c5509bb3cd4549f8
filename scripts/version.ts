import { readFileSync } from 'node:fs';

/** The release of this checkout, as reports and records name it. */
export function releaseOfThis(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  return manifest.version;
}
