import type { Values } from './keys.ts';

/** Which cluster a stack is about. */
export interface ClusterSettings {
  /** kubeconfig context; undefined for the current one. */
  readonly context: string | undefined;
  /** Path of the kubeconfig; undefined for the ambient one. */
  readonly kubeconfig: string | undefined;
}

/** The keys of the Kubernetes provider that say so in a stack's file; the program reads no other of its keys. */
export const CLUSTER_KEYS = {
  'kubernetes:context': 'context',
  'kubernetes:kubeconfig': 'kubeconfig',
} as const satisfies Readonly<Record<string, keyof ClusterSettings>>;

/** What a stack says, checked. */
export type Settings = Values & ClusterSettings;
