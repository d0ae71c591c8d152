import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type GateArgs, gateConfiguration } from '../../infra/gate.ts';
import { readGateSettings } from '../../webhook/gate-settings.ts';
import { known } from './known.ts';

const text = (changes: Partial<GateArgs> = {}) =>
  known(
    gateConfiguration({ hold: 'container', image: 'gate@sha256:1', cpu: '50m', memory: '16Mi', initContainers: [], ...changes }),
  );

test('the gate is the first init container, by its image, with requests equal to limits', async () => {
  const size = { cpu: '50m', memory: '16Mi' };
  expect(parse(await text({ initContainers: [{ name: 'own', image: 'own:1' }] }))).toEqual({
    hold: 'container',
    initContainers: [
      {
        name: 'tengu-gate',
        image: 'gate@sha256:1',
        imagePullPolicy: 'IfNotPresent',
        resources: { requests: size, limits: size },
      },
      { name: 'own', image: 'own:1' },
    ],
  });
});

test('without an image there is no gate, and the kubelet holds', async () => {
  expect(parse(await text({ hold: 'kubelet', image: undefined }))).toEqual({ hold: 'kubelet', initContainers: [] });
});

test.each<[string, Partial<GateArgs>]>([
  ['a gate', {}],
  ['the kubelet alone', { hold: 'kubelet', image: undefined }],
  ['further init containers', { initContainers: [{ name: 'own', image: 'own:1', env: [{ name: 'A', value: '1' }] }] }],
])('the webhook takes the text with %s', async (_, changes) => {
  expect(readGateSettings(await text(changes))).toMatchObject({ ok: true });
});
