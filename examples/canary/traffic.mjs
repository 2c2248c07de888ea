// Moves the traffic: `note` writes down who has it, `N` gives N percent to $RELEASE, `restore` gives all of it back.
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const file = new URL('traffic.json', import.meta.url);
const { stable } = JSON.parse(readFileSync(file, 'utf8'));
const release = process.env.RELEASE;
const [what] = process.argv.slice(2);

function write(traffic) {
  const next = new URL('traffic.json.next', import.meta.url);
  writeFileSync(next, JSON.stringify(traffic));
  renameSync(next, file); // the load balancer never reads half a file
  console.log(JSON.stringify(traffic));
}

if (what === 'note') appendFileSync(process.env.SOPHIA_OUTPUT, `stable=${stable}\n`);
else if (what === 'restore') {
  write({ stable: process.env.SOPHIA_OUTPUT_APPLICATION_CANARY_10_STABLE, canary: '', weight: 0 });
} else if (what === '100') write({ stable: release, canary: '', weight: 0 });
else write({ stable, canary: release, weight: Number(what) });
