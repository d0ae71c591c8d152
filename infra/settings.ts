import type { Values } from './keys.ts';

/** Which cluster a stack is about. */
export interface ClusterSettings {
  /** kubeconfig context; undefined for the current one. */
  readonly context: string | undefined;
  /** Path of the kubeconfig; undefined for the ambient one. */
  readonly kubeconfig: string | undefined;
}

/** What a stack says, checked. */
export type Settings = Values & ClusterSettings;
