import { describe, expect, test } from '@jest/globals';
import { readGateSettings } from '../../webhook/gate-settings.ts';

const faultsOf = (text: string) => {
  const result = readGateSettings(text);
  return result.ok ? [] : result.faults;
};

test('containers are handed on as they are written, with keys that nobody here knows', () => {
  const text = `
initContainers:
  - name: gate
    image: registry.example/gate@sha256:00
    resources: { limits: { cpu: 10m } }
    somethingNew: [1, true, null]
  - { name: second, image: other }
hold: kubelet
`;
  expect(readGateSettings(text)).toEqual({
    ok: true,
    value: {
      hold: 'kubelet',
      initContainers: [
        {
          name: 'gate',
          image: 'registry.example/gate@sha256:00',
          resources: { limits: { cpu: '10m' } },
          somethingNew: [1, true, null],
        },
        { name: 'second', image: 'other' },
      ],
    },
  });
});

test("the prototype's file, which knows no hold, trusts its containers", () => {
  expect(readGateSettings('initContainers: [{ name: gate, image: gate:1 }]')).toMatchObject({
    ok: true,
    value: { hold: 'container' },
  });
});

test('JSON is YAML', () => {
  expect(readGateSettings('{"initContainers":[],"hold":"kubelet"}')).toEqual({
    ok: true,
    value: { hold: 'kubelet', initContainers: [] },
  });
});

describe('faults', () => {
  test('are told all at once, each with its path', () => {
    const text = `
hold: maybe
initContaners: []
initContainers:
  - name: Gate
    image: gate
  - image: ""
  - { name: twice, image: a }
  - { name: twice, image: b }
  - just text
`;
    expect(faultsOf(text)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^hold: .*"container"\|"kubelet"/),
        expect.stringMatching(/^the file: .*initContaners/),
        expect.stringMatching(/^initContainers\[0\]\.name: must be a DNS label/),
        expect.stringMatching(/^initContainers\[1\]\.name: /),
        expect.stringMatching(/^initContainers\[1\]\.image: must name an image/),
        expect.stringMatching(/^initContainers\[4\]: /),
      ]),
    );
  });

  test('two containers of one name', () => {
    expect(faultsOf('initContainers: [{ name: a, image: x }, { name: b, image: x }, { name: a, image: x }]')).toEqual([
      'initContainers[2].name: "a" is the name of initContainers[0] already',
    ]);
  });

  test.each([
    ['an empty file', '', /^the file: /],
    ['a list', '- 1', /^the file: /],
    ['no YAML', 'initContainers: [', /at line 1/],
    ['two documents', 'hold: kubelet\n---\nhold: kubelet', /multiple documents/],
    ['a key that is there twice', 'hold: kubelet\nhold: container', /unique/],
    ['a number that JSON does not have', 'initContainers: [{ name: a, image: b, x: .inf }]', /^initContainers\[0\]\.x: /],
    ['an alias bomb', bomb(), /alias/i],
  ])('%s', (_, text, expected) => {
    expect(faultsOf(text)).toEqual([expect.stringMatching(expected)]);
  });
});

function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level},`.repeat(9)}]`);
  return ['l0: &l0 [x]', ...levels].join('\n');
}
