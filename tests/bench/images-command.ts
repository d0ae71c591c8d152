/** `npm run images`: writes what the images are built from to `dist/images`, and prints what each adds to its base. */
import { writeContexts } from '../../infra/contexts.ts';
import { clusterStatus } from '../../local/cluster/index.ts';
import { imageSizes, sizeReport } from './image-sizes.ts';

// The bases lie in the registry of the embedded cluster, whoever's checkout started that.
const running = (await clusterStatus())?.cluster;
const bases = running && { node: running.nodeImage, gate: running.gateBaseImage };
for (const line of sizeReport(await imageSizes(await writeContexts(), bases))) console.log(line);
if (bases === undefined)
  console.log('The images in all: their bases are known where the embedded cluster runs (npm run cluster:up).');
