/**
 * `npm run bench [PART ...]`: measures what orcon is for, side by side with a floor in the same run, and puts figures and charts
 * into docs/benchmarks.md. Without a part: all of them. What comes out is a report; only what cannot be measured fails.
 */
import { deployOrcon } from './deployed.ts';
import { goalLine, spread } from './figures.ts';
import { conditionsLine, watchMachine } from './machine.ts';
import { writePage } from './page.ts';
import type { Deployed, Findings, Part } from './part.ts';
import { PARTS } from './parts.ts';
import { writeResult } from './results.ts';

const log = (line: string) => console.log(line);

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !PARTS.some((part) => part.name === name));
  if (unknown.length > 0) {
    throw new Error(`there is no part called ${unknown.join(', ')}; there are ${PARTS.map(({ name }) => name).join(', ')}`);
  }
  let deployment: Promise<Deployed> | undefined;
  const deployed = () => {
    deployment ??= deployOrcon(log);
    return deployment;
  };
  const goals: string[] = [];
  for (const part of PARTS) {
    if (names.length > 0 && !names.includes(part.name)) continue;
    try {
      const findings = await measure(part, deployed);
      goals.push(...findings.goals.map(goalLine));
    } catch (error) {
      console.error(`orcon: ${part.title}: ${error instanceof Error ? error.message : error}`);
      process.exitCode = 1;
    }
  }
  // One that could not be had has been told of by the part that asked for it.
  await deployment?.then(
    ({ client }) => client.close(),
    () => {},
  );
  log('\ngoals');
  for (const line of goals) log(`  ${line}`);
}

async function measure(part: Part, deployed: () => Promise<Deployed>): Promise<Findings> {
  log(`\n${part.title}`);
  const watched = await watchMachine();
  const findings = await part.run({ log, deployed });
  const conditions = await watched();
  for (const figure of findings.figures) log(`  ${figure.what}, ${figure.of}: ${spread(figure)}`);
  for (const goal of findings.goals) log(`  ${goalLine(goal)}`);
  log(`  ${conditionsLine(conditions)}`);
  writeResult(part.name, { ...findings, machine: conditions });
  writePage();
  return findings;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`orcon: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
});
