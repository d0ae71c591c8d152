import type { IncomingMessage } from 'node:http';
import type { Budget } from './budget.ts';
import { type Refusal, refusal } from './refusals.ts';

/** What controller-runtime allows too: twice the API server's limit for an object (a review bears the old one as well), and some. */
export const BODY_LIMIT = 7 * 1024 * 1024;

type Done = (result: Buffer | Refusal) => void;

/**
 * Reads the body of a request, and calls `done` once: with the body, or with why it is refused. A body that is too large is
 * refused as soon as that is known; Node then reads and drops the rest, so that the client gets to see the answer. A large one
 * waits until `budget` has room for it, and gives that back when `done` has returned.
 */
export function readBody(request: IncomingMessage, budget: Budget, done: Done): void {
  const length = lengthOf(request);
  if (length !== undefined && length > BODY_LIMIT) done(tooLarge());
  else if (length !== undefined && length <= budget.limits.uncounted) collect(request, length, done);
  else readInTurn(request, length, budget, done);
}

/** What the headers say; undefined when it will be seen at the end alone. */
function lengthOf({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length'];
  if (length !== undefined) return Number(length);
  return headers['transfer-encoding'] === undefined ? 0 : undefined;
}

function readInTurn(request: IncomingMessage, length: number | undefined, budget: Budget, done: Done): void {
  let settled = false;
  let timer: NodeJS.Timeout | undefined;
  let release = () => {};
  const settle = (result: Buffer | Refusal) => {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    done(result);
    release();
  };
  const enter = () => {
    timer = setTimeout(() => settle(tooSlow(budget.limits.bodyMs)), budget.limits.bodyMs);
    collect(request, length, settle);
  };
  request.on('error', () => settle(aborted()));
  release = budget.ask(length ?? BODY_LIMIT, enter, () => settle(busy()));
}

/**
 * Reads a body into memory of its size, taken once: pieces that are kept cost some 300 bytes each, and a client may send them a
 * byte at a time.
 */
function collect(request: IncomingMessage, length: number | undefined, done: Done): void {
  let body: Buffer | undefined = NOTHING;
  let size = 0;
  const settle = (result: Buffer | Refusal) => {
    if (body === undefined) return;
    body = undefined;
    done(result);
  };
  request.on('data', (chunk: Buffer) => {
    if (body === undefined) return;
    const needed = size + chunk.length;
    if (needed > BODY_LIMIT) return settle(tooLarge());
    if (size === 0 && needed === length) {
      body = chunk;
    } else {
      if (needed > body.length) body = moved(body, size, length ?? Math.min(2 * needed, BODY_LIMIT));
      chunk.copy(body, size);
    }
    size = needed;
  });
  request.on('end', () => settle(body === undefined || body.length === size ? (body ?? NOTHING) : body.subarray(0, size)));
  request.on('error', () => settle(aborted()));
}

const NOTHING = Buffer.alloc(0);

/** The first `size` bytes of `body`, in a new one of `length`; of memory that nobody has written to, nothing is taken. */
function moved(body: Buffer, size: number, length: number): Buffer {
  const larger = Buffer.allocUnsafe(length);
  body.copy(larger, 0, 0, size);
  return larger;
}

const aborted = () => refusal('body-aborted', 'the request ended before its body was complete');
const tooLarge = () => refusal('body-size', `the body is larger than ${BODY_LIMIT} bytes`);
const busy = () => refusal('busy', 'too many large reviews are being read; ask again');
const tooSlow = (ms: number) => refusal('body-slow', `the body was not complete ${ms} ms after it was let in`);
