// What users see: 200 requests through the load balancer. Ends with 1 where 1 % of them or more fail.
const REQUESTS = 200;
const seen = {};
let failed = 0;
for (let request = 0; request < REQUESTS; request += 1) {
  const response = await fetch(process.env.PRODUCTION_URL);
  await response.text();
  const release = response.headers.get('x-release');
  seen[release] = (seen[release] ?? 0) + 1;
  if (!response.ok) failed += 1;
}
const shares = Object.entries(seen).map(
  ([release, count]) => `release ${release}: ${(100 * count) / REQUESTS} %`,
);
console.log(`${shares.join(', ')}; ${failed} of ${REQUESTS} requests failed`);
process.exitCode = failed / REQUESTS < 0.01 ? 0 : 1;
