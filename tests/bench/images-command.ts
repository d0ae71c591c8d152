/** `npm run images`: writes what the images are built from to `dist/images`, and prints what each adds to its base. */
import { clusterStatus } from '../../local/cluster/index.ts';
import { goalLine, spread } from './figures.ts';
import { imageSizes } from './image-sizes.ts';

// Its base lies in the registry of the embedded cluster, whoever's checkout started that.
const running = await clusterStatus();
const gateBase = running?.cluster?.gateBaseImage;
const { figures, goals } = await imageSizes(gateBase);
for (const what of new Set(figures.map((figure) => figure.what))) {
  const cells = figures.filter((figure) => figure.what === what).map((figure) => `${spread(figure)} ${figure.of}`.padEnd(24));
  console.log(`${what.padEnd(22)}${cells.join('')}`);
}
console.log('');
for (const goal of goals) console.log(goalLine(goal));
if (gateBase === undefined)
  console.log('The gate in all: its base is known where the embedded cluster runs (npm run cluster:up).');
