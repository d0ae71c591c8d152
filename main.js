// The entry point that Pulumi loads. Plain JavaScript, so that a Node that cannot run TypeScript says so in one line.
import { RunError } from '@pulumi/pulumi';

if (!process.features.typescript) {
  throw new RunError(
    `orcon: Node ${process.version} cannot run TypeScript as it is; put Node 24 (or 22.18 and later) first on PATH.`,
  );
}
export default () => import('./index.ts');
