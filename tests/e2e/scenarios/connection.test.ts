import { expect } from '@jest/globals';
import type { V1Service } from '@kubernetes/client-node';
import { PROVIDES } from '../../../relations/vocabulary.ts';
import { cluster } from '../harness/cluster.ts';
import { held, printed, runningPod } from '../harness/conditions.ts';
import { deployment } from '../harness/manifests.ts';
import { scenario } from '../harness/scenario.ts';

const SERVE = 'mkdir /pages && echo "hello from the provider" > /pages/index.html && exec httpd -f -p 8000 -h /pages';
// Busybox, linked statically against glibc, cannot look a name up; Node does as every app does.
const CALL = `
  const call = () => fetch('http://' + process.env.WEB_HOST + ':' + process.env.WEB_PORT + '/');
  const again = () => new Promise((resolve) => setTimeout(resolve, 200)).then(answered);
  const answered = () => call().then((answer) => answer.text()).catch(again);
  console.log((await answered()).trim());
  process.on('SIGTERM', () => process.exit(0));
  setInterval(() => {}, 1000);
`;

scenario('a consumer opens a connection to its provider by the host and port that it was given', async (ns) => {
  await ns.create(
    deployment(ns.name, 'caller', {
      consumes: 'web',
      relations: 'web',
      container: { image: cluster.nodeImage, command: ['/nodejs/bin/node', '--input-type=module', '-e', CALL] },
    }),
  );
  await held(ns, 'caller');
  await ns.create(deployment(ns.name, 'server', { container: { command: ['sh', '-c', SERVE] } }));
  await runningPod(ns, 'server');
  await ns.create<V1Service>({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', labels: { [PROVIDES]: 'web' } },
    spec: {
      selector: { app: 'server' },
      ports: [
        { name: 'metrics', port: 9000 },
        { name: 'web', port: 80, targetPort: 8000 },
      ],
    },
  });
  const { name } = await runningPod(ns, 'caller');
  expect(await printed(ns, name)).toBe('hello from the provider\n');
});
