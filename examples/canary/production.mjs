// Stands for your load balancer with a release or two behind it: `traffic.json` says who gets how much.
// `node production.mjs` serves until Ctrl-C; PORT is 8790 where it is not set.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const traffic = () => JSON.parse(readFileSync(new URL('traffic.json', import.meta.url), 'utf8'));
let requests = 0;

const server = createServer(async (_request, response) => {
  requests += 1;
  const { stable, canary, weight } = traffic();
  // Evenly: of 100 requests in a row, exactly `weight` go to the canary.
  const isCanary = Math.floor((requests * weight) / 100) > Math.floor(((requests - 1) * weight) / 100);
  const release = isCanary ? canary : stable;
  const { answer } = await import(`./releases/${release}.mjs`);
  try {
    response.setHeader('x-release', release).end(answer());
  } catch (error) {
    response.writeHead(500, { 'x-release': release }).end(String(error));
  }
});
server.listen(Number(process.env.PORT ?? 8790), '127.0.0.1', () =>
  console.log(`production: http://127.0.0.1:${server.address().port}`),
);
// Its starter may hold the other end of a pipe: when that is gone, nobody is left to serve.
if (process.env.ENDS_WITH_STDIN) process.stdin.resume().on('end', () => process.exit(0));
