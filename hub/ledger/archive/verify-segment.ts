import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { decodeBundle } from '@gatehouse/shared/journal/entry-bundle.ts';
import { appendLeaves, leafHash, rangeFromHex, rangeRoot } from '@gatehouse/shared/journal/merkle.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import { parseTilePath, TILE_WIDTH } from '@gatehouse/shared/journal/tile-path.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import type { RowOpener } from '../keys/open-row.ts';
import type { ArchiveStore } from './archive-store.ts';
import { parseBodyLines, type ReadBody, readBody } from './body-lines.ts';
import {
  manifestPath,
  NO_SEGMENT_HASH,
  type OpenedManifest,
  openManifest,
  type SegmentManifest,
  segmentFolder,
} from './manifest.ts';
import { readObject } from './read-object.ts';
import { readTar, type TarFile } from './tar.ts';

/** What is wrong with a segment of the archive, in words. */
export interface SegmentFinding {
  readonly code:
    | 'manifest-missing'
    | 'manifest-invalid'
    | 'chain-differs'
    | 'object-missing'
    | 'object-differs'
    | 'object-replaced'
    | 'lock-missing'
    | 'log-differs'
    | 'body-differs';
  readonly segment: number;
  readonly object?: string;
  readonly leaf?: number;
  readonly message: string;
}

/** What a verification of a segment found. Shape: `manifest` is absent where it is not there or not signed; findings have a bound. */
export interface SegmentVerification {
  readonly segment: number;
  readonly manifest: OpenedManifest | undefined;
  readonly opened: number;
  readonly disposed: number;
  readonly findings: readonly SegmentFinding[];
}

/** What a segment is verified with. Shape: without `open` bodies are compared by the hashes of their objects alone. */
export interface VerifyDeps {
  readonly store: ArchiveStore;
  readonly verifier: Verifier;
  readonly open?: RowOpener | undefined;
}

/** Who is shown a segment while it is verified; what is shown counts only without findings. */
export interface SegmentVisitor {
  onLog?(files: readonly TarFile[], manifest: OpenedManifest): Promise<void>;
  onBodies?(bodies: readonly ReadBody[], headers: ReadonlyMap<number, string>): Promise<void>;
}

const FINDINGS_MAX = 100;
const BODIES_A_TURN = 100;

type Find = (code: SegmentFinding['code'], message: string, place?: { object?: string; leaf?: number }) => void;

/**
 * Reads a segment whole and checks it: the manifest's signature, the segment before, each object's lock, length and hash, the headers
 * against the signed root of the log, and each body against its header.
 *
 * Errors: those of the store; what is there and wrong is a finding.
 */
export async function verifySegment(
  deps: VerifyDeps,
  segment: number,
  visitor: SegmentVisitor = {},
): Promise<SegmentVerification> {
  const findings: SegmentFinding[] = [];
  const find: Find = (code, message, place = {}) => {
    if (findings.length < FINDINGS_MAX) findings.push({ code, segment, ...place, message });
  };
  const manifest = await readManifest(deps, segment, find);
  if (manifest === undefined) return { segment, manifest, opened: 0, disposed: 0, findings };
  await compareChain(deps, manifest, find);
  await compareLocks(deps.store, manifest.value, find);
  const counts = await readObjects(deps, manifest, { find, visitor });
  return { segment, manifest, ...counts, findings };
}

async function readManifest(deps: VerifyDeps, segment: number, find: Find): Promise<OpenedManifest | undefined> {
  const path = manifestPath(segment);
  const note = await deps.store.get(path);
  const newest = note === undefined ? undefined : openedOrFault(deps, note, segment);
  if (newest !== undefined && typeof newest !== 'string') return newest;
  for await (const earlier of deps.store.earlier(path)) {
    const opened = openedOrFault(deps, earlier, segment);
    if (typeof opened === 'string') continue;
    find('object-replaced', `${path} was hidden or replaced; the version under it is signed`, { object: path });
    return opened;
  }
  if (newest === undefined) find('manifest-missing', `segment ${segment} has no manifest`);
  else find('manifest-invalid', newest);
  return undefined;
}

function openedOrFault({ verifier }: VerifyDeps, note: Uint8Array, segment: number): OpenedManifest | string {
  try {
    return openManifest(Buffer.from(note).toString('utf8'), verifier, segment);
  } catch (error) {
    return describeError(error);
  }
}

async function compareChain(deps: VerifyDeps, { value }: OpenedManifest, find: Find): Promise<void> {
  const { segment, first, previous, frontier } = value;
  if (segment === 1) {
    const isFirst = first === 0 && previous === NO_SEGMENT_HASH && frontier.length === 0;
    if (!isFirst) find('chain-differs', 'the first segment does not begin with the first leaf');
    return;
  }
  const before = await readManifest(deps, segment - 1, find);
  if (before === undefined) return;
  if (before.hash !== previous) find('chain-differs', `it names another manifest than that of segment ${segment - 1}`);
  if (before.value.last + 1 !== first) find('chain-differs', `it does not begin where segment ${segment - 1} ends`);
  if (!isRootOf(before.root, { first, frontier })) find('chain-differs', 'it does not continue the log before it');
}

function isRootOf(root: Uint8Array, { first, frontier }: Pick<SegmentManifest, 'first' | 'frontier'>): boolean {
  try {
    return Buffer.compare(rangeRoot(rangeFromHex(first, frontier)), root) === 0;
  } catch {
    return false;
  }
}

