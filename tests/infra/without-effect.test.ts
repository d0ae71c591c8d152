/** Keys that are set for what the stack has switched off: nobody is to believe that they count. */
import { describe, expect, test } from '@jest/globals';
import { readSettings } from '../../infra/config.ts';
import { withoutEffect } from '../../infra/without-effect.ts';
import { faults, GIVEN, REGISTRY } from './faults.ts';

const CERTIFICATE = { 'orcon:certificateSecret': 'given', 'orcon:injectCaFrom': 'orcon-system/hook' };
const lines = (config: Record<string, string>) => withoutEffect(readSettings(config, 'dev'));
/** The keys that a stack is told of. */
const told = (config: Record<string, string>) => lines(config).map((line) => line.split(' ', 1)[0]);

describe('a key without effect', () => {
  test('is told of in a line that says what it would take', () => {
    expect(lines({ ...REGISTRY, 'orcon:networkPolicies': 'false', 'orcon:apiServerPorts': '[6550]' })).toEqual([
      'orcon:apiServerPorts is set and has no effect: orcon:networkPolicies is false',
    ]);
  });

  test.each([
    [
      'images that are built, where they are given',
      {
        ...GIVEN,
        ...REGISTRY,
        'orcon:registryUsername': 'me',
        'orcon:registryPassword': 'hunter2',
        'orcon:nodeImage': 'example/node:24',
        'orcon:gateBaseImage': 'example/busybox:1',
        'orcon:platform': 'linux/arm64',
      },
      ['registry', 'registryUsername', 'registryPassword', 'nodeImage', 'gateBaseImage', 'platform'],
    ],
    [
      "the gate's image, where pods wait without one",
      { ...REGISTRY, 'orcon:hold': 'kubelet', 'orcon:gateBaseImage': 'x:1' },
      ['gateBaseImage'],
    ],
    [
      "the gate's sizes, where pods wait without one",
      { ...REGISTRY, 'orcon:hold': 'kubelet', 'orcon:gateCpu': '10m', 'orcon:gateMemory': '8Mi' },
      ['gateCpu', 'gateMemory'],
    ],
    [
      'a gate that is built, where another is given',
      { ...REGISTRY, 'orcon:gateImage': 'x:1', 'orcon:gateBaseImage': 'x:1' },
      ['gateBaseImage'],
    ],
    [
      'issuing, where the certificate is given',
      {
        ...REGISTRY,
        ...CERTIFICATE,
        'orcon:certificateHours': '800',
        'orcon:trustedAuthorities': '["b"]',
        'orcon:signingAuthority': 'b',
      },
      ['trustedAuthorities', 'signingAuthority', 'certificateHours'],
    ],
  ])('is one of %s', (_, config, expected) => {
    expect(told(config)).toEqual(expected.map((name) => `orcon:${name}`));
  });

  test('is no fault: a switch is turned off and on again without losing what goes with it', () => {
    expect(faults({ ...GIVEN, 'orcon:registryUsername': 'me', 'orcon:registryPassword': 'hunter2' })).toEqual([]);
    expect(faults({ ...CERTIFICATE, 'orcon:certificateHours': '800' })).toEqual([]);
  });

  test.each([
    ['where all is on', { ...REGISTRY, 'orcon:gateCpu': '10m', 'orcon:apiServerPorts': '[1]', 'orcon:certificateHours': '9000' }],
    [
      "where it is the gate's beside a kubelet that holds",
      { ...REGISTRY, 'orcon:hold': 'kubelet', 'orcon:gateImage': 'x:1', 'orcon:gateCpu': '1' },
    ],
    ['where it says what is so by default', { ...GIVEN, 'orcon:platform': 'linux/amd64', 'orcon:registry': '' }],
  ])('is none %s', (_, config) => {
    expect(told(config)).toEqual([]);
  });
});
