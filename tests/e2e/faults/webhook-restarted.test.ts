import { expect } from '@jest/globals';
import { admissionsDuring } from '../harness/admissions.ts';
import { scenario } from '../harness/scenario.ts';
import { restartWebhooks } from '../harness/webhook-pods.ts';

/** More at once than the API server needs for that many a second, so that a pause is caught up with. */
const LOAD = { perSecond: 100, atOnce: 50 };

scenario("a rolling restart of the webhook's Deployment fails none of 100 admissions a second", async (ns) => {
  let seconds = 0;
  const restart = async () => {
    const began = performance.now();
    await restartWebhooks();
    seconds = (performance.now() - began) / 1000;
  };
  const { stamped, ...failed } = await admissionsDuring(ns, restart, LOAD);
  expect(failed).toEqual({ unstamped: 0, refused: [] });
  // The load was what it claims to be.
  expect(stamped).toBeGreaterThanOrEqual(Math.floor(seconds * LOAD.perSecond));
});
