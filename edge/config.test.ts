import { toText } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { readEdgeConfig } from './config.ts';

const data = { GATEHOUSE_EDGE_DATA: '/data/edge' };

test('a data folder is enough for a run on paper', () => {
  const config = readEdgeConfig([], data);
  expect(config).toMatchObject({ data: '/data/edge', edge: 'edge-1', paceSeconds: 60, run: 1, initOnly: false });
  expect(toText(config.feeBps)).toBe('0.5');
  expect(config.hub).toBeUndefined();
});

test('every problem is listed at once', () => {
  const wrong = { GATEHOUSE_EDGE_ID: 'a b', GATEHOUSE_EDGE_PACE_SECONDS: '-1', GATEHOUSE_EDGE_FEE_BPS: '1e2' };
  expect(() => readEdgeConfig(['--fast'], wrong)).toThrow(
    /--fast.*GATEHOUSE_EDGE_DATA.*GATEHOUSE_EDGE_ID.*GATEHOUSE_EDGE_PACE_SECONDS.*GATEHOUSE_EDGE_FEE_BPS/,
  );
});

test('a broker without the key of its hub is refused, and so is a key without a broker', () => {
  expect(() => readEdgeConfig([], { ...data, GATEHOUSE_EDGE_BROKER: 'mqtt://127.0.0.1:1883' })).toThrow(
    /belong together/,
  );
  expect(() => readEdgeConfig([], { ...data, GATEHOUSE_EDGE_HUB_KEY: 'hub.vkey' })).toThrow(/belong together/);
  const both = { ...data, GATEHOUSE_EDGE_BROKER: 'mqtt://127.0.0.1:1883', GATEHOUSE_EDGE_HUB_KEY: '/data/hub.vkey' };
  expect(readEdgeConfig([], both).hub).toEqual({ broker: 'mqtt://127.0.0.1:1883', keyFile: '/data/hub.vkey' });
});

test('an address of shapes counts with the key of its hub alone, and is a web address', () => {
  const hub = { GATEHOUSE_EDGE_BROKER: 'mqtt://127.0.0.1:1883', GATEHOUSE_EDGE_HUB_KEY: '/data/hub.vkey' };
  const shapes = { GATEHOUSE_EDGE_SHAPES: 'https://hub.example:8443/' };
  expect(readEdgeConfig([], { ...data, ...hub, ...shapes }).shapes).toBe('https://hub.example:8443');
  expect(() => readEdgeConfig([], { ...data, ...shapes })).toThrow(/believed by the file of its verifier key alone/);
  expect(() => readEdgeConfig([], { ...data, ...hub, GATEHOUSE_EDGE_SHAPES: 'file:///etc' })).toThrow(/SHAPES/);
});

test('a fee of zero is a fee, and one below zero is refused', () => {
  expect(toText(readEdgeConfig([], { ...data, GATEHOUSE_EDGE_FEE_BPS: '0' }).feeBps)).toBe('0');
  expect(() => readEdgeConfig([], { ...data, GATEHOUSE_EDGE_FEE_BPS: '-0.1' })).toThrow(/below zero/);
});
