import { resourceName, type Verb } from './api-path.ts';

/** A request as errors and metrics name it. */
export interface Call {
  readonly verb: Verb;
  readonly path: string;
}

/** What the API server says about a request that it refused; every field may be missing when a proxy answered in its place. */
export interface Refusal {
  /** HTTP status. */
  readonly code: number;
  /** Machine-readable, e.g. `AlreadyExists`, `Expired`; empty when not said. */
  readonly reason: string;
  readonly message: string;
  readonly retryAfterSeconds?: number;
  /** With a 410 in the middle of a paged list: the token that goes on from there, on newer data. */
  readonly continueToken?: string;
}

/** The API server answered, and the answer is no. */
export class ApiError extends Error implements Refusal {
  readonly verb: Verb;
  readonly path: string;
  /** As RBAC writes it, e.g. `deployments.apps`. */
  readonly resource: string;
  readonly code: number;
  readonly reason: string;
  readonly retryAfterSeconds?: number;
  readonly continueToken?: string;

  constructor(call: Call, refusal: Refusal) {
    const resource = resourceName(call.path);
    // Admission refuses with 403 too, and says why itself.
    const lacksRight = refusal.code === 403 && !/denied (the )?request|exceeded quota|being terminated/.test(refusal.message);
    const wayOut = lacksRight ? `; the account needs the verb ${call.verb} on ${resource}` : '';
    super(`${call.verb} ${call.path}: ${refusal.code} ${refusal.reason}: ${refusal.message}${wayOut}`);
    this.name = 'ApiError';
    this.verb = call.verb;
    this.path = call.path;
    this.resource = resource;
    this.code = refusal.code;
    this.reason = refusal.reason;
    this.retryAfterSeconds = refusal.retryAfterSeconds;
    this.continueToken = refusal.continueToken;
  }

  /** Somebody else wrote in between, or a precondition (uid, resourceVersion) no longer holds: read again. */
  get conflict(): boolean {
    return this.code === 409 && !this.alreadyExists;
  }
  get alreadyExists(): boolean {
    return this.code === 409 && this.reason === 'AlreadyExists';
  }
  get notFound(): boolean {
    return this.code === 404;
  }
  get forbidden(): boolean {
    return this.code === 403;
  }
  /** The resourceVersion or the continue token is too old: list again. */
  get gone(): boolean {
    return this.code === 410;
  }
}

/** Why there was no answer, a closed set and so fit for a metric's label. */
export const CONNECTION_FAULTS = ['reset', 'silent', 'credentials', 'malformed'] as const;
export type ConnectionFault = (typeof CONNECTION_FAULTS)[number];

/**
 * There was no answer, or none that could be read: `reset` (refused, cut off, unknown host), `silent` (nothing came within the
 * time given), `credentials` (the kubeconfig's could not be read), `malformed` (not what the API server would say).
 * Whether a write took place is unknown.
 */
export class ConnectionError extends Error {
  readonly verb: Verb;
  readonly path: string;
  readonly fault: ConnectionFault;

  constructor(call: Call, fault: ConnectionFault, message: string, cause?: unknown) {
    super(`${call.verb} ${call.path}: ${message}`, { cause });
    this.name = 'ConnectionError';
    this.verb = call.verb;
    this.path = call.path;
    this.fault = fault;
  }
}

/** True for what the cluster or the network did, false for a defect of this program. */
export function isApiTrouble(error: unknown): error is ApiError | ConnectionError {
  return error instanceof ApiError || error instanceof ConnectionError;
}

/** One line about anything thrown: undici tells some errors by a code alone, and hides what happened in `cause`. */
export function describeCause(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { message, code, cause } = error as { readonly message?: unknown; readonly code?: unknown; readonly cause?: unknown };
  const told = String(message || code || error);
  return cause === undefined ? told : `${told}: ${describeCause(cause)}`;
}
