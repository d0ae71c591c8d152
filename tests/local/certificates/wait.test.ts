import { X509Certificate } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import type { WebhookCertificates } from '../../../local/certificates/survey.ts';
import { waitFor } from '../../../local/certificates/wait.ts';
import { makeAuthority } from './authority.ts';

let certificate: X509Certificate;
beforeAll(async () => {
  certificate = new X509Certificate((await makeAuthority('hook CA a')).certificate);
});

/** What a look finds: the authorities that are trusted, and whose certificate each pod serves. */
const found = (trusted: readonly string[], ...pods: readonly string[]): readonly WebhookCertificates[] => [
  {
    configuration: 'hook',
    trusted: trusted.map((slot) => ({ name: `hook CA ${slot}`, certificate })),
    pods: pods.map((slot, index) => ({ pod: `p${index}`, served: certificate, signedBy: `hook CA ${slot}` })),
  },
];

/** Waits for b over these looks, the last of which is the last in time too. */
async function waitOver(...looks: readonly (readonly WebhookCertificates[])[]) {
  const said: string[] = [];
  let looked = 0;
  const last = await waitFor({
    look: async () => looks[looked++] ?? [],
    authority: 'b',
    log: (line) => said.push(line),
    pause: async () => {},
    isOver: () => looked >= looks.length,
  });
  return { said, looked, last };
}

test('what is waited for is told at the start and when it changes', async () => {
  const both = ['a', 'b'];
  const end = found(both, 'b', 'b');
  expect(await waitOver(found(both, 'a', 'a'), found(both, 'a', 'a'), found(both, 'a', 'b'), found(both), end)).toEqual({
    said: [
      'waiting for a certificate of authority b: pod p0 serves one of hook CA a, pod p1 serves one of hook CA a',
      'waiting for a certificate of authority b: pod p0 serves one of hook CA a',
      'waiting for a certificate of authority b: hook has no pod',
    ],
    looked: 5,
    last: end,
  });
});

test('nothing is waited for, nor told, where all is as it is to be', async () => {
  expect(await waitOver(found(['b'], 'b'), found(['b'], 'b'))).toMatchObject({ said: [], looked: 1 });
});

test('it ends with what there is when its time is over', async () => {
  const end = found(['a', 'b'], 'a');
  expect(await waitOver(end, end)).toMatchObject({ looked: 2, last: end });
});

test('an authority that is not trusted is refused at once, and where it stops to be', async () => {
  const refused = '--wait-for b would wait for ever: the API server does not trust that authority for hook, but hook CA a';
  await expect(waitOver(found(['a'], 'a'), found(['a', 'b'], 'b'))).rejects.toThrow(refused);
  await expect(waitOver(found(['a', 'b'], 'a'), found(['a'], 'a'), found(['b'], 'b'))).rejects.toThrow(refused);
});
