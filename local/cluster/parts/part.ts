import type { ClusterSettings } from '../settings.ts';

export const PART_NAMES = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'containerd',
  'registry',
  'dockerd',
  'kubelet',
  'kube-proxy',
  'coredns',
] as const;

/** `own-root` is a part only in a chroot (parts/own-root.ts). */
export type PartName = (typeof PART_NAMES)[number] | 'own-root';

/** How a part tells that it can be used: a file is there, it takes connections on a socket, or a URL answers with 200. */
export type Readiness =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'http'; readonly url: string; readonly socket?: string };

/** One program of the cluster, as data: nothing is written or started by making it. */
export interface Part {
  readonly name: PartName;
  readonly program: string;
  readonly args: readonly string[];
  /** Configuration files by absolute path, written before each start. */
  readonly files: Readonly<Record<string, string>>;
  /** Folders that have to exist, absolute. */
  readonly folders: readonly string[];
  /** Parts that have to be ready before this one is started. */
  readonly after: readonly PartName[];
  readonly ready: Readiness;
  /** Whether it fetches from outside, and so is given the machine's proxy settings. */
  readonly goesOut: boolean;
  /** Whether it starts containers or mounts for them, and so is to see the root that they come from. */
  readonly needsOwnRoot: boolean;
}

/** Makes a part; what most parts do not need may be left out. */
export function part(
  given: Pick<Part, 'name' | 'program' | 'args' | 'ready'> &
    Partial<Pick<Part, 'files' | 'folders' | 'after' | 'goesOut' | 'needsOwnRoot'>>,
): Part {
  return { files: {}, folders: [], after: [], goesOut: false, needsOwnRoot: false, ...given };
}

/** Flags in the manner of Go programs: `{ 'secure-port': 6550 }` gives `--secure-port=6550`. */
export function flags(values: Readonly<Record<string, string | number | boolean>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}

export type MakePart = (settings: ClusterSettings) => Part;
