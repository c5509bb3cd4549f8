import { openLogFolder } from '@gatehouse/hub/ledger/tiles/log-folder.ts';
import { verifyLog } from '@gatehouse/hub/ledger/tiles/verify-log.ts';
import { parseWitnesses, withWitnesses } from '@gatehouse/hub/ledger/witness/ask-witnesses.ts';
import { openWitness, type Witness } from '@gatehouse/hub/ledger/witness/witness.ts';
import { openWitnessDoor } from '@gatehouse/hub/ledger/witness/witness-door.ts';
import {
  cosignatureLine,
  cosignaturesOf,
  cosignerKey,
  parseCosignerKey,
} from '@gatehouse/shared/journal/cosignature.ts';
import { generateSigner, parseVerifierKey, type Signer } from '@gatehouse/shared/journal/note.ts';
import { CHECKPOINT_PATH } from '@gatehouse/shared/journal/tile-path.ts';
import { expect, onTestFinished, test } from 'vitest';
import { archiveFolder, checkpointAt, madeEntries, madeLog } from '../fixtures/log-archive.ts';

const hub = generateSigner('gatehouse.local/hub-1');
const verifier = parseVerifierKey(hub.verifierKey);
const headers = madeEntries('edge-1', 700).map(({ headerText }) => headerText);
const AT = 1_800_000_000;

async function witnessAt(signer: Signer) {
  const witness = await openWitness({ folder: archiveFolder(), signer, verifier, unixSeconds: () => AT });
  const door = await openWitnessDoor({ witness, host: '127.0.0.1', port: 0, report: () => undefined });
  onTestFinished(() => door.close());
  return { witness, line: `${door.address} ${cosignerKey(signer)}` };
}

/** A log that is published at the sizes that a test says, by a hub that asks the witnesses of some lines. */
async function publishing(lines: readonly string[]) {
  const folder = await openLogFolder(archiveFolder());
  const [told, clock]: [string[], { nowMs: number }] = [[], { nowMs: 0 }];
  let size = 0;
  const plain = {
    size: () => size,
    async publish() {
      const files = [...madeLog(hub, headers.slice(0, size))].map(([path, bytes]) => ({ path, bytes }));
      const isNew = `${await folder.read(CHECKPOINT_PATH)}`.split('\n')[1] !== `${size}`;
      await folder.writeOnce(files.filter(({ path }) => path !== CHECKPOINT_PATH));
      if (isNew) await folder.writeCheckpoint(checkpointAt(hub, headers.slice(0, size)));
      return size;
    },
  };
  const witnesses = parseWitnesses(`${lines.join('\n')}\n`);
  const log = (line: string): void => void told.push(line);
  const asked = withWitnesses(plain, { folder, verifier, witnesses, elapsedMs: () => clock.nowMs, log });
  const signedBy = async (to: number) => {
    size = to;
    await asked.publish();
    const note = `${await folder.read(CHECKPOINT_PATH)}`;
    const cosigners = witnesses.map(({ cosigner }) => cosigner);
    return cosignaturesOf(note, cosigners).map(({ name }) => name);
  };
  return { folder, told, clock, signedBy };
}

test('the published checkpoint carries the lines of the witnesses, each made with a proof from where it stood', async () => {
  const [one, two] = [await witnessAt(generateSigner('w.example/1')), await witnessAt(generateSigner('w.example/2'))];
  const { folder, told, signedBy } = await publishing([one.line, two.line]);
  expect(await signedBy(300)).toEqual(['w.example/1', 'w.example/2']);
  expect(await signedBy(300)).toEqual(['w.example/1', 'w.example/2']);
  expect(await signedBy(600)).toEqual(['w.example/1', 'w.example/2']);
  expect(told).toEqual([]);
  expect(one.witness.last()).toMatchObject({ size: 600 });
  expect((await verifyLog({ log: folder, verifier })).findings).toEqual([]);
});

