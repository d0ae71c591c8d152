import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { V1Pod } from '@kubernetes/client-node';
import { admissionsDuring } from '../harness/admissions.ts';
import { rolledOut, running, runningPod } from '../harness/conditions.ts';
import { deployment } from '../harness/manifests.ts';
import { changesIn } from '../harness/orcon.ts';
import { gateInForce } from '../harness/webhook.ts';
import { imageOf, MINUTES, nobodyRestarted, ONE, type Story, veteranUntouched } from './lasting.ts';

const GATE = 'tengu-gate';
const APPS = ['relations-mutating-webhook', 'relations-controller'];

const gateOf = ({ spec }: V1Pod): string | undefined => spec?.initContainers?.find(({ name }) => name === GATE)?.image;

/** From an older build of webhook, controller and gate to a newer one, under load and with a consumer that runs. */
export const upgrade: Story = (lasting) => {
  let gateBefore: string | undefined;

  test(
    'an upgrade of webhook, controller and gate rolls new images without one failed admission, and restarts no consumer',
    async () => {
      const { orcon, ns } = lasting();
      const before = await Promise.all(APPS.map(imageOf));
      const veteran = await runningPod(ns, 'veteran');
      gateBefore = gateOf(veteran);
      for (const source of ['webhook/main.ts', 'controller/main.ts'])
        appendFileSync(join(orcon.folder, source), "\nprocess.title = 'newer';\n");
      appendFileSync(join(orcon.folder, 'gate/gate.sh'), '\n# newer\n');
      const { stamped, ...failed } = await admissionsDuring(ns, async () => {
        // Nothing is replaced: images, the Deployments of the two apps, the gate's configuration.
        expect(Object.keys(changesIn(await orcon.up())).sort()).toEqual(['unchanged', 'updated']);
      });
      expect(failed).toEqual({ unstamped: 0, refused: [] });
      expect(stamped).toBeGreaterThan(20);
      const after = await Promise.all(APPS.map(imageOf));
      for (const [index, image] of after.entries()) expect(image).not.toBe(before[index]);
      await gateInForce('the new gate image', ({ images }) => images[0] !== gateBefore);
      await ns.merge('Deployment', 'veteran', { metadata: { labels: { edited: 'yes' } } });
      await veteranUntouched(ns, veteran.uid);
      await nobodyRestarted(lasting());
    },
    5 * MINUTES,
  );

  test(
    'after it, what runs keeps its gate also when it grows, and what is new or edited gets the new one',
    async () => {
      const { ns } = lasting();
      await ns.kubectl('scale', 'deployment/veteran', '--replicas=2');
      const two = await running(ns, 'veteran', 2);
      expect(two.map(gateOf)).toEqual([gateBefore, gateBefore]);
      await ns.kubectl('scale', 'deployment/veteran', '--replicas=1');
      await running(ns, 'veteran', 1);

      await ns.create(deployment(ns.name, 'recruit', ONE));
      const recruit = await runningPod(ns, 'recruit');
      expect(gateOf(recruit)).not.toBe(gateBefore);
      await ns.kubectl('set', 'env', 'deployment/veteran', 'APP=2');
      await rolledOut(ns, 'Deployment', 'veteran');
      expect(gateOf(await runningPod(ns, 'veteran'))).toBe(gateOf(recruit));
    },
    5 * MINUTES,
  );
};
