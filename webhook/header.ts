import type { IncomingMessage } from 'node:http';

/**
 * One header of a request; the first where it comes several times. Reads what came as it stands: `request.headers` would make an
 * object of all of them for each review.
 *
 * @param name in lower case
 */
export function headerOf({ rawHeaders }: IncomingMessage, name: string): string | undefined {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const each = rawHeaders[index];
    if (each?.length === name.length && each.toLowerCase() === name) return rawHeaders[index + 1];
  }
  return undefined;
}
