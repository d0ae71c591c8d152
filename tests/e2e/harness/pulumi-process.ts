import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { allPids } from '../../../local/cluster/processes.ts';

/** The Pulumi CLI that runs in this folder. */
export function pulumiIn(folder: string): number {
  const found = allPids().find((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === folder && basename(readlinkSync(`/proc/${pid}/exe`)) === 'pulumi';
    } catch {
      return false; // ended meanwhile
    }
  });
  if (found === undefined) throw new Error(`no pulumi runs in ${folder}`);
  return found;
}
