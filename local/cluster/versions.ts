/** Major, minor and patch of a version, as numbers. */
export type Version = readonly [major: number, minor: number, patch: number];

/** The first version in a text (`v1.34.4`, `Docker version 20.10.24+dfsg1, build …`, `go1.26`), or undefined. */
export function readVersion(text: string | undefined): Version | undefined {
  const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text ?? '');
  return found ? [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)] : undefined;
}

/** Less than 0 if `a` is older than `b`, 0 if they are the same. */
export function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** What go.mod of local/tools names; from 1.21 on Go fetches the version that it needs by itself, where it may. */
const OLDEST_GO: Version = [1, 26, 0];
const OLDEST_FETCHING_GO: Version = [1, 21, 0];

/** @param toolchain what `go env GOTOOLCHAIN` says: `local` forbids to fetch another Go. */
export function fitsGo(version: Version, toolchain: string): boolean {
  return compare(version, OLDEST_GO) >= 0 || (compare(version, OLDEST_FETCHING_GO) >= 0 && toolchain !== 'local');
}

/** kubectl talks to servers one minor version older or newer than itself; the embedded API server is 1.34. */
export function fitsKubectl(version: Version): boolean {
  return version[0] === 1 && version[1] >= 33 && version[1] <= 35;
}

/** The Pulumi CLI that takes the SDK and the plugins of this program; a newer major version is not known to. */
export function fitsPulumi(version: Version): boolean {
  return version[0] === 3 && version[1] >= 200;
}

/** A Docker client of the engine's own major version: newer ones drop the engine's API or want a builder it lacks. */
export function fitsDocker(client: Version, engine: Version): boolean {
  return client[0] === engine[0];
}

/** containerd 1.6 is the oldest that Kubernetes 1.34 runs on. */
export function fitsContainerd(version: Version): boolean {
  return compare(version, [1, 6, 0]) >= 0 && version[0] <= 2;
}
