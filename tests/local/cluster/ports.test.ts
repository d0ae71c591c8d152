import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { checkPorts } from '../../../local/cluster/ports.ts';

/** Does work while a port of the loopback address is listened on. */
async function withTaken(work: (port: number) => Promise<void>): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  try {
    await work(typeof address === 'object' && address ? address.port : 0);
  } finally {
    server.close();
  }
}

test('all ports that are taken are told in one line, with what they are for', () =>
  withTaken((one) =>
    withTaken(async (other) => {
      await expect(checkPorts({ registry: one, kubelet: other })).rejects.toThrow(`${one} (registry), ${other} (kubelet);`);
    }),
  ));

test('ports that are free again are no fault', async () => {
  let port = 0;
  await withTaken(async (taken) => {
    port = taken;
  });
  await expect(checkPorts({ registry: port })).resolves.toBeUndefined();
});
