// Decides cases with an installed iam-simulate: node iam_simulate.mjs DIRECTORY FUNCTION.
// The first line of standard input has all simulations, each further one asks for all decisions.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [, , directory, name] = process.argv;
const decide = createRequire(join(directory, 'package.json'))('@cloud-copilot/iam-simulate')[name];

const allowed = (result) => {
  const verdict = typeof result === 'string' ? result : result.overallResult;
  if (verdict === undefined) {
    throw new Error(JSON.stringify(result.errors));
  }
  return verdict === 'Allowed';
};

let simulations;
for await (const line of createInterface({ input: process.stdin })) {
  if (simulations === undefined) {
    simulations = JSON.parse(line);
  } else {
    const decisions = [];
    for (const simulation of simulations) {
      decisions.push(allowed(await decide(simulation, {})));
    }
    process.stdout.write(`${JSON.stringify(decisions)}\n`);
  }
}
