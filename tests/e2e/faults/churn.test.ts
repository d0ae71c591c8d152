import { setTimeout as pause } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { V1Service } from '@kubernetes/client-node';
import { nothingLeftToWrite } from '../harness/aftermath.ts';
import { held, rolledOut, running } from '../harness/conditions.ts';
import { eventually } from '../harness/eventually.ts';
import { underLoad } from '../harness/load.ts';
import type { TestNamespace } from '../harness/namespace.ts';
import { scenario } from '../harness/scenario.ts';
import { askedFor, type Variables } from './asked-for.ts';
import { type CrowdConsumer, crowdOf, manifestOf } from './crowd-consumers.ts';
import { consumersSeen, type Seen } from './crowd-seen.ts';
import { ProviderCrowd, randomNumbers } from './provider-crowd.ts';

const SERVICES = 200;
const CONSUMERS = 100;
const MINUTE_MS = 60_000;
/** Rolls come at most 20 at a time, and the cluster's own controllers may have 20 requests a second. */
const SETTLE_SECONDS = 120;
const LOAD = { perSecond: 25, atOnce: 10 };
const SEED = Number(process.env.CHURN_SEED ?? Math.floor(Math.random() * 2 ** 31));

scenario(
  `${SERVICES} Services that come and go at random for a minute leave ${CONSUMERS} consumers as the final objects ask (CHURN_SEED=${SEED})`,
  async (ns) => {
    const random = randomNumbers(SEED);
    const crowd = new ProviderCrowd(ns, SERVICES, random);
    const consumers = crowdOf(CONSUMERS, crowd.names, random);
    await underLoad(
      LOAD,
      () => crowd.change(),
      async () => {
        await Promise.all([...consumers.map((each) => ns.create(manifestOf(ns.name, each))), pause(MINUTE_MS)]);
      },
    );

    const services = await ns.list<V1Service>('Service');
    await eventually(
      'every consumer is as the final objects ask',
      async () => {
        const seen = await consumersSeen(ns);
        const wrong = consumers.flatMap((each) => whatIsWrong(each, seen.get(each.name), services, crowd, ns.name));
        if (wrong.length > 0) throw new Error(`${wrong.length} are not, of them\n${wrong.slice(0, 10).join('\n')}`);
        return true;
      },
      SETTLE_SECONDS,
    );
    const seen = await consumersSeen(ns);
    for (const each of consumers) await podsFollow(ns, each, seen.get(each.name));
    expect(startsOnWrongValues(ns, consumers, crowd)).toEqual([]);
    await nothingLeftToWrite(ns);
  },
);

/** What of a consumer is not as the final Services ask for, a line each. */
function whatIsWrong(
  { name, consumes, relations }: CrowdConsumer,
  seen: Seen | undefined,
  services: readonly V1Service[],
  { changes, history }: ProviderCrowd,
  namespace: string,
): readonly string[] {
  if (seen === undefined) return [`${name} has no stamp or no ConfigMap`];
  const { complete, lacks, values } = askedFor(consumes, relations, services, namespace);
  const otherwise = lacks ? 'Broken' : 'Conflict';
  const phase = complete ? 'Related' : seen.given ? otherwise : 'Held';
  const related = relations.split(',');
  const once = related.flatMap((service) => history.get(service) ?? []);
  // The last values of what is lost stay, and those of what was not consumed go with the next roll.
  const wasGiven = (variable: string, value: string): boolean => once.some((each) => each[variable] === value);
  const mayRoll = related.reduce((sum, service) => sum + (changes.get(service) ?? 0), 0);
  return [
    ...(seen.phase === phase ? [] : [`${name} is ${seen.phase}, not ${phase}`]),
    ...(complete && !seen.given ? [`${name} is complete and not released`] : []),
    ...(seen.owed ? [`${name} is owed a roll`] : []),
    ...(seen.rolls > mayRoll ? [`${name} was rolled ${seen.rolls} times for ${mayRoll} changes`] : []),
    ...Object.entries(values).flatMap(([variable, value]) =>
      seen.values[variable] === value ? [] : [`${name} has ${variable}=${seen.values[variable]}, not ${value}`],
    ),
    ...Object.entries(seen.values).flatMap(([variable, value]) =>
      variable in values || wasGiven(variable, value) ? [] : [`${name} has ${variable}=${value}, which nobody gave it`],
    ),
  ];
}

/** Waits until the pods of a consumer are of its newest template and started last on what its ConfigMap says, or are held. */
async function podsFollow(
  ns: TestNamespace,
  { kind, name, consumes, replicas }: CrowdConsumer,
  seen: Seen | undefined,
): Promise<void> {
  if (replicas === 0 || kind === 'CronJob' || seen === undefined) return;
  if (!seen.given) {
    await held(ns, name, replicas);
    return;
  }
  await rolledOut(ns, kind, name);
  for (const { metadata } of await running(ns, name, replicas)) {
    const last = ns.starts().findLast(({ pod }) => pod === metadata?.name)?.values ?? {};
    const wanted = consumes.split(',').map((each) => each.toUpperCase());
    expect([name, ...wanted.map((variable) => last[variable])]).toEqual([
      name,
      ...wanted.map((variable) => seen.values[variable]),
    ]);
    expect([name, last.SSE_PORT]).toEqual([name, seen.values.SSE_PORT]);
  }
}

/** Starts of containers on less than all that was consumed, on values of other Services or on halves of two versions. */
function startsOnWrongValues(
  ns: TestNamespace,
  consumers: readonly CrowdConsumer[],
  { history }: ProviderCrowd,
): readonly string[] {
  const isRight = (values: Variables, { consumes, relations }: CrowdConsumer): boolean => {
    const once = relations.split(',').flatMap((service) => history.get(service) ?? []);
    return consumes
      .split(',')
      .map((each) => [each.toUpperCase(), `${each.toUpperCase()}_PORT`])
      .every((noted) => once.some((given) => noted.every((variable) => (values[variable] ?? '') === given[variable])));
  };
  return ns.starts().flatMap(({ pod, values }) => {
    const consumer = consumers.find(({ name }) => pod.startsWith(`${name}-`));
    return consumer !== undefined && isRight(values, consumer) ? [] : [`${pod} ${JSON.stringify(values)}`];
  });
}
