import { createServer } from 'node:net';
import { PORTS } from './addresses.ts';

/**
 * Makes sure that nobody else listens on a port of the cluster.
 *
 * @throws Error with one line that names all that are taken.
 */
export async function checkPorts(ports: Readonly<Record<string, number>> = PORTS): Promise<void> {
  const checked = await Promise.all(
    Object.entries(ports).map(async ([name, port]) => ((await isFree(port)) ? [] : [`${port} (${name})`])),
  );
  const taken = checked.flat();
  if (taken.length > 0) {
    throw new Error(
      `ports that the embedded cluster needs are taken by other programs: ${taken.join(', ')}; \`ss -ltnp\` tells by which, end them`,
    );
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
