import { dirname } from 'node:path';
import { shellLines } from './by-hand.ts';
import { clusterStatus, startCluster, stopCluster } from './cluster/index.ts';
import { pulumiOn } from './deploy.ts';

const USAGE = `usage: npm run cluster:up [-- --take-over] [-- --fresh] | npm run cluster:down [-- --take-over] | npm run cluster:status

  up      starts the machine's embedded cluster, or uses the one of this checkout that runs;
          prints what a shell needs for kubectl, docker and pulumi: eval "$(npm run --silent cluster:up)"
          --fresh      an empty one in any case
          --take-over  also where another checkout's runs, which is ended
  down    ends it and clears everything away but its logs, Pulumi's state of its stack too
  status  describes it`;

const log = (line: string) => console.error(`orcon: ${line}`);

async function up(takeOver: boolean, fresh: boolean): Promise<void> {
  const cluster = await startCluster({ takeOver, fresh, log });
  for (const line of shellLines(cluster, await pulumiOn(cluster, log))) console.log(line);
}

async function down(takeOver: boolean): Promise<void> {
  log((await stopCluster({ takeOver, log })) ? 'the embedded cluster is ended' : 'there is no embedded cluster');
}

async function status(): Promise<void> {
  const found = await clusterStatus();
  if (!found) {
    console.log('There is no embedded cluster on this machine; `npm run cluster:up` starts it.');
    process.exitCode = 1;
    return;
  }
  const { checkout, isOurs, started, phase, versions, ports, parts, cluster } = found;
  console.log(`The embedded cluster of ${isOurs ? 'this checkout' : checkout} is ${phase}, started ${started}.\n`);
  for (const { name, state, pid, log: file } of parts) {
    console.log(`  ${name.padEnd(24)}${state.padEnd(11)}${(pid === undefined ? '' : `pid ${pid}`).padEnd(13)}${file}`);
  }
  console.log(
    `\nVersions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
  );
  console.log(
    `Ports:    ${Object.entries(ports)
      .map(([name, port]) => `${port} ${name}`)
      .join(', ')}`,
  );
  if (cluster)
    console.log(
      `\nexport KUBECONFIG=${cluster.kubeconfig}\nexport DOCKER_HOST=${cluster.dockerHost}\nexport PATH=${dirname(cluster.binaries.kubectl)}:$PATH\n# what Pulumi takes beside that: npm run cluster:up`,
    );
}

async function main([command, ...options]: readonly string[]): Promise<void> {
  const known = command === 'up' ? ['--take-over', '--fresh'] : command === 'down' ? ['--take-over'] : [];
  const unknown = options.filter((option) => !known.includes(option));
  const takeOver = options.includes('--take-over');
  if (unknown.length > 0) throw new Error(`unknown option ${unknown.join(' ')}\n${USAGE}`);
  // `up` tells by itself all that it lacks, this too.
  if ((command === 'down' || command === 'status') && process.getuid?.() !== 0) {
    throw new Error(`cluster:${command} needs root, whose the cluster and its keys are: start it with sudo`);
  }
  if (command === 'up') return up(takeOver, options.includes('--fresh'));
  if (command === 'down') return down(takeOver);
  if (command === 'status') return status();
  throw new Error(command === undefined ? USAGE : `unknown command ${command}\n${USAGE}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
