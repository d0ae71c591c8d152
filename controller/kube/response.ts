import { STATUS_CODES } from 'node:http';
import type { Dispatcher } from 'undici';
import { type Call, ConnectionError, type Refusal } from './api-error.ts';
import { bodyText } from './body-text.ts';
import { isFields } from './kube-object.ts';

/** Body of an answer as JSON. */
export async function readJson(call: Call, response: Dispatcher.ResponseData): Promise<unknown> {
  const text = await bodyText(response);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConnectionError(call, 'malformed', `the answer is no JSON: ${beginningOf(text)}`, error);
  }
}

/**
 * The beginning of what came instead of JSON, for a message. What looks like a part of an object is not quoted: messages are
 * logged, and objects hold values of relations.
 */
export const beginningOf = (text: string): string =>
  /^\s*[[{"]/.test(text) ? `${text.length} characters of a broken object` : text.slice(0, 200).replaceAll(/\s+/g, ' ').trim();

/** Reads why a request was refused, from the `Status` in the body or, where a proxy answered, from the body's beginning. */
export async function readRefusal(response: Dispatcher.ResponseData): Promise<Refusal> {
  const code = response.statusCode;
  const text = await bodyText(response);
  const retryAfterSeconds = readRetryAfter(response.headers['retry-after']);
  const told = refusalFromStatus(parse(text));
  if (told !== undefined) return { ...told, code, retryAfterSeconds: retryAfterSeconds ?? told.retryAfterSeconds };
  return {
    code,
    reason: STATUS_CODES[code] ?? '',
    message: text.slice(0, 200).replaceAll(/\s+/g, ' ').trim(),
    retryAfterSeconds,
  };
}

/** Reads a `Status` of the API server, as it comes in a body or as the object of an ERROR event of a watch. */
export function refusalFromStatus(value: unknown): Refusal | undefined {
  if (!isFields(value) || value.kind !== 'Status') return undefined;
  const details = isFields(value.details) ? value.details : {};
  const list = isFields(value.metadata) ? value.metadata : {};
  return {
    code: typeof value.code === 'number' ? value.code : 0,
    reason: typeof value.reason === 'string' ? value.reason : '',
    message: typeof value.message === 'string' ? value.message : '',
    retryAfterSeconds: typeof details.retryAfterSeconds === 'number' ? details.retryAfterSeconds : undefined,
    continueToken: typeof list.continue === 'string' && list.continue !== '' ? list.continue : undefined,
  };
}

/** The API server only ever sends seconds; a date, as a proxy may send, is left aside. */
function readRetryAfter(header: string | string[] | undefined): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  return text !== undefined && /^\d{1,6}$/.test(text.trim()) ? Number(text) : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
