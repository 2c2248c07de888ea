// node scripts/screenshot.mjs FILE.html OUT.png [--width 1200] [--scheme light|dark] [--height 1400] [--scale 1]
// A picture of a page in headless Chromium (Debian's package `chromium`); those in docs/images are made by pictures.ts.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { capture, open, withPage } from './chromium.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    width: { type: 'string', default: '1200' },
    height: { type: 'string', default: '20000' },
    scale: { type: 'string', default: '1' },
    scheme: { type: 'string', default: 'light' },
  },
});
const [file, out] = positionals;
if (file === undefined || out === undefined) {
  console.error(
    'usage: node scripts/screenshot.mjs FILE.html OUT.png [--width N] [--height N] [--scheme light|dark] [--scale N]',
  );
  process.exit(2);
}
const width = Number(values.width);
await withPage(async (page) => {
  await open(page, {
    url: pathToFileURL(resolve(file)).href,
    width,
    scheme: values.scheme,
    scale: Number(values.scale),
  });
  const png = await capture(page, { width, maxHeight: Number(values.height) });
  mkdirSync(dirname(resolve(out)), { recursive: true });
  writeFileSync(out, png);
});
console.log(out);
