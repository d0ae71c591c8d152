import type { JsonObject } from '../rpc/json.ts';

const HOUR = 3_600_000;

/** Whether a certificate in the state is to be renewed by now: it has ended or ends within its `earlyRenewalHours`. */
export function isReadyForRenewal(state: JsonObject, earlyRenewalHours: number, now: Date): boolean {
  const end = Date.parse(String(state.validityEndTime));
  return !Number.isNaN(end) && now.getTime() >= end - earlyRenewalHours * HOUR;
}
