import { expect, test } from '@jest/globals';
import {
  fitsContainerd,
  fitsDocker,
  fitsKubectl,
  fitsPulumi,
  readVersion,
  type Version,
} from '../../../local/cluster/versions.ts';

test.each<[string, Version | undefined]>([
  ['Client Version: v1.34.4\nKustomize Version: v5.7.1', [1, 34, 4]],
  ['Docker version 20.10.24+dfsg1, build 297e128', [20, 10, 24]],
  ['containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3', [1, 6, 20]],
  ['v3.259.0', [3, 259, 0]],
  ['go1.26', [1, 26, 0]],
  ['no version here', undefined],
])('the version in %j is %j', (text, version) => {
  expect(readVersion(text)).toEqual(version);
});

test('what printed nothing has no version', () => {
  expect(readVersion(undefined)).toBeUndefined();
});

test.each<[Version, boolean]>([
  [[1, 32, 4], false],
  [[1, 33, 0], true],
  [[1, 34, 4], true],
  [[1, 35, 9], true],
  [[1, 36, 0], false],
  [[2, 34, 0], false],
])('kubectl %j fits the embedded API server: %j', (version, fits) => {
  expect(fitsKubectl(version)).toBe(fits);
});

test.each<[Version, boolean]>([
  [[3, 199, 9], false],
  [[3, 200, 0], true],
  [[3, 259, 0], true],
  [[4, 200, 0], false],
])('the Pulumi CLI %j fits: %j', (version, fits) => {
  expect(fitsPulumi(version)).toBe(fits);
});

test('a Docker client fits an engine of its own major version only', () => {
  expect(fitsDocker([20, 10, 24], [20, 10, 5])).toBe(true);
  expect(fitsDocker([28, 2, 2], [20, 10, 24])).toBe(false);
});

test.each<[Version, boolean]>([
  [[1, 5, 9], false],
  [[1, 6, 20], true],
  [[2, 1, 0], true],
  [[3, 0, 0], false],
])('containerd %j fits Kubernetes: %j', (version, fits) => {
  expect(fitsContainerd(version)).toBe(fits);
});
