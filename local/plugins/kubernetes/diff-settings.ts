/** DiffConfig: whether changed provider settings lead to another cluster. */
import { compare } from '../rpc/compare.ts';
import type { JsonObject } from '../rpc/json.ts';
import { pathText } from '../rpc/paths.ts';
import { hasUnknowns, revealObject } from '../rpc/properties.ts';
import type { Difference, PropertyChange } from '../rpc/provider.ts';
import { activeServer } from './settings.ts';

const LEADS_TO_CLUSTER: ReadonlySet<string> = new Set(['kubeconfig', 'context', 'cluster']);

/**
 * Compares provider settings. Another server replaces the provider, and everything below it with it; so does another
 * `clusterIdentifier`, which alone decides where it is set. All else is a plain update.
 */
export function diffSettings(olds: JsonObject, news: JsonObject): Difference {
  const before = revealObject(olds);
  const after = revealObject(news);
  const moved = movesCluster(before, after);
  const changes = new Map<string, PropertyChange>();
  for (const { path, kind } of compare(before, after)) {
    const top = String(path[0]);
    if (top === 'version') continue; // the plugin's own version
    const decides = 'clusterIdentifier' in after ? top === 'clusterIdentifier' : LEADS_TO_CLUSTER.has(top);
    changes.set(pathText(path), { kind, replaces: moved && decides });
  }
  return { changes, deleteBeforeReplace: false };
}

function movesCluster(before: JsonObject, after: JsonObject): boolean {
  if (after.clusterIdentifier !== undefined) return before.clusterIdentifier !== after.clusterIdentifier;
  if (hasUnknowns(after)) return false;
  const from = activeServer(before);
  const to = activeServer(after);
  return from !== undefined && to !== undefined && from !== to;
}
