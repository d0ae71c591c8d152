/** A request that the fake API server refuses, with what goes into the `Status`. */
export class Refused extends Error {
  readonly code: number;
  readonly reason: string;
  readonly continueToken: string | undefined;

  constructor(code: number, reason: string, message: string, continueToken?: string) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.continueToken = continueToken;
  }
}

export function statusOf(code: number, reason: string, message: string, continueToken?: string) {
  const metadata = continueToken === undefined ? {} : { continue: continueToken };
  return { kind: 'Status', apiVersion: 'v1', metadata, status: 'Failure', message, reason, code };
}

/** What the API server names each refusal. */
export const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};