async function compareLocks(store: ArchiveStore, manifest: SegmentManifest, find: Find): Promise<void> {
  if (!store.hasLocks) return;
  const until = parseInstant(manifest.retainUntil);
  const folder = segmentFolder(manifest.segment);
  const paths = [...manifest.objects.map(({ name }) => `${folder}/${name}`), manifestPath(manifest.segment)];
  for (const path of paths) {
    const head = await store.head(path);
    const isLocked = head === undefined || (head.lockedUntil !== undefined && head.lockedUntil >= until);
    if (!isLocked) find('lock-missing', `nothing keeps ${path} until ${manifest.retainUntil}`, { object: path });
  }
}

interface Reading {
  readonly find: Find;
  readonly visitor: SegmentVisitor;
}

async function readObjects(
  deps: VerifyDeps,
  manifest: OpenedManifest,
  { find, visitor }: Reading,
): Promise<{ readonly opened: number; readonly disposed: number }> {
  const { value } = manifest;
  const counts = { opened: 0, disposed: 0 };
  let headers: ReadonlyMap<number, string> = new Map();
  let next = value.first;
  for (const object of value.objects) {
    const path = `${segmentFolder(value.segment)}/${object.name}`;
    const bytes = await readWhole(deps.store, { ...object, path }, find);
    if (bytes === undefined) continue;
    if (object.name.startsWith('log-')) {
      const files = readTar(bytes);
      headers = headersIn(files, value);
      compareRoot(manifest, headers, find);
      await visitor.onLog?.(files, manifest);
      continue;
    }
    const bodies = await openBodies({ bytes, path, headers, open: deps.open, first: next }, find);
    next += bodies.length;
    for (const body of bodies) {
      if (body.opened !== undefined) counts.opened += 1;
      if (body.disposal !== undefined) counts.disposed += 1;
    }
    await visitor.onBodies?.(bodies, headers);
  }
  const isWhole = next === value.last + 1;
  if (!isWhole) find('body-differs', `its bodies end before leaf ${next}, not after ${value.last}`);
  return counts;
}

async function readWhole(
  store: ArchiveStore,
  { path, sha256 }: { readonly path: string; readonly sha256: string },
  find: Find,
): Promise<Uint8Array | undefined> {
  const { whole, fault } = await readObject(store, path, sha256);
  if (fault === undefined) return whole;
  const said = fault === 'missing' ? `${path} is not in ${store.place}` : `${path} is not what its manifest names`;
  if (whole === undefined) find(`object-${fault}`, said, { object: path });
  else find('object-replaced', `${said}; the version under it is whole`, { object: path });
  return whole;
}

/** The headers of a segment by leaf, from the bundles of the log. */
function headersIn(files: readonly TarFile[], { first, last }: SegmentManifest): ReadonlyMap<number, string> {
  const headers = new Map<number, string>();
  for (const { path, bytes } of files) {
    const id = parseTilePath(path);
    if (id?.level !== 'entries') continue;
    for (const [index, entry] of decodeBundle(bytes).entries()) {
      const leaf = id.index * TILE_WIDTH + index;
      if (leaf >= first && leaf <= last) headers.set(leaf, Buffer.from(entry).toString('utf8'));
    }
  }
  return headers;
}

function compareRoot({ value, root }: OpenedManifest, headers: ReadonlyMap<number, string>, find: Find): void {
  const hashes: Uint8Array[] = [];
  for (let leaf = value.first; leaf <= value.last; leaf += 1) {
    const header = headers.get(leaf);
    if (header === undefined) {
      find('log-differs', `the header of leaf ${leaf} is missing`, { leaf });
      return;
    }
    hashes.push(leafHash(header));
  }
  const grown = rangeRoot(appendLeaves(rangeFromHex(value.first, value.frontier), hashes));
  if (Buffer.compare(grown, root) !== 0) find('log-differs', 'its headers do not make the log that was signed');
}

/** Opens the bodies of an object, some at a time, so that whoever else works in this process is not kept waiting. */
async function openBodies(
  part: {
    readonly bytes: Uint8Array;
    readonly path: string;
    readonly headers: ReadonlyMap<number, string>;
    readonly open: RowOpener | undefined;
    readonly first: number;
  },
  find: Find,
): Promise<readonly ReadBody[]> {
  const { open, headers, path } = part;
  const bodies: ReadBody[] = [];
  for (const [index, line] of parseBodyLines(part.bytes, path).entries()) {
    if (index % BODIES_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    const { leaf } = line;
    const wanted = part.first + index;
    if (leaf !== wanted) find('body-differs', `${path} has leaf ${leaf} where ${wanted} belongs`, { object: path });
    const header = headers.get(leaf);
    const body = open === undefined || header === undefined ? { leaf } : readBody(line, header, open);
    if ('fault' in body) find('body-differs', `the body of leaf ${leaf}: ${body.fault}`, { object: path, leaf });
    bodies.push(body);
  }
  return bodies;
}

/** What is wrong as one failure. Errors: never; it is given. */
export function damageOf(findings: readonly SegmentFinding[]): KitError {
  const [first] = findings;
  return new KitError('ARCHIVE_DAMAGED', `segment ${first?.segment}: ${first?.message} (${findings.length} findings)`, {
    hint: 'Keep the archive as it is and run "gatehouse archive verify"; the database still holds these records.',
  });
}
