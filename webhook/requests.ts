import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { readBody } from './body.ts';
import { type Budget, createBudget } from './budget.ts';
import { type Admit, failed, mutate, type Verdict } from './mutate.ts';
import { type Refusal, refusal } from './refusals.ts';
import { together } from './together.ts';

const MUTATE_PATH = '/mutate';
/**
 * Answers that are sent in one go. One that finds its client asleep wakes it, which takes the system a quarter of the time of a
 * review, and those that follow at once find it awake; more would let the first wait for long.
 */
const ANSWERS_TOGETHER = 16;

export interface Requests {
  readonly listener: RequestListener;
  /** Requests that are being worked on. */
  readonly inFlight: () => number;
  /** Milliseconds for which no request has been there; 0 while there is one. */
  readonly quietMs: () => number;
  /** From now on each answer asks its client for another connection, which will lead to another replica. */
  readonly turnAway: () => void;
}

/** What is to be said to a request, and since when it waits for that. */
interface Answer {
  readonly response: ServerResponse;
  readonly verdict: Verdict;
  readonly startedAt: number;
}

/**
 * The HTTP side of admission: route, headers, body, answer. Reviews that come in together are answered together.
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

  const answers = together<Answer>(ANSWERS_TOGETHER, (due) => {
    for (const { response, verdict } of due) {
      if (turnsAway) response.setHeader('Connection', 'close');
      send(response, verdict);
    }
    lastAt = performance.now();
    inFlight -= due.length;
    for (const { verdict, startedAt } of due) record(verdict, (lastAt - startedAt) / 1000);
  });

  const listener: RequestListener = (request, response) => {
    const startedAt = performance.now();
    inFlight++;
    const conclude = (verdict: Verdict) => answers.add({ response, verdict, startedAt });
    const refused = refusalOf(request);
    if (refused !== undefined) {
      conclude(failed(refused));
      // At once: where what follows on the connection is no request, Node answers that and ends the connection.
      return answers.handOn();
    }
    readBody(request, budget, (body) => {
      if (!Buffer.isBuffer(body)) return conclude(failed(body));
      // Nobody's answer waits until a large review has been worked out.
      if (body.length > budget.limits.uncounted) answers.handOn();
      conclude(mutate(body, admit));
    });
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
