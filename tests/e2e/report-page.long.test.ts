import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, test } from '@jest/globals';

import { capture, evaluate, findChromium, open, withPage } from '../../scripts/chromium.mjs';

const root = resolve(import.meta.dirname, '../..');
const golden = join(root, 'packages/core/src/report/golden/fixtures');
const pictures = join(root, 'out/screenshots');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const looks = [360, 768, 1440].flatMap((width) =>
  (['light', 'dark'] as const).map((scheme) => ({ width, scheme })),
);

/** What axe found, one line each; the page has no script of its own, so axe comes in through the debugger. */
const AXE = `${axe}; axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] }).then(({ violations, passes }) => ({
  checked: passes.map(({ id }) => id),
  violations: violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target.join(' ')).slice(0, 3).join(', ')),
}))`;

interface Audit {
  readonly checked: readonly string[];
  readonly violations: readonly string[];
}

/** Without a browser nothing can be looked at; `npm run test:long` says so instead of passing. */
const withBrowser = findChromium() === undefined ? describe.skip : describe;

withBrowser.each(['green', 'blocked', 'rolled-back', 'dashboard'])('the page %s', (name) => {
  test.each(looks)('at $width pixels, $scheme, is accessible and fits', async ({ width, scheme }) => {
    const seen = await withPage(async (page) => {
      await open(page, { url: pathToFileURL(join(golden, `${name}.html`)).href, width, scheme });
      // What is folded must fit too.
      await evaluate(page, 'document.querySelectorAll("details").forEach((one) => { one.open = true; })');
      mkdirSync(pictures, { recursive: true });
      writeFileSync(join(pictures, `${name}-${width}-${scheme}.png`), await capture(page, { width }));
      const overflow: unknown = await evaluate(
        page,
        'document.documentElement.scrollWidth - window.innerWidth',
      );
      return { overflow, audit: (await evaluate(page, AXE)) as Audit };
    });
    expect(seen.audit.violations).toEqual([]);
    expect(seen.audit.checked).toEqual(expect.arrayContaining(['color-contrast', 'heading-order', 'region']));
    expect(seen.overflow).toBeLessThanOrEqual(0);
  });
});
