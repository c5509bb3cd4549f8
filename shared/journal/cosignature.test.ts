import { expect, test } from 'vitest';
import { checkpointText, openCheckpoint, signCheckpoint } from './checkpoint.ts';
import { cosignatureLine, cosignaturesOf, cosignerKey, parseCosignerKey } from './cosignature.ts';
import { generateSigner, parseVerifierKey } from './note.ts';

const log = generateSigner('example.com/log');
const witness = generateSigner('witness.example.com/w1');
const checkpoint = { origin: log.name, size: 7, root: Buffer.alloc(32, 9) };
const note = signCheckpoint(log, checkpoint);
const known = parseCosignerKey(cosignerKey(witness));
const AT = 1_679_315_147;
const cosigned = `${note}${cosignatureLine(witness, checkpointText(checkpoint), AT)}\n`;

test('a cosignature says who and when, and the note still opens by the key of its log', () => {
  expect(cosignaturesOf(cosigned, [known])).toEqual([{ name: witness.name, at: AT }]);
  expect(openCheckpoint(cosigned, [parseVerifierKey(log.verifierKey)])).toMatchObject({ size: 7 });
  expect(cosignaturesOf(note, [known])).toEqual([]);
});

test('the example of the specification has the length and the time that it says', () => {
  // Source: C2SP tlog-cosignature, the example of a checkpoint that contains a cosignature.
  const line =
    'jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==';
  const example = Buffer.from(line, 'base64');
  const ours = Buffer.from(cosigned.split(' ').at(-1) ?? '', 'base64');
  expect(ours.length).toBe(example.length);
  expect(ours.subarray(4, 12)).toEqual(example.subarray(4, 12));
});

test('a cosignature of another checkpoint, another time or another key does not count', () => {
  const other = checkpointText({ ...checkpoint, size: 8 });
  expect(() => cosignaturesOf(`${note}${cosignatureLine(witness, other, AT)}\n`, [known])).toThrow('does not fit');
  const bytes = Buffer.from(cosigned.split(' ').at(-1) ?? '', 'base64');
  bytes[11] = (bytes[11] ?? 0) ^ 1;
  expect(() => cosignaturesOf(`${note}— ${witness.name} ${bytes.toString('base64')}\n`, [known])).toThrow(
    'does not fit',
  );
  const stranger = parseCosignerKey(cosignerKey(generateSigner(witness.name)));
  expect(cosignaturesOf(cosigned, [stranger])).toEqual([]);
});

test.each(['', 'name', log.verifierKey, cosignerKey(witness).replace('w1', 'w2'), `${cosignerKey(witness)}x`])(
  '%j is no key of a witness',
  (text) => {
    expect(() => parseCosignerKey(text)).toThrow('the key of a witness without its form');
  },
);
