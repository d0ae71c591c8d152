import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { readBody } from './body.ts';
import { type Budget, createBudget } from './budget.ts';
import { type Admit, failed, mutate, type Verdict } from './mutate.ts';
import { type Refusal, refusal } from './refusals.ts';

const MUTATE_PATH = '/mutate';

export interface Requests {
  readonly listener: RequestListener;
  /** Requests that are being worked on. */
  readonly inFlight: () => number;
  /** Milliseconds for which no request has been there; 0 while there is one. */
  readonly quietMs: () => number;
  /** From now on each answer asks its client for another connection, which will lead to another replica. */
  readonly turnAway: () => void;
}

/**
 * The HTTP side of admission: route, headers, body, answer.
 *
 * @param record is told of each request's end: its verdict, and the seconds it took
 * @param budget what large bodies share
 */
export function requests(
  admit: Admit,
  record: (verdict: Verdict, seconds: number) => void,
  budget: Budget = createBudget(),
): Requests {
  let inFlight = 0;
  let lastAt = performance.now();
  let turnsAway = false;

  const listener: RequestListener = (request, response) => {
    const startedAt = performance.now();
    inFlight++;
    const conclude = (verdict: Verdict) => {
      if (turnsAway) response.setHeader('Connection', 'close');
      send(response, verdict);
      lastAt = performance.now();
      inFlight--;
      record(verdict, (lastAt - startedAt) / 1000);
    };
    const refused = refusalOf(request);
    if (refused !== undefined) return conclude(failed(refused));
    readBody(request, budget, (body) => conclude(Buffer.isBuffer(body) ? mutate(body, admit) : failed(body)));
  };
  return {
    listener,
    inFlight: () => inFlight,
    quietMs: () => (inFlight > 0 ? 0 : performance.now() - lastAt),
    turnAway: () => {
      turnsAway = true;
    },
  };
}

/** What speaks against a request before its body is read; undefined when nothing does. */
function refusalOf(request: IncomingMessage): Refusal | undefined {
  // The API server adds its timeout as a query.
  if (request.url !== MUTATE_PATH && request.url?.split('?', 1)[0] !== MUTATE_PATH) {
    return refusal('path', `no such path; reviews go to POST ${MUTATE_PATH}`);
  }
  if (request.method !== 'POST') return refusal('method', `reviews go to POST ${MUTATE_PATH}`);
  const type = request.headers['content-type'];
  if (type !== 'application/json' && type?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json') {
    return refusal('content-type', 'the Content-Type must be application/json');
  }
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return refusal('content-encoding', 'the body must be sent as it is, without a Content-Encoding');
  }
  return undefined;
}

function send(response: ServerResponse, verdict: Verdict): void {
  if (verdict.outcome === 'failed') {
    const { status, message, reason } = verdict.refusal;
    if (reason === 'method') response.setHeader('Allow', 'POST');
    // The rest of the body is not waited for: Node ends the connection after the answer.
    if (reason === 'busy' || reason === 'body-slow') response.setHeader('Connection', 'close');
    write(response, status, 'text/plain; charset=utf-8', `${message}\n`);
  } else {
    write(response, 200, 'application/json', verdict.text);
  }
}

/** @param text of ASCII alone: its length is known, and it is sent as it is */
function write(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': text.length });
  response.end(text, 'latin1');
}
