import type { IncomingMessage } from 'node:http';
import { type Refusal, refusal } from './refusals.ts';

/** What controller-runtime allows too: twice the API server's limit for an object (a review bears the old one as well), and some. */
export const BODY_LIMIT = 7 * 1024 * 1024;

/**
 * Reads the body of a request, and calls `done` once: with the body, or with why it is refused. A body that is too large is
 * refused as soon as that is known; Node then reads and drops the rest, so that the client gets to see the answer.
 */
export function readBody(request: IncomingMessage, done: (result: Buffer | Refusal) => void): void {
  const length = request.headers['content-length'];
  if (length !== undefined && Number(length) > BODY_LIMIT) {
    done(tooLarge());
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  let settled = false;
  const settle = (result: Buffer | Refusal) => {
    if (settled) return;
    settled = true;
    chunks.length = 0;
    done(result);
  };
  request.on('data', (chunk: Buffer) => {
    if (settled) return;
    size += chunk.length;
    if (size > BODY_LIMIT) settle(tooLarge());
    else chunks.push(chunk);
  });
  request.on('end', () => settle(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size)));
  request.on('error', () => settle(refusal('body-aborted', 'the request ended before its body was complete')));
}

const tooLarge = (): Refusal => refusal('body-size', `the body is larger than ${BODY_LIMIT} bytes`);
