/** Whether another orcon has already what this one would create: names outside its namespace, and namespaces to look after. */
import { formatApiPath } from '../controller/kube/api-path.ts';
import { PART_OF_ORCON } from '../infra/names.ts';
import { selectedNamespaces } from '../local/uninstall/itself.ts';
import { isObject, objectAt, objectsAt, textAt } from '../relations/json.ts';
import type { Api } from './api.ts';
import { homeOf } from './claims.ts';
import { type Finding, ok, skipped, wrong } from './finding.ts';
import type { Kinds } from './kinds.ts';
import type { Wanted, WantedClaim } from './wanted.ts';

export async function checkTaken(api: Api, kinds: Kinds, { claims }: Wanted): Promise<readonly Finding[]> {
  const named = (await Promise.all(claims.map((claim) => ofName(api, kinds, claim)))).flat();
  const shared = (await Promise.all(claims.map((claim) => ofNamespaces(api, claim)))).flat();
  const findings = [...named, ...shared];
  return findings.length > 0
    ? findings
    : [ok('names', `${claims.length} outside orcon's namespace are free, or its own already`)];
}

async function ofName(api: Api, kinds: Kinds, claim: WantedClaim): Promise<readonly Finding[]> {
  const { apiVersion, kind, namespace, name, home } = claim;
  const resource = kinds.resourceOf(claim)?.resource;
  if (resource === undefined) return []; // said already
  const [group = '', version = ''] = apiVersion.split('/');
  const what = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  const { status, body } = await api.get(formatApiPath({ group, version, resource, namespace, name }));
  if (status === 404) return [];
  if (status === 403) return [skipped('names', `you may not see whether ${what} is there`)];
  if (!isObject(body)) return [wrong('names', `the API server answers ${status} when asked for ${what}`)];
  const found = homeOf(kind, body);
  if (found === home) return [];
  const whose = found === undefined ? 'and does not say whose it is' : `of the orcon in ${found}`;
  return [wrong('names', `${what} is there already, ${whose}: give this one an orcon:instance of its own`)];
}

/** A namespace that two look after would have its workloads stamped twice. */
async function ofNamespaces(api: Api, { apiVersion, kind, home, lookedAfter }: WantedClaim): Promise<readonly Finding[]> {
  if (kind !== 'MutatingWebhookConfiguration') return [];
  const list = `/apis/${apiVersion}/mutatingwebhookconfigurations?labelSelector=${encodeURIComponent(PART_OF_ORCON)}`;
  const { status, body } = await api.get(list);
  if (status === 403) return [skipped('namespaces', 'you may not see whether another orcon looks after them')];
  return objectsAt(body, 'items').flatMap((other) => {
    const theirs = homeOf(kind, other);
    const shared = overlap(lookedAfter, selectedNamespaces(other));
    if (theirs === home || shared === undefined) return [];
    const name = textAt(objectAt(other, 'metadata'), 'name');
    return [
      wrong(
        'namespaces',
        `${name} of the orcon in ${theirs} looks after ${shared} too: list in orcon:namespaces of each what no other has`,
      ),
    ];
  });
}

/** What is in both lists, of which an empty one means all; undefined for nothing. */
function overlap(ours: readonly string[], theirs: readonly string[]): string | undefined {
  if (ours.length === 0 && theirs.length === 0) return 'every namespace';
  const [some, others] = ours.length === 0 ? [theirs, ours] : [ours, theirs];
  const shared = some.filter((name) => others.length === 0 || others.includes(name));
  return shared.length === 0 ? undefined : shared.join(', ');
}
