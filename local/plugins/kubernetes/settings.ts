/** The provider's own settings, as the program gives them to `new kubernetes.Provider(...)` or the stack's config holds them. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { KubeConfig } from '@kubernetes/client-node';
import { type JsonObject, textOf } from '../rpc/json.ts';
import { revealObject } from '../rpc/properties.ts';

export interface Settings {
  readonly kubeConfig: KubeConfig;
  /** For namespaced objects that name none. */
  readonly namespace: string;
  readonly secretMutable: boolean;
  readonly configMapMutable: boolean;
  readonly patchForce: boolean;
  readonly upsertExistingObjects: boolean;
}

/**
 * Reads the settings. `kubeconfig` is a path or the file's content; without it KUBECONFIG or ~/.kube/config counts.
 * Throws if the context or the cluster that is asked for does not exist.
 */
export function readSettings(config: JsonObject): Settings {
  const values = revealObject(config);
  const kubeConfig = loadKubeConfig(textOf(values.kubeconfig));
  const context = textOf(values.context);
  if (context !== undefined) selectContext(kubeConfig, context);
  const cluster = textOf(values.cluster);
  if (cluster !== undefined) selectCluster(kubeConfig, cluster);
  const inContext = kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace;
  return {
    kubeConfig,
    namespace: textOf(values.namespace) ?? inContext ?? 'default',
    secretMutable: flag(values.enableSecretMutable),
    configMapMutable: flag(values.enableConfigMapMutable),
    patchForce: flag(values.enablePatchForce),
    upsertExistingObjects: flag(values.upsertExistingObjects),
  };
}

/**
 * The server that a kubeconfig with these overrides leads to, as text that is equal for equal servers; undefined if it
 * cannot be told (a file that is gone, a value not known yet).
 */
export function activeServer(config: JsonObject): string | undefined {
  try {
    const { kubeConfig } = readSettings(config);
    const cluster = kubeConfig.getCurrentCluster();
    return cluster === null ? undefined : JSON.stringify([cluster.server, cluster.caData, cluster.caFile]);
  } catch {
    return undefined;
  }
}

/** Settings that are not text arrive as JSON in a text. */
function flag(value: JsonObject[string]): boolean {
  return value === true || value === 'true';
}

function loadKubeConfig(given: string | undefined): KubeConfig {
  const kubeConfig = new KubeConfig();
  if (given === undefined || given === '') kubeConfig.loadFromDefault();
  else {
    const path = given.replace(/^~(?=\/)/, homedir());
    if (existsSync(path)) kubeConfig.loadFromFile(path);
    else if (/^\s*[{\w].*[:{]/m.test(given)) kubeConfig.loadFromString(given);
    else throw new Error(`kubernetes provider: kubeconfig ${JSON.stringify(given)} is neither a file nor a kubeconfig's content`);
  }
  return kubeConfig;
}

function selectContext(kubeConfig: KubeConfig, name: string): void {
  if (kubeConfig.getContextObject(name) === null) {
    const known = kubeConfig.getContexts().map((context) => context.name);
    throw new Error(
      `kubernetes provider: context ${JSON.stringify(name)} does not exist; the kubeconfig has ${known.join(', ')}`,
    );
  }
  kubeConfig.setCurrentContext(name);
}

function selectCluster(kubeConfig: KubeConfig, name: string): void {
  const current = kubeConfig.getContextObject(kubeConfig.getCurrentContext());
  if (kubeConfig.getCluster(name) === null || current === null) {
    throw new Error(`kubernetes provider: cluster ${JSON.stringify(name)} does not exist in the kubeconfig`);
  }
  const context = { ...current, name: `${current.name}@${name}`, cluster: name };
  kubeConfig.addContext(context);
  kubeConfig.setCurrentContext(context.name);
}
