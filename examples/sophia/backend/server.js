// The backend of one release. `release.json` beside the bundle says which; the host gives PORT and WEB_ROOT.
import { readFileSync } from 'node:fs';
import { createApp } from './app.js';
import { openDatabase } from './database.js';

const release = JSON.parse(readFileSync(new URL('../release.json', import.meta.url), 'utf8'));

/** A release that cannot open its database still answers /health, and says why. */
function open() {
  try {
    return openDatabase(release.database);
  } catch (error) {
    release.problem = `the database ${release.database} cannot be opened: ${error.message}`;
    return undefined;
  }
}

const database = open();
const app = createApp({ release, database, webRoot: process.env.WEB_ROOT });
app.listen(Number(process.env.PORT), '127.0.0.1', () => {
  process.stdout.write(`${release.id} listens on ${app.address().port}\n`);
});

function stop() {
  app.close(() => {
    database?.close();
    process.exit(0);
  });
  app.closeAllConnections();
}

// The host holds the other end of stdin: where it is gone, so is the machine.
process.stdin.resume().on('end', stop);
process.on('SIGTERM', stop);
