import { type LogFindingCode, verifyLog } from '@gatehouse/hub/ledger/tiles/verify-log.ts';
import { openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { CHECKPOINT_PATH } from '@gatehouse/shared/journal/tile-path.ts';
import { expect, test } from 'vitest';
import { checkpointAt, logInMemory, madeEntries, madeLog } from '../fixtures/log-archive.ts';
import { seededDice } from '../fixtures/seeded-dice.ts';

// Whoever can write the archive, with and without the hub's key, against a verifier that kept one checkpoint.

const SIZE = 700;
const SEEN = 690;
const EACH = Number(process.env['GATEHOUSE_TAMPERINGS'] ?? 6);
const signer = generateSigner('gatehouse.local/hub-1');
const verifier = parseVerifierKey(signer.verifierKey);
const headers = woven('edge-1', 'edge-2');
const files = madeLog(signer, headers);
const seen = [openCheckpoint(checkpointAt(signer, headers.slice(0, SEEN)), [verifier])];

type Files = Map<string, Buffer>;
type Dice = ReturnType<typeof seededDice>;

/** Two streams by turns. */
function woven(...edges: readonly string[]): readonly string[] {
  const streams = edges.map((edge) => madeEntries(edge, SIZE / edges.length));
  return Array.from({ length: SIZE }, (_, index) => {
    return streams[index % edges.length]?.[Math.floor(index / edges.length)]?.headerText ?? '';
  });
}

/** The files of other headers, which a forger without the key can only leave under the true checkpoint. */
function forged(changed: readonly string[]): Files {
  const made = madeLog(signer, changed);
  made.set(CHECKPOINT_PATH, Buffer.from(files.get(CHECKPOINT_PATH) ?? ''));
  return made;
}

function edited(dice: Dice, from = 0, to = SIZE): readonly string[] {
  const at = from + dice(to - from);
  return headers.map((header, index) => (index === at ? header.replace('incident', 'accident') : header));
}

const tamperings: Readonly<Record<string, (dice: Dice) => Files>> = {
  'one bit of any file': (dice) => {
    const changed = new Map(files);
    const paths = [...files.keys()];
    const path = paths[dice(paths.length)] ?? '';
    const bytes = Buffer.from(files.get(path) ?? '');
    const at = dice(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << dice(8));
    return changed.set(path, bytes);
  },
  'an entry edited, all tiles made again': (dice) => forged(edited(dice)),
  'an entry deleted, all tiles made again': (dice) => {
    const at = dice(SIZE);
    return forged(headers.filter((_, index) => index !== at));
  },
  'an entry added, all tiles made again': (dice) => forged(headers.toSpliced(dice(SIZE), 0, headers[dice(SIZE)] ?? '')),
  'two entries in each other’s place': (dice) => {
    const [a, b] = [dice(SIZE / 2), SIZE / 2 + dice(SIZE / 2)];
    return forged(headers.map((header, index) => (index === a ? headers[b] : index === b ? headers[a] : header) ?? ''));
  },
  'the end cut off': (dice) => forged(headers.slice(0, dice(SIZE))),
  'a file deleted': (dice) => {
    const changed = new Map(files);
    const paths = [...files.keys()];
    changed.delete(paths[dice(paths.length)] ?? '');
    return changed;
  },
  'two files in each other’s place': (dice) => {
    const paths = [...files.keys()];
    const a = dice(paths.length);
    const [one = '', other = ''] = [paths[a], paths[(a + 1 + dice(paths.length - 1)) % paths.length]];
    const changed = new Map(files);
    return changed.set(one, files.get(other) ?? Buffer.alloc(0)).set(other, files.get(one) ?? Buffer.alloc(0));
  },
  'an old checkpoint shown again': (dice) => {
    const note = checkpointAt(signer, headers.slice(0, dice(SEEN)));
    return new Map(files).set(CHECKPOINT_PATH, Buffer.from(note));
  },
  // What lies beyond every checkpoint that somebody kept is the word of the key alone.
  'the hub’s key stolen: an entry edited': (dice) => madeLog(signer, edited(dice, 0, SEEN)),
  'the hub’s key stolen: another history': (dice) => {
    const at = dice(SEEN / 2) * 2;
    const other = woven('edge-3', 'edge-4');
    return madeLog(signer, [...headers.slice(0, at), ...other.slice(0, SIZE - at)]);
  },
  'the hub’s key stolen: the end cut off': (dice) => madeLog(signer, headers.slice(0, dice(SEEN))),
  'another key': (dice) => madeLog(generateSigner(signer.name), edited(dice)),
};

async function findingsOf(changed: Files): Promise<readonly LogFindingCode[]> {
  const { findings } = await verifyLog({ log: logInMemory(changed), verifier, seen });
  return findings.map(({ code }) => code);
}

test('an archive that nobody changed has no finding', async () => {
  expect(await findingsOf(files)).toEqual([]);
  expect(await findingsOf(forged(headers))).toEqual([]);
});

test('every change of an archive is found, by whom ever it was made', { timeout: 3_600_000 }, async () => {
  const missed: string[] = [];
  for (const [name, tamper] of Object.entries(tamperings)) {
    const codes = new Map<string, number>();
    for (let round = 0; round < EACH; round += 1) {
      const found = await findingsOf(tamper(seededDice(`${name} ${round}`)));
      if (found.length === 0) missed.push(`${name}, round ${round}`);
      for (const code of new Set(found)) codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    const counts = [...codes].map(([code, count]) => `${code} ${count}`).join(', ');
    process.stdout.write(`archive: ${name}: ${EACH} tried, ${counts}\n`);
  }
  expect(missed).toEqual([]);
});

test('without a checkpoint that somebody kept, nobody can tell a shorter log from the true one', async () => {
  const { findings } = await verifyLog({ log: logInMemory(madeLog(signer, headers.slice(0, 300))), verifier });
  expect(findings).toEqual([]);
});