test('a hub that does not know where a witness stands learns it from the witness', async () => {
  const { witness, line } = await witnessAt(generateSigner('w.example/1'));
  await witness.add({ oldSize: 0, proof: [], note: checkpointAt(hub, headers.slice(0, 257)) });
  const { signedBy } = await publishing([line]);
  expect(await signedBy(700)).toEqual(['w.example/1']);
});

test('a witness that is away or refuses is told once, delays nobody, and is asked again after a while', async () => {
  const good = await witnessAt(generateSigner('w.example/good'));
  const ahead = await witnessAt(generateSigner('w.example/ahead'));
  await ahead.witness.add({ oldSize: 0, proof: [], note: checkpointAt(hub, headers) });
  const away = generateSigner('w.example/away');
  const { told, clock, signedBy } = await publishing([
    good.line,
    ahead.line,
    `http://127.0.0.1:9 ${cosignerKey(away)}`,
  ]);
  expect(await signedBy(300)).toEqual(['w.example/good']);
  expect(await signedBy(301)).toEqual(['w.example/good']);
  expect(told).toHaveLength(2);
  expect(told.join()).toContain('the witness w.example/ahead did not sign the log: it stands at 700, this log at 300');
  expect(told.join()).toContain('the witness w.example/away did not sign the log');
  clock.nowMs += 61_000;
  expect(await signedBy(700)).toEqual(['w.example/good', 'w.example/ahead']);
});

test('a line of another key is not put on the checkpoint', async () => {
  const witness: Pick<Witness, 'add'> = {
    add: async () => ({ status: 200, line: '— w.example/1 AAAAAAAA' }),
  };
  const door = await openWitnessDoor({ witness, host: '127.0.0.1', port: 0, report: () => undefined });
  onTestFinished(() => door.close());
  const { folder, told, signedBy } = await publishing([
    `${door.address} ${cosignerKey(generateSigner('w.example/1'))}`,
  ]);
  expect(await signedBy(300)).toEqual([]);
  expect(`${await folder.read(CHECKPOINT_PATH)}`).toBe(checkpointAt(hub, headers.slice(0, 300)));
  expect(told).toHaveLength(1);
});

test('of what a witness answers only its own line goes under the checkpoint', async () => {
  const own = generateSigner('w.example/1');
  const note = checkpointAt(hub, headers.slice(0, 300));
  const lineOver = (text: string) => cosignatureLine(own, text, AT);
  const good = lineOver(note.slice(0, note.lastIndexOf('\n\n') + 1));
  const answers = [
    [`${good}\n— w.example/1-old AAAAAAAA`, true],
    [`${good}\nmore words`, true],
    // A note may end anywhere after a blank line: over such a text the witness can sign what it likes.
    [`\nmore words\n\n${lineOver(`${note}\nmore words\n`)}`, false],
    [`${good}\n${'— w.example/1 AAAAAAAA\n'.repeat(200)}`, false],
  ] as const;
  for (const [line, isTaken] of answers) {
    const witness: Pick<Witness, 'add'> = { add: async () => ({ status: 200, line }) };
    const door = await openWitnessDoor({ witness, host: '127.0.0.1', port: 0, report: () => undefined });
    onTestFinished(() => door.close());
    const { folder, signedBy } = await publishing([`${door.address} ${cosignerKey(own)}`]);
    await signedBy(300);
    expect(`${await folder.read(CHECKPOINT_PATH)}`).toBe(isTaken ? `${note}${good}\n` : note);
    expect((await verifyLog({ log: folder, verifier })).findings).toEqual([]);
  }
});

test.each(['x', 'http://localhost', 'ftp://localhost KEY', 'http://localhost name+00000000+AAAA'])(
  'a line like %j names no witness',
  (line) => {
    expect(() => parseWitnesses(line)).toThrow();
  },
);

test('more witnesses than a note has room for are refused', () => {
  const line = `http://localhost:1 ${cosignerKey(generateSigner('w'))}`;
  expect(parseWitnesses(`${line}\n`.repeat(8))).toHaveLength(8);
  expect(() => parseWitnesses(`${line}\n`.repeat(9))).toThrow('9 witnesses where at most 8 fit');
  expect(parseCosignerKey(line.split(' ')[1] ?? '').name).toBe('w');
});
