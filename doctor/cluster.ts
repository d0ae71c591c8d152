/** Checks of the cluster as such: is it the right one, does it answer, is it new enough, what time is it there. */
import { z } from 'zod';
import type { Answer, Api } from './api.ts';
import { type Finding, ok, wrong } from './finding.ts';

const OLDEST_MINOR = 30;
/** A certificate that was issued on a clock ahead of the cluster's is not valid there yet. The header has whole seconds. */
const SKEW_SECONDS = 10;

const version = z.looseObject({ major: z.string(), minor: z.string(), gitVersion: z.string() });

/** Throws if the API server does not answer at all. */
export async function checkCluster(api: Api, now: () => number = Date.now): Promise<readonly Finding[]> {
  const before = now();
  const answer = await api.get('/version');
  return [ofVersion(answer), ofClock(answer, (before + now()) / 2)];
}

function ofVersion({ status, body }: Answer): Finding {
  const found = version.safeParse(body).data;
  if (status === 401) return wrong('cluster', 'the API server does not know you: renew the credentials in your kubeconfig');
  if (found === undefined) return wrong('cluster', `the API server answers ${status} when asked for its version: is it one?`);
  const [major, minor] = [Number.parseInt(found.major, 10), Number.parseInt(found.minor, 10)];
  if (major > 1 || minor >= OLDEST_MINOR) return ok('cluster', `Kubernetes ${found.gitVersion}`);
  return wrong(
    'cluster',
    `Kubernetes ${found.gitVersion}, and orcon needs 1.${OLDEST_MINOR}: upgrade it (matchConditions of webhooks)`,
  );
}

function ofClock({ date }: Answer, here: number): Finding {
  if (date === undefined) return wrong('clock', 'the API server does not say what time it is: is something between it and you?');
  const skew = Math.round((here - date.getTime()) / 1000);
  if (Math.abs(skew) <= SKEW_SECONDS) return ok('clock', `${Math.abs(skew)} s from the cluster's`);
  const how = skew > 0 ? 'ahead of' : 'behind';
  return wrong(
    'clock',
    `this machine is ${Math.abs(skew)} s ${how} the cluster: set both by NTP; certificates made here count by its clock`,
  );
}
